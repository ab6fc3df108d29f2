internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// The directory that a layer's entries are placed into, one after the other.
struct LayerTree: ~Copyable {
    let root: CInt
    let parents: [String]
    private(set) var concessions: LayerConcessions
    let purpose: Purpose
    /// Who looks at what is done to the files, and where the root is in the tree that they see.
    private let watch: (witness: any CallWitness, place: String)?
    private(set) var directoryTimes = DirectoryTimes()
    /// The directory of the last entry: tars list a directory's children together.
    private var opened: (path: String, directory: OpenDirectory)?

    private final class OpenDirectory {
        let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    /// What the entries are for.
    enum Purpose {
        /// A layer: some names are marks.
        case layer
        /// Files that come into a directory that has others already, and keep or change their owner.
        case files(owner: (uid: UInt32, gid: UInt32)?)
        /// The same in a layer of an image. That the same archive makes the same layer each time, no directory's time may
        /// be that of the work: those that the archive forgot have `epoch`.
        case layerFiles(epoch: Timestamp)

        var isLayer: Bool { if case .layer = self { true } else { false } }

        /// Whether an archive's directory takes the place of a file or a link that has its name: so Docker's ADD does it, and
        /// `docker cp` does not.
        var replacesLinks: Bool { if case .layerFiles = self { true } else { false } }
    }

    init(
        root: CInt, parents: [String], _ concessions: LayerConcessions, for purpose: Purpose = .layer,
        watch: (witness: any CallWitness, place: String)? = nil
    ) {
        self.root = root
        self.watch = watch
        self.purpose = purpose
        self.parents = parents
        self.concessions = concessions
    }

    /// Places one entry; the data of a file is read from `reader`.
    mutating func place(_ entry: ArchiveEntry, _ reader: borrowing LayerReader) throws {
        let components = try Self.components(entry.path, of: entry.path)
        guard let name = components.last else { return try placeRoot(entry) }
        let parent = Array(components.dropLast())
        guard purpose.isLayer else { return try placeFile(entry, name, parent, reader) }
        if parent.contains(where: { $0.hasPrefix(WhiteoutName.prefix) }) {
            throw StoreError.layerRefused(entry: entry.path, reason: "lies beneath a name that means a deletion")
        }
        if name == WhiteoutName.opaque {
            return try markOpaque(parent)
        }
        if name.hasPrefix(WhiteoutName.metadataPrefix) { return }
        if name.hasPrefix(WhiteoutName.prefix) {
            return try placeWhiteout(String(name.dropFirst(WhiteoutName.prefix.count)), parent, entry.path)
        }
        try refuseForeignMarks(entry)
        let directory = try open(parent, for: entry.path)
        let base = directory.descriptor.number
        let before = try Files.status(in: base, name)
        let hidBeneath = before.map(Files.isWhiteout) ?? false
        if let before, !(before.st_mode & S_IFMT == S_IFDIR && entry.kind == .directory) {
            try remove(in: base, name, components.joined(separator: "/"))
        }
        if concessions.leavesOut(entry) { return }
        try make(entry, in: base, name, reader, of: nil)
        if case .hardLink = entry.kind { return }
        if entry.kind == .directory {
            if hidBeneath { try ExtendedAttributes.set(ExtendedAttributes.opaque, Array("y".utf8), in: base, name) }
            directoryTimes.give(components.joined(separator: "/"), entry.modified)
        }
        try setAttributes(entry, in: base, name, of: nil)
    }

    private mutating func placeFile(
        _ entry: ArchiveEntry, _ name: String, _ parent: [String], _ reader: borrowing LayerReader
    ) throws {
        let directory = try open(parent, for: entry.path)
        let base = directory.descriptor.number
        let path = (parent + [name]).joined(separator: "/")
        let seen = seen(path)
        if let before = try Files.status(in: base, name) {
            switch (before.st_mode & S_IFMT == S_IFDIR, entry.kind == .directory) {
            case (true, true): break
            case (true, false):
                throw StoreError.archive("cannot overwrite directory \"\(path)\" with non-directory \"\(entry.path)\"")
            case (false, true) where !purpose.replacesLinks:
                throw StoreError.archive("cannot overwrite non-directory \"\(path)\" with directory \"\(entry.path)\"")
            case (false, _):
                try noteTime(of: directory, parent)
                try call(.unlinkat, path, [name], of: seen, as: { .unlink($0) }) { unlinkat(base, name, 0) }
            }
        }
        if concessions.leavesOut(entry) { return }
        try noteTime(of: directory, parent)
        try make(entry, in: base, name, reader, of: seen)
        if case .hardLink = entry.kind { return }
        if entry.kind == .directory { directoryTimes.give(path, entry.modified) }
        try setAttributes(entry, in: base, name, of: seen)
    }

    private func seen(_ path: String) -> WitnessedName? {
        watch.map { WitnessedName("\($0.place)/\(path)", by: $0.witness) }
    }

    /// Notes the time of a directory that was there before a name in it changes, where somebody gives it back.
    private mutating func noteTime(of directory: OpenDirectory, _ path: [String]) throws {
        guard case .layerFiles = purpose else { return }
        try directoryTimes.note(path.joined(separator: "/"), directory.descriptor.number)
    }

    private mutating func placeRoot(_ entry: ArchiveEntry) throws {
        guard entry.kind == .directory else {
            throw StoreError.layerRefused(entry: entry.path, reason: "would replace the layer's root")
        }
        // The directory that files come into stays what it is.
        guard purpose.isLayer else { return }
        try refuseForeignMarks(entry)
        try setAttributes(entry, in: root, ".", of: nil)
        directoryTimes.give("", entry.modified)
    }

    private mutating func placeWhiteout(_ name: String, _ parent: [String], _ entry: String) throws {
        guard !name.isEmpty, name != ".", name != ".." else {
            throw StoreError.layerRefused(entry: entry, reason: "is a deletion that names nothing")
        }
        let directory = try open(parent, for: entry)
        let base = directory.descriptor.number
        // A deletion acts on the layers beneath only: what this layer itself holds stays, wherever it stands.
        if let status = try Files.status(in: base, name) {
            if status.st_mode & S_IFMT == S_IFDIR {
                try ExtendedAttributes.set(ExtendedAttributes.opaque, Array("y".utf8), in: base, name)
            }
        } else {
            try LayerNode.makeWhiteout(in: base, name)
        }
    }

    private mutating func markOpaque(_ path: [String]) throws {
        let directory = try open(path, for: (path + [WhiteoutName.opaque]).joined(separator: "/"))
        try ExtendedAttributes.set(
            ExtendedAttributes.opaque, Array("y".utf8), in: directory.descriptor.number, ".")
    }

    private mutating func remove(in base: CInt, _ name: String, _ path: String) throws {
        try removeTree(name, in: base)
        directoryTimes.forget(path)
        opened = nil
    }

    private func make(
        _ entry: ArchiveEntry, in base: CInt, _ name: String, _ reader: borrowing LayerReader, of seen: WitnessedName?
    ) throws {
        switch entry.kind {
        case .directory:
            try LayerNode.makeDirectory(in: base, name, of: seen)
        case .file(let size):
            try LayerNode.makeFile(in: base, name, size: size, reader, of: seen)
        case .hardLink(let target):
            try link(target, to: base, name, entry.path, of: seen)
        default:
            try LayerNode.make(entry.kind, in: base, name, of: seen)
        }
    }

    private func link(
        _ target: String, to base: CInt, _ name: String, _ path: String, of seen: WitnessedName?
    ) throws {
        let components = try Self.components(target, of: path)
        guard let last = components.last else {
            throw StoreError.layerRefused(entry: path, reason: "is a hard link to the layer's root")
        }
        let source: Descriptor
        do {
            source = try Files.directory(beneath: root, components.dropLast().joined(separator: "/"))
        } catch {
            throw StoreError.layerRefused(
                entry: path, reason: "is a hard link to \(target), which this layer does not hold (\(error.errno))")
        }
        guard let status = try Files.status(in: source.number, last), !Files.isWhiteout(status),
            status.st_mode & S_IFMT != S_IFDIR
        else {
            throw StoreError.layerRefused(
                entry: path, reason: "is a hard link to \(target), which this layer does not hold as a file")
        }
        let from = source.number
        let old = "\(watch?.place ?? "")/\(target)"
        try call(
            .linkat, path, [last, name], of: seen, as: { .link(Path(old), $0, followsSource: false) }
        ) { linkat(from, last, base, name, 0) }
    }

    private mutating func setAttributes(
        _ entry: ArchiveEntry, in base: CInt, _ name: String, of seen: WitnessedName?
    ) throws {
        var (uid, gid, permissions) = concessions.attributes(of: entry)
        if case .files(let owner?) = purpose { (uid, gid) = owner }
        try call(
            .fchownat, entry.path, [name], of: seen, as: { .chown(Operand($0, .noFollow), uid: uid, gid: gid) }
        ) { fchownat(base, name, uid, gid, AT_SYMLINK_NOFOLLOW) }
        var times = entry.modified.ofAccessAndModification
        if case .symlink = entry.kind {
        } else {
            // After the owner, because a change of owner clears set-ids (chown(2)).
            try call(
                .fchmodat, entry.path, [name], of: seen, as: { .chmod(Operand($0), mode: UInt16(permissions)) }
            ) { fchmodat(base, name, mode_t(permissions), 0) }
        }
        for attribute in entry.attributes where LayerWriter.belongsToImage(attribute.name) {
            let isRefused = try Self.isRefused(attribute, in: base, name, of: seen)
            if isRefused { concessions.leftOut(attribute: attribute.name, of: entry) }
        }
        try call(
            .utimensat, entry.path, [name], of: seen, as: { .utimens(Operand($0, .noFollow), .given) }
        ) { utimensat(base, name, &times, AT_SYMLINK_NOFOLLOW) }
    }

    /// Sets an attribute; in a user namespace some may be refused, and are left out.
    private static func isRefused(
        _ attribute: (name: String, value: [UInt8]), in base: CInt, _ name: String, of seen: WitnessedName?
    ) throws(SystemCallError) -> Bool {
        do throws(SystemCallError) {
            try ExtendedAttributes.set(attribute.name, attribute.value, in: base, name, of: seen)
            return false
        } catch {
            guard error.errno == .EPERM, !UserNamespace.current.isInitial else { throw error }
            return true
        }
    }

    /// Opens the directory that an entry lies in, and makes it where the archive forgot to.
    private mutating func open(_ path: [String], for entry: String) throws -> OpenDirectory {
        let key = path.joined(separator: "/")
        if let opened, sameBytes(opened.path, key) { return opened.directory }
        let directory: OpenDirectory
        do {
            directory = OpenDirectory(try Files.directory(beneath: root, key))
        } catch {
            guard error.errno == .ENOENT || error.errno == .ENOTDIR else {
                throw StoreError.layerRefused(
                    entry: entry, reason: "lies beneath a symbolic link: it could leave the image (\(error.errno))")
            }
            for count in path.indices.map({ $0 + 1 }) { try makeMissing(Array(path.prefix(count)), for: entry) }
            directory = OpenDirectory(try Files.directory(beneath: root, key))
        }
        opened = (key, directory)
        return directory
    }

    private mutating func makeMissing(_ path: [String], for entry: String) throws {
        guard let name = path.last else { return }
        let key = path.joined(separator: "/")
        let parent = OpenDirectory(try Files.directory(beneath: root, path.dropLast().joined(separator: "/")))
        let base = parent.descriptor.number
        let before = try Files.status(in: base, name)
        if let before, before.st_mode & S_IFMT == S_IFDIR { return }
        let hidBeneath = before.map(Files.isWhiteout) ?? false
        guard before == nil || hidBeneath else {
            throw StoreError.layerRefused(entry: entry, reason: "lies beneath \(key), which is no directory")
        }
        if hidBeneath { try call("unlinkat", key) { unlinkat(base, name, 0) } }
        try noteTime(of: parent, path.dropLast())
        let seen = seen(key)
        try call(.mkdirat, key, [name], of: seen, as: { .mkdir($0, mode: 0o755) }) { mkdirat(base, name, 0o755) }
        // Whatever the caller's umask takes from it.
        try call(.fchmodat, key, [name], of: seen, as: { .chmod(Operand($0), mode: 0o755) }) {
            fchmodat(base, name, 0o755, 0)
        }
        if case .layerFiles(let epoch) = purpose {
            directoryTimes.give(key, epoch)
        } else if hidBeneath {
            try ExtendedAttributes.set(ExtendedAttributes.opaque, Array("y".utf8), in: base, name)
        } else if let model = LayerNode.directory(key, in: parents) {
            try call("fchownat", key) { fchownat(base, name, model.st_uid, model.st_gid, AT_SYMLINK_NOFOLLOW) }
            try call("fchmodat", key) { fchmodat(base, name, model.st_mode & 0o7777, 0) }
            directoryTimes.give(key, Timestamp(modificationOf: model))
        }
    }
}
