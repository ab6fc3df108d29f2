internal import CLinux
internal import Glibc

/// Mounts a union in the mount namespace of this thread. See mount(2), and fsconfig(2) where the directories' names do
/// not fit the one page that mount(2) takes.
///
/// - Throws: `SystemCallError`
public func mountOverlay(_ mount: OverlayMount) throws(SystemCallError) {
    if let options = mount.mountOptions {
        return try mountFilesystem("overlay", mount.target, type: "overlay", options: options)
    }
    func system(_ name: String, _ number: Int, _ arguments: [Int]) throws(SystemCallError) -> CInt {
        let a = arguments + [Int](repeating: 0, count: 5 - arguments.count)
        return CInt(try call(name, mount.target) { linux_syscall(number, a[0], a[1], a[2], a[3], a[4]) })
    }
    func address(_ text: UnsafePointer<CChar>) -> Int { Int(bitPattern: text) }
    let (setFlag, setString, create, closeOnExec, emptySource) = (0, 1, 6, 1, 4)
    var failure: SystemCallError?
    func catching(_ body: () throws(SystemCallError) -> Void) {
        do throws(SystemCallError) { try body() } catch { failure = failure ?? error }
    }
    var opened: CInt = -1
    "overlay".withCString { type in
        catching { () throws(SystemCallError) in
            opened = try system("fsopen", Int(SYS_fsopen), [address(type), closeOnExec])
        }
    }
    if let failure { throw failure }
    let context = Descriptor(owning: opened)
    let number = Int(context.number)
    let words = mount.configuration
    for index in stride(from: 0, to: words.count, by: 2) {
        words[index].withCString { key in
            words[index + 1].withCString { value in
                catching { () throws(SystemCallError) in
                    let isFlag = words[index + 1].isEmpty
                    _ = try system(
                        "fsconfig", Int(SYS_fsconfig),
                        [number, isFlag ? setFlag : setString, address(key), isFlag ? 0 : address(value)])
                }
            }
        }
    }
    if let failure { throw failure }
    _ = try system("fsconfig", Int(SYS_fsconfig), [number, create])
    let mounted = Descriptor(owning: try system("fsmount", Int(SYS_fsmount), [number, closeOnExec]))
    let source = Int(mounted.number)
    mount.target.withCString { target in
        "".withCString { empty in
            catching { () throws(SystemCallError) in
                _ = try system(
                    "move_mount", Int(SYS_move_mount),
                    [source, address(empty), Int(AT_FDCWD), address(target), emptySource])
            }
        }
    }
    if let failure { throw failure }
}
