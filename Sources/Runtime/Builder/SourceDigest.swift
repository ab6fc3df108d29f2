internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// The digests of a source's entries: of everything that a copy keeps, but not its time. They are taken while the files
/// are read, so that what was copied and what was hashed are the same bytes.
struct SourceDigest {
    private let source: SourceTree.Source
    private let hasOwners: Bool
    /// Of each entry, by its path in the tree.
    private(set) var files: [String: String] = [:]
    private var all = ""
    /// Of files that have several names: each is read once.
    private var contents: [FileIdentity: Digest] = [:]

    /// - Parameter hasOwners: whether the copy keeps the entries' owners, too.
    init(of source: SourceTree.Source, hasOwners: Bool) {
        self.source = source
        self.hasOwners = hasOwners
    }

    /// What the history calls the source.
    var word: String { (source.isDirectory ? "dir:" : "file:") + Digest(of: all.utf8).hex }

    /// The digest of a file that was read before, under whatever name.
    func content(of entry: SourceTree.Entry) -> Digest? {
        entry.status.links > 1 ? contents[FileIdentity(entry.status)] : nil
    }

    /// Adds the next entry.
    ///
    /// - Parameter content: what `SourceTree.read` told of a regular file.
    mutating func add(_ entry: SourceTree.Entry, content: Digest?) {
        // A directory's own attributes are not copied.
        if source.isDirectory, entry.path.isEmpty { return }
        if let content, entry.status.links > 1 { contents[FileIdentity(entry.status)] = content }
        let fields = [
            source.isDirectory ? entry.path : source.name, String(entry.status.mode, radix: 8), entry.target ?? "",
            "\(entry.status.device)", content?.hex ?? "",
            hasOwners ? "\(entry.status.uid):\(entry.status.gid)" : "",
        ]
        let digest = Digest(of: fields.joined(separator: "\u{0}").utf8)
        let place = [source.path, entry.path].filter { !$0.isEmpty }.joined(separator: "/")
        files[place] = digest.hex
        all += "\(entry.path)\u{0}\(digest.hex)\n"
    }
}

/// What two names of one file have in common. A context may lie on several filesystems.
struct FileIdentity: Hashable {
    var filesystem: UInt64
    var inode: UInt64

    init(_ status: FileStatus) {
        filesystem = status.filesystem
        inode = status.inode
    }
}

extension SourceTree {
    /// What a copy keeps of a regular file, but its mode and owner.
    struct Content {
        var attributes: [(name: String, value: [UInt8])]
        /// Of the attributes and the bytes.
        var digest: Digest
    }

    /// Reads a regular file, once; `body` is given its bytes.
    ///
    /// - Throws: `SystemCallError`; what `body` throws.
    func read(
        _ entry: Entry, of source: Source, _ body: (UnsafeRawBufferPointer) throws -> Void = { _ in }
    ) throws -> Content {
        let file = try open(entry, of: source)
        let attributes = try FileAttributes.copied(of: file)
        var digester = Digester()
        func add(_ text: String) { Array((text + "\u{0}").utf8).withUnsafeBytes { digester.update($0) } }
        add("\(attributes.count)")
        for (name, value) in attributes {
            add(name)
            add("\(value.count)")
            value.withUnsafeBytes { digester.update($0) }
        }
        try file.forEachChunk { bytes in
            try control.check()
            digester.update(bytes)
            try body(bytes)
        }
        return Content(attributes: attributes, digest: digester.digest)
    }

    /// Reads all of a source.
    func digest(_ source: Source, hasOwners: Bool = false) throws -> SourceDigest {
        var digest = SourceDigest(of: source, hasOwners: hasOwners)
        for entry in source.entries {
            try control.check()
            let isFile = entry.kind == UInt32(S_IFREG)
            digest.add(
                entry, content: isFile ? try digest.content(of: entry) ?? read(entry, of: source).digest : nil)
        }
        return digest
    }
}

/// The extended attributes that a copied file keeps.
enum FileAttributes {
    static func copied(of file: borrowing Linux.Descriptor) throws -> [(name: String, value: [UInt8])] {
        var attributes: [(name: String, value: [UInt8])] = []
        for name in try openAttributeNames(of: file)
        where name == "security.capability" || (name.hasPrefix("user.") && !name.hasPrefix("user.overlay.")) {
            if let value = try openAttribute(name, of: file) { attributes.append((name, value)) }
        }
        return attributes.sorted { $0.name < $1.name }
    }
}
