internal import CLinux
internal import Glibc
internal import LayerModel

/// Opens `path` as a process would that has the directory `root` for its root: symbolic links are followed, and neither
/// they nor `..` lead out of it, whatever another process does to the names meanwhile. See openat2(2), RESOLVE_IN_ROOT.
///
/// - Throws: `SystemCallError`
public func openInRoot(
    _ root: CInt, _ path: String, _ flags: CInt = pathOnly
) throws(SystemCallError) -> Descriptor {
    let resolve = UInt64(RESOLVE_IN_ROOT) | UInt64(RESOLVE_NO_MAGICLINKS)
    let name = path.isEmpty ? "." : path
    return Descriptor(
        owning: try call("openat2", path) {
            withBytes(of: name) {
                linux_openat2(root, $0, UInt64(UInt32(bitPattern: flags | O_CLOEXEC)), 0, resolve)
            }
        })
}
