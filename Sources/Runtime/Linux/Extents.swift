internal import CLinux
internal import Glibc
internal import LayerModel

/// The bytes of an open file whose blocks another file uses too, as a clone leaves them (FIEMAP_EXTENT_SHARED of
/// the kernel's Documentation/filesystems/fiemap.rst).
///
/// - Returns: `nil` where the filesystem does not tell (tmpfs).
/// - Throws: `SystemCallError`
public func sharedBytes(of file: borrowing Descriptor) throws(SystemCallError) -> Int64? {
    var shared: Int64 = 0
    let isTold = try forEachExtent(of: file) { length, flags in
        if flags & UInt32(FIEMAP_EXTENT_SHARED) != 0 { shared += length }
    }
    return isTold ? shared : nil
}

/// The bytes of an open file's blocks that no other file uses; what lies among the filesystem's own records
/// (FIEMAP_EXTENT_DATA_INLINE) has no block of data.
///
/// - Returns: `nil` where the filesystem does not tell (tmpfs).
/// - Throws: `SystemCallError`
public func exclusiveBytes(of file: borrowing Descriptor) throws(SystemCallError) -> Int64? {
    var exclusive: Int64 = 0
    let others = UInt32(FIEMAP_EXTENT_SHARED) | UInt32(FIEMAP_EXTENT_DATA_INLINE)
    let isTold = try forEachExtent(of: file) { length, flags in if flags & others == 0 { exclusive += length } }
    return isTold ? exclusive : nil
}

/// - Returns: Whether the filesystem tells.
private func forEachExtent(
    of file: borrowing Descriptor, _ body: (_ length: Int64, _ flags: UInt32) -> Void
) throws(SystemCallError) -> Bool {
    let number = file.number
    let room = 128
    let header = MemoryLayout<fiemap>.size
    let stride = MemoryLayout<fiemap_extent>.stride
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: header + room * stride, alignment: 8)
    defer { buffer.deallocate() }
    var start: UInt64 = 0
    while true {
        buffer.initializeMemory(as: UInt8.self, repeating: 0, count: header + room * stride)
        let request = buffer.assumingMemoryBound(to: fiemap.self)
        request.pointee.fm_start = start
        request.pointee.fm_length = UInt64.max - start
        request.pointee.fm_extent_count = UInt32(room)
        do {
            try call("ioctl FS_IOC_FIEMAP") { ioctl(number, LINUX_FS_IOC_FIEMAP, buffer) }
        } catch  where error.errno == .EOPNOTSUPP || error.errno == .ENOTTY {
            return false
        }
        let count = Int(request.pointee.fm_mapped_extents)
        for index in 0..<count {
            let extent = (buffer + header + index * stride).load(as: fiemap_extent.self)
            body(Int64(extent.fe_length), extent.fe_flags)
            if extent.fe_flags & UInt32(FIEMAP_EXTENT_LAST) != 0 { return true }
            start = extent.fe_logical + extent.fe_length
        }
        if count == 0 { return true }
    }
}
