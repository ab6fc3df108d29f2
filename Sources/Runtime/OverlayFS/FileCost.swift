internal import Glibc
internal import LayerModel
internal import Linux

/// What a regular file takes on its filesystem, beside its logical size.
public struct FileCost: Hashable, Sendable {
    /// The bytes of the blocks really allocated.
    public var allocated: Int64
    /// The bytes that share their blocks with another file; `nil` where the filesystem does not tell.
    public var shared: Int64?

    init(allocated: Int64, shared: Int64?) {
        self.allocated = allocated
        self.shared = shared
    }

    /// - Throws: `SystemCallError`
    init(of file: borrowing Descriptor) throws(SystemCallError) {
        let number = file.number
        var status = stat()
        try call("fstat") { fstat(number, &status) }
        allocated = Int64(status.st_blocks) * 512
        shared = try mappedBytes(of: file)?.shared
    }
}
