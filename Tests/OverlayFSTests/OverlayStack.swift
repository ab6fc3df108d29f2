import CLinux
import Glibc
import LayerModel
import Linux
import OverlayFS

/// A real overlay over directories of random content, in a private mount namespace.
final class OverlayStack {
    let base: String
    let lowerCount: Int
    let isTemporary: Bool
    private let hostRoot: Descriptor

    var merged: String { base + "/merged" }
    var upper: String { base + "/upper" }
    func lower(_ number: Int) -> String { "\(base)/lower\(number)" }
    var lowers: [String] { (1...lowerCount).map(lower) }

    /// - Parameter onTmpfs: Whether the layers lie on a fresh tmpfs, or else on the filesystem of the temporary
    ///   directory.
    init(lowerCount: Int, onTmpfs: Bool, using random: inout SeededGenerator) throws {
        var template = Array("/tmp/overlay-stack.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallError(call: "mkdtemp", errno: .EIO) }
        base = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        self.lowerCount = lowerCount
        isTemporary = onTmpfs
        hostRoot = try Descriptor(opening: "/", pathOnly | O_DIRECTORY)
        chmod(base, 0o755)
        if onTmpfs { try mountFilesystem("none", base, type: "tmpfs") }
        for directory in lowers + [upper, base + "/work", merged] {
            try call("mkdir", directory) { mkdir(directory, 0o755) }
        }
        for number in 1...lowerCount { try fill(lower(number), isLowest: number == 1, using: &random) }
    }

    func mountOverlay() throws {
        let stack = lowers.reversed().joined(separator: ":")
        try mountFilesystem(
            "none", merged, type: "overlay",
            options: "lowerdir=\(stack),upperdir=\(upper),workdir=\(base)/work"
                + (OverlayAttributes.current == .user ? ",userxattr" : ""))
    }

    // Detached: a process that another test forks meanwhile may hold a descriptor in it for an instant.
    func unmountOverlay() throws { try call("umount", merged) { umount2(merged, CInt(MNT_DETACH)) } }

    /// Takes everything away, the mounts as well.
    func remove() {
        umount2(merged, CInt(MNT_DETACH))
        if isTemporary { umount2(base, CInt(MNT_DETACH)) }
        removeTree(base)
    }

    /// Runs `body` as a process would whose root is the union.
    func inside<Value>(_ body: () throws -> Value) throws -> Value {
        try call("chroot", merged) { chroot(merged) }
        try call("chdir") { chdir("/") }
        defer {
            fchdir(hostRoot.number)
            chroot(".")
        }
        return try body()
    }

    /// What the union shows, as paths in it, and which of them are directories.
    func names() throws -> (all: [Path], directories: [Path]) {
        var all: [Path] = []
        var directories = [Path.root]
        var next = 0
        while next < directories.count {
            let directory = directories[next]
            next += 1
            let open = try Descriptor(opening: merged + directory.description, O_RDONLY | O_DIRECTORY)
            for name in try directoryNames(in: open).sorted() {
                let path = directory.appending(name)
                all.append(path)
                if try FileStatus.read(name, in: open.number).map({ $0.mode & S_IFMT == S_IFDIR }) == true {
                    directories.append(path)
                }
            }
        }
        return (all, directories)
    }
}

extension OverlayStack {
    /// Random objects for one layer; whiteouts and opaque directories only where something can lie beneath.
    private func fill(_ root: String, isLowest: Bool, using random: inout SeededGenerator) throws {
        var files: [String] = []
        for _ in 0..<Int.random(in: 8...20, using: &random) {
            var path = root
            for _ in 1..<random.pick([1, 1, 2, 2, 3]) {
                path += "/" + random.pick(RandomOperations.names)
                if mkdir(path, 0o755) == 0 { try adorn(path, isDirectory: true, isLowest: isLowest, using: &random) }
            }
            path += "/" + random.pick(RandomOperations.names)
            var isDirectory = false
            let made: CInt
            switch Int.random(in: 0..<100, using: &random) {
            case ..<36:
                let number = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o644)
                made = number < 0 ? -1 : 0
                if number >= 0 {
                    let content = [UInt8](repeating: 7, count: Int.random(in: 0...9000, using: &random))
                    _ = write(number, content, content.count)
                    if random.chance(20) { ftruncate(number, 100_000) }
                    close(number)
                    files.append(path)
                }
            case ..<58:
                made = mkdir(path, 0o755)
                isDirectory = true
            case ..<72: made = symlink(random.pick(RandomOperations.targets), path)
            case ..<84: made = isLowest ? -1 : mknod(path, S_IFCHR, 0)
            case ..<94: made = files.isEmpty ? -1 : link(random.pick(files), path)
            case ..<97: made = mkfifo(path, 0o644)
            default: made = mknod(path, S_IFCHR | 0o666, dev_t(1 << 8 | 3))
            }
            if made == 0 { try adorn(path, isDirectory: isDirectory, isLowest: isLowest, using: &random) }
        }
    }

    /// Owners, modes and marks.
    private func adorn(
        _ path: String, isDirectory: Bool, isLowest: Bool, using random: inout SeededGenerator
    ) throws {
        guard let kind = try FileStatus.read(path, in: AT_FDCWD)?.mode else { return }
        if kind & S_IFMT == S_IFCHR, kind & 0o777 == 0 { return }
        if random.chance(35) { lchown(path, 1000, random.pick([0, 1000])) }
        if kind & S_IFMT != S_IFLNK {
            let modes: [mode_t] =
                isDirectory ? [0o755, 0o755, 0o777, 0o1777, 0o700] : [0o644, 0o600, 0o666, 0o444, 0o755]
            chmod(path, random.pick(modes))
        }
        if isDirectory, !isLowest, random.chance(15) {
            try call("lsetxattr", path) { lsetxattr(path, OverlayAttributes.current.prefix + "opaque", "y", 1, 0) }
        }
        if random.chance(25), isDirectory || kind & S_IFMT == S_IFREG { lsetxattr(path, "user.k", "v", 1, 0) }
    }
}

/// Removes a directory and all that it holds, following no link.
func removeTree(_ path: String) {
    if let directory = try? Descriptor(opening: path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) {
        for name in (try? directoryNames(in: directory)) ?? [] { removeTree(path + "/" + name) }
        rmdir(path)
    } else {
        unlink(path)
    }
}
