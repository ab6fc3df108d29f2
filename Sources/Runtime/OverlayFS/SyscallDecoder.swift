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
    /// The caller asks which processors it may use, or says so.
    case concernsProcessors(sets: Bool)
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
    let registers: Registers
    /// The caller's root directory, where it has changed it by chroot(2).
    let root: Path
    /// The mount of the union, by the number that statx(2) gives; `nil` where it cannot be told.
    let mount: UInt64?
    let words: OpenFlagWords
    /// The path of a call that has only one, where it was read already.
    let text: String?
    var arguments: [String] = []
    /// What a path came to that ended in a link of proc(5), which leads to an open file and not to a name.
    var behindMagicLink: DescriptorTarget?

    init(
        tracee: Tracee, syscall: Syscall, info: trace_syscall, root: Path, mount: UInt64?,
        words: OpenFlagWords, text: String? = nil
    ) {
        self.tracee = tracee
        self.syscall = syscall
        self.root = root
        self.mount = mount
        self.words = words
        self.text = text
        registers = Registers(info)
    }

    /// Reads the call.
    mutating func decode() -> DecodedCall {
        do {
            var (action, flags) = try action()
            if let behindMagicLink, case .observe(let operation) = action {
                // A call that does not follow the link acts on what proc(5) shows.
                if operation.operands.contains(where: { $0.last != .follow }) {
                    action = .elsewhere
                } else if case .nameless = behindMagicLink {
                    action = .unknown(Self.lostName)
                }
            }
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
        let text = if let text { text } else { try tracee.string(at: registers[index]) }
        arguments.append(text)
        // The kernel refuses an empty path with ENOENT (path_resolution(7)); AT_EMPTY_PATH is dealt with by `operand`.
        if text.isEmpty { throw Undecodable("the path is empty") }
        return try absolute(text, from: base)
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
        return Operand(try place(number), .descriptor)
    }

    /// The six arguments, without an array for them.
    struct Registers {
        private let info: trace_syscall
        init(_ info: trace_syscall) { self.info = info }

        subscript(index: Int) -> UInt64 {
            switch index {
            case 0: info.arguments.0
            case 1: info.arguments.1
            case 2: info.arguments.2
            case 3: info.arguments.3
            case 4: info.arguments.4
            default: info.arguments.5
            }
        }
    }

    func isEmpty(_ index: Int) throws(Undecodable) -> Bool {
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
