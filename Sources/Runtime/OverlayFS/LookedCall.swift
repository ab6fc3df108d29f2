internal import CLinux
internal import LayerModel
internal import Linux

/// A call on one name in a directory that is known, looked at before it is decoded: its caller waits only until the
/// layers are read. Its words are made of the registers and the path when nobody waits for them.
struct LookedCall {
    let syscall: Syscall
    let info: trace_syscall
    /// The path as the caller wrote it, without its last name.
    let directory: String
    let name: String

    var path: String { directory + name }

    /// The call in words and as an operation: what a decoder makes of it that reads the path from the caller.
    func decode(_ words: OpenFlagWords) -> (DecodedCall, FileOperation) {
        // The path is absolute and leads through no link of proc(5), and the calls below take nothing else from memory:
        // the process is not asked.
        var decoder = SyscallDecoder(
            tracee: Tracee(pid: 0), syscall: syscall, info: info, root: .root, mount: nil, words: words, text: path)
        let decoded = decoder.decode()
        guard case .observe(let operation) = decoded.action else {
            preconditionFailure("\(syscall) with a plain path is always an operation on files")
        }
        return (decoded, operation)
    }
}

extension Syscall {
    /// The argument that is the path, of the frequent calls that take one path and nothing else from memory.
    var onlyPathArgument: Int? {
        switch self {
        case .open, .creat, .unlink, .mkdir, .rmdir, .truncate: 0
        case .openat, .unlinkat, .mkdirat: 1
        default: nil
        }
    }
}
