internal import Glibc
internal import LayerModel
internal import Linux

/// A directory that calls are made in as after chroot(2), on this thread.
final class KernelRoot {
    private let host: Linux.Descriptor
    let root: Linux.Descriptor

    init(_ path: String) throws(SystemCallError) {
        host = try Linux.Descriptor(opening: "/", pathOnly | O_DIRECTORY)
        root = try Linux.Descriptor(opening: path, O_RDONLY | O_DIRECTORY)
    }

    /// Runs `body` with this root, and with `directory` as the working directory: relative paths start there, which may
    /// lie outside the root.
    func inside<Value>(from directory: CInt? = nil, _ body: () throws -> Value) throws -> Value {
        let (host, root) = (host.number, root.number)
        try call("fchdir") { fchdir(root) }
        try call("chroot") { chroot(".") }
        defer {
            fchdir(host)
            chroot(".")
        }
        if let directory { try call("fchdir") { fchdir(directory) } }
        return try body()
    }
}
