internal import Glibc
internal import LayerModel
internal import Linux

/// Where paths start from, and the links of proc(5) that lead to open files.
extension SyscallDecoder {
    /// The path that a caller's `text` stands for, from the directory in register `base` or the working directory.
    mutating func absolute(_ text: String, from base: Int?) throws(Undecodable) -> Path {
        let written = Path(text)
        if text.utf8.first == UInt8(ascii: "/") {
            return root == .root ? try throughMagicLinks(written) : try inside(root, written)
        }
        let start = try directory(base)
        let path = Path(
            components: start.components + written.components, demandsDirectory: written.demandsDirectory)
        if root != .root {
            if written.components.contains("..") { throw Undecodable(Self.changedRoot) }
            return path
        }
        return try throughMagicLinks(path)
    }

    /// A path of a caller that has changed its root, which is where `..` ends (chroot(2)).
    private func inside(_ root: Path, _ written: Path) throws(Undecodable) -> Path {
        let names = written.components.drop { $0 == ".." }
        if names.contains("..") { throw Undecodable(Self.changedRoot) }
        return Path(components: root.components + names, demandsDirectory: written.demandsDirectory)
    }

    static let changedRoot = "the path leads through .. or a symbolic link, and the caller has changed its root"

    /// The name of the directory that a relative path starts from.
    private func directory(_ base: Int?) throws(Undecodable) -> Path {
        try place(base.map { Int32(bitPattern: word($0)) } ?? AT_FDCWD)
    }

    /// The name that a descriptor's file has now, or the working directory's.
    func place(_ descriptor: Int32) throws(Undecodable) -> Path {
        descriptor == AT_FDCWD ? try file("cwd") : try file("fd/\(descriptor)", descriptor: descriptor)
    }

    private func file(_ link: String, of owner: Tracee? = nil, descriptor: Int32? = nil) throws(Undecodable) -> Path {
        guard case .named(let path) = try openFile(link, of: owner, descriptor: descriptor) else {
            throw Undecodable(Self.lostName)
        }
        return path
    }

    /// What a descriptor refers to, or the working directory.
    func openFile(_ descriptor: Int32) throws(Undecodable) -> DescriptorTarget {
        descriptor == AT_FDCWD ? try openFile("cwd") : try openFile("fd/\(descriptor)", descriptor: descriptor)
    }

    /// - Returns: of a file without a name whether it was made so; only the observer knows what became of it since.
    private func openFile(
        _ link: String, of owner: Tracee? = nil, descriptor: Int32? = nil
    ) throws(Undecodable) -> DescriptorTarget {
        let tracee = owner ?? tracee
        guard let target = tracee.link(link) else { throw Undecodable("the descriptor is not open") }
        guard target.utf8.first == UInt8(ascii: "/") else { throw Undecodable(Self.noName) }
        // What was opened outside the container keeps its path of there, which would mean something else in here.
        if let descriptor, let mount, let other = tracee.mount(of: descriptor), other != mount {
            throw Undecodable(Self.noName)
        }
        guard target.hasSuffix(Self.deleted) else { return .named(Path(target)) }
        // The name that it was opened by is gone; it may have others, which nobody knows.
        guard let status = tracee.status(behind: link), status.links == 0 else { throw Undecodable(Self.lostName) }
        // d_mark_tmpfile() calls it by the number of its inode.
        let name = target.dropLast(Self.deleted.count).split(separator: "/").last ?? ""
        let isMadeSo = name.first == "#" && UInt64(name.dropFirst()) != nil
        return .nameless(LayerEntry(status), isLinkable: isMadeSo)
    }

    private static let deleted = " (deleted)"
    static let lostName = "the file behind the descriptor has no name any more"

    /// Says that a descriptor is a pipe, a socket, or a file elsewhere: no file of the union.
    static let noName = "the descriptor is no file"

    /// Follows `/proc/self/fd/3`, `/proc/self/cwd` and the like, which lead to files and not to names (proc(5)).
    private mutating func throughMagicLinks(_ path: Path) throws(Undecodable) -> Path {
        guard path.mayLeadToOpenFiles,
            let (owner, link, length) = try magicLink(path.components.map(\.text))
        else { return path }
        let number = link.hasPrefix("fd/") ? Int32(link.dropFirst(3)) : nil
        let rest = path.components.dropFirst(length)
        if rest.isEmpty {
            let file = try openFile(link, of: owner, descriptor: number)
            behindMagicLink = file
            guard case .named(let name) = file else { return path }
            return Path(components: name.components, demandsDirectory: path.demandsDirectory)
        }
        let start = try file(link, of: owner, descriptor: number)
        return Path(components: start.components + rest, demandsDirectory: path.demandsDirectory)
    }

    /// The magic link at the beginning of a path: whose it is, its name in /proc/PID, and how many names it takes up.
    private func magicLink(_ names: [String]) throws(Undecodable) -> (owner: Tracee, link: String, length: Int)? {
        if names[0] == "dev" {
            // Links to /proc/self/fd.
            switch names.dropFirst().first {
            case "stdin": return (tracee.leader, "fd/0", 2)
            case "stdout": return (tracee.leader, "fd/1", 2)
            case "stderr": return (tracee.leader, "fd/2", 2)
            case "fd": return names.count > 2 && Int32(names[2]) != nil ? (tracee.leader, "fd/\(names[2])", 3) : nil
            default: return nil
            }
        }
        guard names.count > 2 else { return nil }
        let link: (String, Int)
        switch names[2] {
        case "cwd", "root", "exe": link = (names[2], 3)
        case "fd":
            guard names.count > 3, Int32(names[3]) != nil else { return nil }
            link = ("fd/\(names[3])", 4)
        case "task": throw Undecodable("the path leads through a thread's files")
        default: return nil
        }
        if names[1] == "thread-self" { return (tracee, link.0, link.1) }
        let leader = tracee.leader
        if names[1] == "self" { return (leader, link.0, link.1) }
        guard let number = Int32(names[1]) else { return nil }
        if !leader.isKnownAs(number) { throw Undecodable("the path leads through another process's files") }
        return (leader, link.0, link.1)
    }
}

extension Path {
    /// Whether links of proc(5) may be on the way, which lead to files and not to names.
    var mayLeadToOpenFiles: Bool { components.first == "proc" || components.first == "dev" }
}
