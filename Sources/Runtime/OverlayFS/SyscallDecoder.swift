internal import CLinux
internal import Glibc
internal import LayerModel
internal import Linux

/// What the observer has to do about a stopped call.
enum DecodedAction {
    /// A file operation on the union.
    case observe(FileOperation)
    /// It concerns another filesystem, a pipe or a socket: none of the union's business.
    case elsewhere
    /// It may concern the union, but the observer does not understand it.
    case unknown(String)
    /// The caller may be somebody else afterwards (setuid(2) and the like).
    case changesCredentials
    /// Paths may mean something else afterwards.
    case changesRoot
    /// The observer could not follow what comes after: it is answered with ENOSYS.
    case refuse(String)
}

/// A stopped call in words and as an operation.
struct DecodedCall {
    var name: String
    var action: DecodedAction
    /// The paths as the caller wrote them.
    var arguments: [String] = []
    var flags = ""
}

/// Turns the registers of a stopped call into a file operation.
struct SyscallDecoder {
    let tracee: Tracee
    let syscall: Syscall
    let registers: [UInt64]
    /// The caller's root directory, where it has changed it by chroot(2).
    let root: Path
    var arguments: [String] = []

    init(tracee: Tracee, syscall: Syscall, info: trace_syscall, root: Path) {
        self.tracee = tracee
        self.syscall = syscall
        self.root = root
        let a = info.arguments
        registers = [a.0, a.1, a.2, a.3, a.4, a.5]
    }

    /// Reads the call.
    mutating func decode() -> DecodedCall {
        do {
            let (action, flags) = try action()
            return DecodedCall(name: syscall.rawValue, action: action, arguments: arguments, flags: flags)
        } catch {
            return DecodedCall(name: syscall.rawValue, action: .unknown(error.reason), arguments: arguments)
        }
    }

    // MARK: - Arguments

    func word(_ index: Int) -> UInt32 { UInt32(truncatingIfNeeded: registers[index]) }
    func mode(_ index: Int) -> UInt16 { UInt16(word(index) & 0o7777) }

    /// An id of which -1 means "leave it".
    func id(_ index: Int) -> UInt32? { word(index) == .max ? nil : word(index) }

    /// The path in register `index`, from the directory in register `base` or the working directory.
    mutating func path(_ index: Int, from base: Int? = nil) throws(Undecodable) -> Path {
        let text = try tracee.string(at: registers[index])
        arguments.append(text)
        // The kernel refuses an empty path with ENOENT (path_resolution(7)); AT_EMPTY_PATH is dealt with by `operand`.
        if text.isEmpty { throw Undecodable("the path is empty") }
        return try absolute(text, from: base)
    }

    func absolute(_ text: String, from base: Int?) throws(Undecodable) -> Path {
        if let name = Self.descriptorLink(text) {
            // /proc/self/fd/3 is a magic link: it leads to the open file, not to a name (proc(5)).
            return try openFile(name)
        }
        if text.hasPrefix("/") {
            return root == .root ? Path(text) : Path(root.description + "/" + text)
        }
        return Path(try directory(base).description + "/" + text)
    }

    /// The name of the directory that a relative path starts from.
    private func directory(_ base: Int?) throws(Undecodable) -> Path {
        let descriptor = base.map { Int32(bitPattern: word($0)) } ?? AT_FDCWD
        return descriptor == AT_FDCWD ? try file("cwd") : try openFile("fd/\(descriptor)")
    }

    /// The name that an open descriptor's file has now.
    func openFile(_ link: String) throws(Undecodable) -> Path { try file(link) }

    private func file(_ link: String) throws(Undecodable) -> Path {
        guard let target = tracee.link(link) else { throw Undecodable("the descriptor is not open") }
        guard target.hasPrefix("/") else { throw Undecodable(Self.noName) }
        if target.hasSuffix(" (deleted)") { throw Undecodable("the file behind the descriptor has no name any more") }
        return Path(target)
    }

    /// Says that a descriptor is a pipe, a socket or the like: no file of any union.
    static let noName = "the descriptor is no file"

    /// The `fd/N` behind a path that is a magic link to one of the caller's own descriptors.
    static func descriptorLink(_ text: String) -> String? {
        switch text {
        case "/dev/stdin": return "fd/0"
        case "/dev/stdout": return "fd/1"
        case "/dev/stderr": return "fd/2"
        default:
            for prefix in ["/proc/self/fd/", "/proc/thread-self/fd/", "/dev/fd/"] where text.hasPrefix(prefix) {
                let number = text.dropFirst(prefix.count)
                return Int32(number).map { "fd/\($0)" }
            }
            return nil
        }
    }

    /// The operand of an attribute call in its -at form: path in `index`, base in `base`, AT_ flags in `flags`.
    mutating func operand(
        _ index: Int, from base: Int? = nil, flags: UInt32 = 0, follows: Bool = true
    ) throws(Undecodable) -> Operand {
        if flags & UInt32(AtFlags.emptyPath) != 0, let base, try isEmpty(index) {
            return try descriptor(base)
        }
        let path = try path(index, from: base)
        return Operand(path, follows && flags & UInt32(AtFlags.noFollow) == 0 ? .follow : .noFollow)
    }

    /// The operand of an f-form.
    mutating func descriptor(_ index: Int) throws(Undecodable) -> Operand {
        let number = Int32(bitPattern: word(index))
        arguments.append("fd \(number)")
        let path = number == AT_FDCWD ? try file("cwd") : try openFile("fd/\(number)")
        return Operand(path, .descriptor)
    }

    private func isEmpty(_ index: Int) throws(Undecodable) -> Bool {
        guard registers[index] != 0 else { return true }
        return try tracee.integer(at: registers[index], as: UInt8.self) == 0
    }
}

/// AT_ flags of linux/fcntl.h, some of which Glibc hides from Swift.
enum AtFlags {
    static let noFollow = 0x100
    static let removeDirectory = 0x200
    static let followSource = 0x400
    static let emptyPath = 0x1000
}
