internal import CLinux
internal import Glibc
internal import LayerModel

/// What a file's bytes lie in. What the filesystem keeps beside the data, as attributes, is not counted, as it is in
/// st_blocks on XFS. See the kernel's Documentation/filesystems/fiemap.rst.
public struct MappedBytes: Hashable, Sendable {
    /// All that have a place, in bytes.
    public var all: Int64 = 0
    /// Those whose blocks another file uses too, as a clone leaves them (FIEMAP_EXTENT_SHARED).
    public var shared: Int64 = 0
    /// Those in blocks that no other file uses. What lies among the filesystem's own records
    /// (FIEMAP_EXTENT_DATA_INLINE) has no block of data.
    public var exclusive: Int64 = 0

    public init(all: Int64 = 0) { self.all = all }

    fileprivate mutating func add(_ extent: fiemap_extent) {
        let length = Int64(extent.fe_length)
        all += length
        if extent.has(FIEMAP_EXTENT_SHARED) {
            shared += length
        } else if !extent.has(FIEMAP_EXTENT_DATA_INLINE) {
            exclusive += length
        }
    }
}

/// - Returns: `nil` where the filesystem does not tell (tmpfs).
/// - Throws: `SystemCallError`
public func mappedBytes(of file: borrowing Descriptor) throws(SystemCallError) -> MappedBytes? {
    let number = file.number
    let room = 128
    let header = MemoryLayout<fiemap>.size
    let stride = MemoryLayout<fiemap_extent>.stride
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: header + room * stride, alignment: 8)
    defer { buffer.deallocate() }
    var start: UInt64 = 0
    var bytes = MappedBytes()
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
            bytes.add(extent)
            if extent.has(FIEMAP_EXTENT_LAST) { return bytes }
            start = extent.fe_logical + extent.fe_length
        }
        if count == 0 { return bytes }
    }
}

extension fiemap_extent {
    fileprivate func has(_ flag: some BinaryInteger) -> Bool { fe_flags & UInt32(flag) != 0 }
}
