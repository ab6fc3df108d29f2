internal import CLinux
internal import Glibc
internal import LayerModel

/// The bytes of an open file whose blocks another file uses too, as a clone leaves them (FIEMAP_EXTENT_SHARED of
/// the kernel's Documentation/filesystems/fiemap.rst).
///
/// - Returns: `nil` where the filesystem does not tell (tmpfs).
/// - Throws: `SystemCallError`
public func sharedBytes(of file: borrowing Descriptor) throws(SystemCallError) -> Int64? {
    try mappedBytes(of: file)?.shared
}

/// The bytes of an open file that have blocks, those that another file uses too among them. What the filesystem keeps
/// beside the data, as attributes, is not counted, as it is in st_blocks on XFS.
///
/// - Returns: `nil` where the filesystem does not tell (tmpfs).
/// - Throws: `SystemCallError`
public func mappedBytes(
    of file: borrowing Descriptor
) throws(SystemCallError) -> (all: Int64, shared: Int64)? {
    let number = file.number
    let room = 128
    let header = MemoryLayout<fiemap>.size
    let stride = MemoryLayout<fiemap_extent>.stride
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: header + room * stride, alignment: 8)
    defer { buffer.deallocate() }
    var start: UInt64 = 0
    var (all, shared): (Int64, Int64) = (0, 0)
    while true {
        buffer.initializeMemory(as: UInt8.self, repeating: 0, count: header + room * stride)
        let request = buffer.assumingMemoryBound(to: fiemap.self)
        request.pointee.fm_start = start
        request.pointee.fm_length = UInt64.max - start
        request.pointee.fm_extent_count = UInt32(room)
        do {
            try call("ioctl FS_IOC_FIEMAP") { ioctl(number, LINUX_FS_IOC_FIEMAP, buffer) }
        } catch  where error.errno == .EOPNOTSUPP || error.errno == .ENOTTY {
            return nil
        }
        let count = Int(request.pointee.fm_mapped_extents)
        for index in 0..<count {
            let extent = (buffer + header + index * stride).load(as: fiemap_extent.self)
            all += Int64(extent.fe_length)
            if extent.fe_flags & UInt32(FIEMAP_EXTENT_SHARED) != 0 { shared += Int64(extent.fe_length) }
            if extent.fe_flags & UInt32(FIEMAP_EXTENT_LAST) != 0 { return (all, shared) }
            start = extent.fe_logical + extent.fe_length
        }
        if count == 0 { return (all, shared) }
    }
}
