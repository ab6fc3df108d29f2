internal import CLinux
internal import Glibc

/// A block device over a file that has no name: the kernel detaches it, and gives the file's space back, with the last
/// descriptor or mount that holds it, however the process ends (loop(4), LO_FLAGS_AUTOCLEAR).
public struct LoopDevice: ~Copyable {
    /// Such as `/dev/loop3`.
    public let path: String
    private let device: Descriptor

    /// A device of `size` bytes, which take memory as they are written.
    ///
    /// - Throws: `SystemCallError`
    public init(size: Int64) throws(SystemCallError) {
        let cloexec = 1
        let file = Descriptor(
            owning: CInt(
                try call("memfd_create") {
                    "teach".withCString {
                        linux_syscall(Int(SYS_memfd_create), Int(bitPattern: $0), cloexec, 0, 0, 0)
                    }
                }))
        let number = file.number
        try call("ftruncate") { ftruncate(number, off_t(size)) }
        var name = [CChar](repeating: 0, count: 32)
        device = Descriptor(owning: try call("ioctl LOOP_CONFIGURE") { linux_attach_loop(number, &name) })
        path = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
