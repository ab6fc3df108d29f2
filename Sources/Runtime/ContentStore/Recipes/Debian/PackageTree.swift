internal import CArchive
internal import Glibc
internal import LayerModel
internal import Linux

/// The files of unpacked packages on their way into a layer: their names and attributes here, all their bytes in one
/// file. Nothing is unpacked onto the disk, so owners need no privilege. Maintainer scripts are not run.
struct PackageTree {
    /// Which files stay behind.
    var omissions = Omissions.documentation
    /// Whether `/bin`, `/lib` and `/sbin` are links into `/usr`, as in Debian's own images.
    var mergesUsr: Bool
    /// By path, without a leading slash.
    private(set) var entries: [String: RecipeEntry] = [:]
    private let spool: String
    private var spooled: Int64 = 0
    private let checkpoint: Checkpoint?

    /// The bytes go to a new file at `spool`, which has to stay until the layer is written.
    ///
    /// - Parameter checkpoint: is asked before each entry, and within large ones.
    init(spool: String, mergesUsr: Bool, asking checkpoint: Checkpoint? = nil) {
        self.checkpoint = checkpoint
        self.spool = spool
        self.mergesUsr = mergesUsr
    }

    /// Adds the files of the package at `path`; a file that another package had is replaced, as dpkg does where one
    /// says that it replaces the other.
    ///
    /// - Returns: the names that it added, absolute.
    /// - Throws: `StoreError.recipe` for a package that cannot be read, `SystemCallError`
    @discardableResult
    mutating func add(packageAt path: String) throws -> [String] {
        let file = try Descriptor(opening: spool, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
        let number = file.number
        var links: [(name: String, target: String)] = []
        var added: [String] = []
        var buffer: [UInt8] = []
        try DebianPackageFile(path).forEachEntry { item, forEachBlock in
            try checkpoint?()
            let name = place(item.path)
            if name.isEmpty || omissions.contains(name) { return }
            var node: RecipeEntry.Node
            switch item.kind {
            case .directory:
                if case .directory? = entries[name]?.node { return }
                node = .directory
            case .symlink(let target): node = .symlink(to: target)
            case .hardLink(let target):
                links.append((name, place(target)))
                return
            default:
                let start = spooled + Int64(buffer.count)
                var size: Int64 = 0
                try forEachBlock { block in
                    buffer.append(contentsOf: block)
                    size += Int64(block.count)
                    if buffer.count >= 1 << 20 {
                        try checkpoint?()
                        try buffer.withUnsafeBytes { try Files.write($0, to: number) }
                        spooled += Int64(buffer.count)
                        buffer.removeAll(keepingCapacity: true)
                    }
                }
                node = .file(.part(of: spool, offset: start, size: size))
            }
            var entry = RecipeEntry(path: "/" + name, node: node, permissions: item.permissions)
            entry.owner = FileOwner(uid: item.uid, gid: item.gid)
            entries[name] = entry
            added.append("/" + name)
        }
        try buffer.withUnsafeBytes { try Files.write($0, to: number) }
        spooled += Int64(buffer.count)
        for link in links {
            guard var entry = entries[link.target] else { continue }
            // The first in the order of names holds the bytes; the others are its links. A package has few of them.
            if link.name.utf8.lexicographicallyPrecedes(link.target.utf8) {
                entry.path = "/" + link.name
                entries[link.name] = entry
                entries[link.target] = .hardLink("/" + link.target, to: "/" + link.name)
            } else {
                entries[link.name] = .hardLink("/" + link.name, to: "/" + link.target)
            }
            added.append("/" + link.name)
        }
        return added
    }

    /// Puts a file in the place of whatever has its name.
    mutating func set(_ entry: RecipeEntry) {
        entries[entry.path.split(separator: "/").joined(separator: "/")] = entry
    }

    /// Empty for the directories that are links into `/usr`.
    private func place(_ path: String) -> String {
        let parts = path.split(separator: "/").filter { $0 != "." }
        guard mergesUsr, let first = parts.first, Self.merged.contains(String(first)) else {
            return parts.joined(separator: "/")
        }
        return parts.count == 1 ? "" : "usr/" + parts.joined(separator: "/")
    }

    private static let merged = ["bin", "sbin", "lib", "lib64", "lib32", "libx32"]

    /// The links of a merged `/usr`. Only machines whose loader lies there have `/lib64`.
    static var mergedLinks: [RecipeEntry] {
        var names = ["bin", "lib", "sbin"]
        #if arch(x86_64)
            names.append("lib64")
        #endif
        return names.flatMap { [.directory("/usr/\($0)"), .symlink("/\($0)", to: "usr/\($0)")] }
    }
}

/// What of packages no image here needs.
struct Omissions: Hashable, Sendable {
    /// In words, for the image's label.
    var words: String
    var directories: [String]
    /// Names of files that stay behind wherever they lie.
    var names: Set<String> = []
    /// Names that stay though they lie beneath one of the directories.
    var keptNames: Set<String>

    static let documentation = Omissions(
        words: "documentation (all but copyright files), manual pages, translations, character set converters, libc.a",
        directories: [
            "usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "usr/share/lintian",
            "usr/share/bug", "usr/share/doc-base", "usr/share/menu", "usr/share/help", "usr/share/nodejs/npm/docs",
            "usr/share/nodejs/npm/man", "usr/lib/x86_64-linux-gnu/gconv", "usr/lib/aarch64-linux-gnu/gconv",
        ], names: ["libc.a", "libmvec.a"], keptNames: ["copyright"])

    func contains(_ path: String) -> Bool {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        if names.contains(name) { return true }
        return directories.contains { path == $0 || path.hasPrefix($0 + "/") } && !keptNames.contains(name)
    }
}
