import LayerModel
import Linux

/// The text of a script: a line an object or a call, `#` for comments, words apart by spaces and `''` for an empty one.
///
/// Beyond paths and modes a call has these words: `as=CALL` is the system call it is made by, `at` an -at form from an
/// open directory, `nofollow` and `descriptor` how the operand is reached. `user UID GID [groups=…] [caps=…]` and
/// `umask MODE` hold for the calls that follow.
extension Script {
    var text: String {
        var lines: [String] = []
        for layer in layers { lines += ["layer"] + layer.map(\.text) }
        lines.append("run")
        var caller: Caller?
        var umask: UInt16?
        for step in steps {
            guard case .call(let call) = step else {
                lines.append("remount")
                continue
            }
            if call.caller != caller { lines.append(call.caller.text) }
            if call.umask != umask { lines.append("umask \(octal(call.umask))") }
            (caller, umask) = (call.caller, call.umask)
            lines.append(call.text)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    struct Malformed: Error, CustomStringConvertible {
        var line: Int
        var text: String
        var description: String { "line \(line) cannot be read: \(text)" }
    }

    init(text: String) throws {
        layers = []
        steps = []
        var isRunning = false
        var caller = Caller.root
        var umask: UInt16 = 0o022
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let malformed = Malformed(line: index + 1, text: String(line))
            guard let word = line.split(separator: " ").first, !word.hasPrefix("#") else { continue }
            var words = Words(line)
            switch word {
            case "layer": layers.append([])
            case "run": isRunning = true
            case "remount": steps.append(.remount)
            case "user":
                guard let known = Caller.allCases.first(where: { $0.text == line }) else { throw malformed }
                caller = known
            case "umask":
                guard let mode = words.number(1, radix: 8) else { throw malformed }
                umask = UInt16(mode)
            default:
                if isRunning {
                    guard let (operation, form) = words.call() else { throw malformed }
                    steps.append(.call(CallStep(caller: caller, umask: umask, operation: operation, form: form)))
                } else {
                    guard let line = words.layerLine(), !layers.isEmpty else { throw malformed }
                    layers[layers.count - 1].append(line)
                }
            }
        }
    }
}

func octal(_ mode: UInt16) -> String { String(mode, radix: 8) }

extension Caller {
    var text: String {
        let groups =
            credentials.groups.isEmpty ? "" : " groups=\(credentials.groups.map(String.init).joined(separator: ","))"
        let hasSome = credentials.capabilities != 0 && credentials.capabilities != .max
        let capabilities = hasSome ? " caps=\(String(credentials.capabilities, radix: 16))" : ""
        return "user \(credentials.uid) \(credentials.gid)\(groups)\(capabilities)"
    }
}

extension LayerLine {
    var text: String {
        switch self {
        case .directory(let path, let mode): "dir \(path) \(octal(mode))"
        case .file(let path, let mode, let size): "file \(path) \(octal(mode)) size=\(size)"
        case .symlink(let path, let target): "symlink \(path) \(target)"
        case .hardlink(let new, let existing): "hardlink \(new) \(existing)"
        case .owner(let path, let uid, let gid): "owner \(path) \(uid) \(gid)"
        case .device(let path, let kind, let device, let mode):
            "device \(path) \(kind == .blockDevice ? "b" : "c") \(device.major) \(device.minor) \(octal(mode))"
        case .fifo(let path, let mode): "fifo \(path) \(octal(mode))"
        case .socket(let path, let mode): "socket \(path) \(octal(mode))"
        case .whiteout(let path): "whiteout \(path)"
        case .opaque(let path): "opaque \(path)"
        case .xattr(let path, let name): "xattr \(path) \(name)"
        }
    }
}

extension CallStep {
    var text: String {
        var words = operation.words.map { $0.isEmpty ? "''" : $0 }
        switch operation.operand?.resolution {
        case .noFollow: words.append("nofollow")
        case .descriptor: words.append("descriptor")
        case .follow, nil: break
        }
        words.append("as=\(form.syscall.rawValue)")
        if form.isRelative { words.append("at") }
        return words.joined(separator: " ")
    }
}

extension FileOperation {
    fileprivate var words: [String] {
        func id(_ id: UInt32?) -> String { id.map(String.init) ?? "-1" }
        switch self {
        case .open(let path, let flags, let mode): return ["open", "\(path)", "\(flags)", octal(mode)]
        case .truncate(let path, let size): return ["truncate", "\(path)", "\(size)"]
        case .unlink(let path): return ["unlink", "\(path)"]
        case .rmdir(let path): return ["rmdir", "\(path)"]
        case .mkdir(let path, let mode): return ["mkdir", "\(path)", octal(mode)]
        case .mknod(let path, let kind, let mode, let device):
            return ["mknod", "\(path)", kind.rawValue, octal(mode)]
                + (device.map { ["\($0.major)", "\($0.minor)"] } ?? [])
        case .symlink(let target, let path): return ["symlink", target.text, "\(path)"]
        case .link(let old, let new, let follows): return ["link", "\(old)", "\(new)"] + (follows ? ["follow"] : [])
        case .linkDescriptor(.named(let old), let new, let spelling):
            return ["linkopen", "\(old)", "\(new)", spelling.rawValue]
        case .linkDescriptor(.nameless(let entry, let isLinkable), let new, let spelling):
            return [
                "linknameless", "\(new)", octal(entry.permissions), "\(entry.uid)", "\(entry.gid)", "\(entry.size)",
                isLinkable ? "linkable" : "exclusive", spelling.rawValue,
            ]
        case .rename(let old, let new, let flags): return ["rename", "\(old)", "\(new)", "\(flags)"]
        case .chmod(let operand, let mode): return ["chmod", "\(operand.path)", octal(mode)]
        case .chown(let operand, let uid, let gid): return ["chown", "\(operand.path)", id(uid), id(gid)]
        case .utimens(let operand, let change): return ["utimes", "\(operand.path)", change.rawValue]
        case .setxattr(let operand, let name, let flags):
            return ["setxattr", "\(operand.path)", name, "\(flags.rawValue)"]
        case .removexattr(let operand, let name): return ["removexattr", "\(operand.path)", name]
        case .setFileFlags(let operand): return ["setflags", "\(operand.path)"]
        case .bind(let path, let mode): return ["bind", "\(path)", octal(mode)]
        case .stat(let operand): return ["stat", "\(operand.path)"]
        case .access(let operand, let mode): return ["access", "\(operand.path)", "\(mode)"]
        case .readlink(let path): return ["readlink", "\(path)"]
        case .readdir(let path): return ["readdir", "\(path)"]
        }
    }
}

/// The words of one line.
private struct Words {
    private var words: [String]
    private var options: Set<String> = []
    private var syscall: Syscall?

    init(_ line: some StringProtocol) {
        words = line.split(separator: " ").map { $0 == "''" ? "" : String($0) }
    }

    subscript(index: Int) -> String? { index < words.count ? words[index] : nil }
    func path(_ index: Int) -> Path? { self[index].map { Path($0) } }
    func number(_ index: Int, radix: Int = 10) -> Int64? { self[index].flatMap { Int64($0, radix: radix) } }
    func mode(_ index: Int) -> UInt16? { self[index].flatMap { UInt16($0, radix: 8) } }
    func id(_ index: Int) -> UInt32? { self[index].flatMap { UInt32($0) } }

    func layerLine() -> LayerLine? {
        guard let word = self[0], let path = path(1) else { return nil }
        switch word {
        case "dir": return mode(2).map { .directory(path, mode: $0) }
        case "file":
            guard let mode = mode(2), let text = self[3], text.hasPrefix("size="), let size = Int64(text.dropFirst(5))
            else { return nil }
            return .file(path, mode: mode, size: size)
        case "symlink": return self[2].map { .symlink(path, target: ByteString($0)) }
        case "hardlink": return self.path(2).map { .hardlink(path, $0) }
        case "owner":
            guard let uid = id(2), let gid = id(3) else { return nil }
            return .owner(path, uid: uid, gid: gid)
        case "device":
            guard let kind = self[2], let major = id(3), let minor = id(4), let mode = mode(5) else { return nil }
            let number = DeviceNumber(major: major, minor: minor)
            return .device(path, kind == "b" ? .blockDevice : .characterDevice, number, mode: mode)
        case "fifo": return mode(2).map { .fifo(path, mode: $0) }
        case "socket": return mode(2).map { .socket(path, mode: $0) }
        case "whiteout": return .whiteout(path)
        case "opaque": return .opaque(path)
        case "xattr": return self[2].map { .xattr(path, name: $0) }
        default: return nil
        }
    }

    mutating func call() -> (FileOperation, CallForm)? {
        for word in words.dropFirst(2) {
            if word.hasPrefix("as=") { syscall = Syscall(rawValue: String(word.dropFirst(3))) }
            if ["nofollow", "descriptor", "follow", "at"].contains(word) { options.insert(word) }
        }
        words.removeAll { $0.hasPrefix("as=") || $0 == "at" || $0 == "nofollow" || $0 == "descriptor" }
        guard let syscall, let operation = operation() else { return nil }
        return (operation, CallForm(syscall: syscall, isRelative: options.contains("at")))
    }

    private func operation() -> FileOperation? {
        guard let word = self[0], let path = path(1) else { return nil }
        let resolution: Operand.Resolution =
            options.contains("nofollow") ? .noFollow : options.contains("descriptor") ? .descriptor : .follow
        let operand = Operand(path, resolution)
        switch word {
        case "open":
            guard let flags = self[2].flatMap({ OpenFlags(words: $0) }), let mode = mode(3) else { return nil }
            return .open(path, flags, mode: mode)
        case "truncate": return number(2).map { .truncate(path, size: $0) }
        case "unlink": return .unlink(path)
        case "rmdir": return .rmdir(path)
        case "mkdir": return mode(2).map { .mkdir(path, mode: $0) }
        case "mknod":
            guard let kind = self[2].flatMap({ NodeKind(rawValue: $0) }), let mode = mode(3) else { return nil }
            let device = id(4).flatMap { major in id(5).map { DeviceNumber(major: major, minor: $0) } }
            return .mknod(path, kind, mode: mode, device: device)
        case "symlink": return self.path(2).flatMap { new in self[1].map { .symlink(target: ByteString($0), new) } }
        case "link": return self.path(2).map { .link(path, $0, followsSource: options.contains("follow")) }
        case "linkopen":
            guard let new = self.path(2), let spelling = self[3].flatMap({ DescriptorTarget.Spelling(rawValue: $0) })
            else {
                return nil
            }
            return .linkDescriptor(.named(path), new, spelling)
        case "linknameless":
            guard let mode = mode(2), let uid = id(3), let gid = id(4), let size = number(5),
                let spelling = self[7].flatMap({ DescriptorTarget.Spelling(rawValue: $0) })
            else { return nil }
            let entry = LayerEntry(
                kind: .file, permissions: mode, uid: uid, gid: gid, size: size, links: 0, attributes: [])
            return .linkDescriptor(.nameless(entry, isLinkable: self[6] == "linkable"), path, spelling)
        case "rename":
            guard let new = self.path(2), let flags = self[3].flatMap({ RenameFlags(words: $0) }) else { return nil }
            return .rename(path, new, flags)
        case "chmod": return mode(2).map { .chmod(operand, mode: $0) }
        case "chown": return .chown(operand, uid: id(2), gid: id(3))
        case "utimes": return self[2].flatMap { TimeChange(rawValue: $0) }.map { .utimens(operand, $0) }
        case "setxattr":
            guard let name = self[2], let flags = id(3) else { return nil }
            return .setxattr(operand, name: name, XattrFlags(rawValue: flags))
        case "removexattr": return self[2].map { .removexattr(operand, name: $0) }
        case "setflags": return .setFileFlags(operand)
        case "bind": return mode(2).map { .bind(path, mode: $0) }
        case "stat": return .stat(operand)
        case "access": return id(2).map { .access(operand, mode: UInt8($0)) }
        case "readlink": return .readlink(path)
        case "readdir": return .readdir(path)
        default: return nil
        }
    }
}

extension OpenFlags {
    /// Every flag, by its C name.
    static let named: [(name: String, flag: OpenFlags)] =
        (0..<12).map { OpenFlags(rawValue: 1 << $0) }.map { flag in
            (String(flag.description.split(separator: "|").last ?? ""), flag)
        }

    fileprivate init?(words: String) {
        self = []
        for word in words.split(separator: "|") where word != "O_RDONLY" {
            guard let flag = Self.named.first(where: { $0.name == word })?.flag else { return nil }
            insert(flag)
        }
    }
}

extension RenameFlags {
    fileprivate init?(words: String) {
        self = []
        for word in words.split(separator: "|") where word != "0" {
            switch word {
            case "RENAME_NOREPLACE": insert(.noReplace)
            case "RENAME_EXCHANGE": insert(.exchange)
            case "RENAME_WHITEOUT": insert(.whiteout)
            default: return nil
            }
        }
    }
}
