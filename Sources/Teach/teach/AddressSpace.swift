import Diagrams
import Glibc
import LayerModel
import Linux

/// What this process may map (RLIMIT_AS of getrlimit(2); `ulimit -v`). Swift ends a program that gets no memory wherever
/// it is, without a word, and libdispatch, beneath SQLite's queue, waits for ever for a thread that it cannot have: so the
/// limit is looked at before anything is done.
enum AddressSpace {
    static let cure = "raise the limits of memory and of processes, such as with: ulimit -v unlimited -u unlimited"

    /// What a command maps beyond the program itself: 25 MiB were the most of all lessons, three threads' stacks of 8 MiB
    /// among them; the rest is for longer ones.
    private static let need: UInt64 = 64 << 20

    /// Raises the limit, where it may, until there is room for a command; `status` is the one of its error.
    ///
    /// - Throws: `HostError`
    static func allow(orEndWith status: Int32) throws {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < rlim_t.max else { return }
        DedicatedThread.shareOneHeap()
        let needed = rlim_t(mapped + need)
        if limit.rlim_cur >= needed { return }
        let most = limit.rlim_max
        limit.rlim_cur = min(needed, most)
        if limit.rlim_cur >= needed, setrlimit(resource, &limit) == 0 { return }
        throw HostError(
            sentence: "this process may map \(most >> 20) MiB of memory, and this command needs \(needed >> 20) MiB; "
                + "raise the limit, such as with: ulimit -v unlimited", status: status)
    }

    /// Whether memory, or a thread, was refused; where memory is limited, Graphviz's plugins are what is refused first.
    static func isCause(of error: any Error) -> Bool {
        switch error {
        case let error as SystemCallError: error.errno == .ENOMEM || error.call == "pthread_create"
        case PictureError.layoutFailed, PictureError.renderingFailed, PictureError.libraryMissing,
            PictureError.outOfMemory:
            isLimited
        default: false
        }
    }

    static var isLimited: Bool {
        var limit = rlimit()
        return getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 && limit.rlim_cur < rlim_t.max
    }

    /// What is mapped now (the first number of /proc/self/statm, in pages).
    private static var mapped: UInt64 {
        var bytes = [UInt8](repeating: 0, count: 64)
        guard let file = try? Descriptor(opening: "/proc/self/statm", O_RDONLY) else { return 0 }
        let count = read(file.number, &bytes, bytes.count)
        let pages = UInt64(String(decoding: bytes.prefix(max(count, 0)).prefix { $0 != 0x20 }, as: UTF8.self))
        return (pages ?? 0) * UInt64(sysconf(CInt(_SC_PAGESIZE)))
    }
}
