internal import Glibc
internal import LayerModel
public import Linux
internal import OCI

/// The containers on disk: a folder each, named by its id.
///
/// A folder is made under a name that begins with a dot and renamed when it is complete; it is renamed back before it
/// is taken apart. So whatever a crash leaves is recognised by its name, and `clean` removes it. Whoever makes, runs or
/// removes a container holds its folder's lock.
public struct ContainerShelf: Sendable {
    /// The folder that holds the containers.
    public let path: String

    public init(path: String) { self.path = path }

    /// Where a container's parts lie.
    public struct Folder: Sendable {
        public let path: String
        public var record: String { path + "/container.json" }
        public var upper: String { path + "/upper" }
        public var work: String { path + "/work" }
        /// Where the union is mounted, in the container's own mount namespace alone.
        public var root: String { path + "/root" }
        /// What the container's volumes hold, a folder each.
        public var volumes: String { path + "/volumes" }

        public func path(of volume: ContainerRecord.Volume) -> String { "\(volumes)/\(volume.name)" }
    }

    public func folder(of id: String) -> Folder { Folder(path: path + "/" + id) }

    /// All containers, the newest first.
    ///
    /// - Throws: `EngineError` when a record cannot be read.
    public func all() throws -> [ContainerRecord] {
        try records(unlessGone: \.path).map(\.seenNow).sorted {
            ($0.created.seconds, $0.created.nanoseconds, $0.id) > ($1.created.seconds, $1.created.nanoseconds, $1.id)
        }
    }

    /// The layers that containers need. One that is being removed has no record any more, and needs none.
    ///
    /// - Throws: `EngineError` when a record is there and cannot be read.
    func usedLayers() throws -> [ChainID] { try records(unlessGone: \.record).flatMap(\.chainIDs) }

    /// Another command may have removed a container since the names were read: then its `place` is gone.
    private func records(unlessGone place: KeyPath<Folder, String>) throws -> [ContainerRecord] {
        try names().filter { !$0.hasPrefix(".") }.compactMap { name in
            do { return try stored(name) } catch {
                guard access(folder(of: name)[keyPath: place], F_OK) == 0 else { return nil }
                throw error
            }
        }
    }

    /// Finds a container by its name, its id or a beginning of its id that fits no other.
    ///
    /// - Throws: `EngineError` when there is none or more than one.
    public func find(_ text: String) throws -> ContainerRecord {
        let all = try all()
        if let exact = all.first(where: { $0.name == text || $0.id == text }) { return exact }
        let fitting = text.isEmpty ? [] : all.filter { $0.id.hasPrefix(text) }
        switch fitting.count {
        case 1: return fitting[0]
        case 0: throw EngineError("No such container: \(text)", exitStatus: 1, kind: .notFound)
        default: throw EngineError("Multiple IDs found with provided prefix: \(text)", exitStatus: 1)
        }
    }

    /// Puts a new container on the shelf, unless its name is taken.
    ///
    /// - Returns: the lock of its folder.
    /// - Throws: `EngineError` when it is, `SystemCallError` when the disk refuses.
    @discardableResult
    public func add(_ record: ContainerRecord) throws -> PresenceLock {
        try Folders.make(path)
        return try locked {
            if let other = try all().first(where: { $0.name == record.name }) {
                throw EngineError(
                    "Conflict. The container name \"/\(record.name)\" is already in use by container \"\(other.id)\". "
                        + "You have to remove (or rename) that container to be able to reuse that name.",
                    kind: .nameInUse)
            }
            let draft = Folder(path: path + "/.new-" + record.id)
            do {
                let lock = try PresenceLock.making(draft.path, mode: 0o700)
                for part in [draft.upper, draft.work, draft.root] { try call("mkdir", part) { mkdir(part, 0o755) } }
                // The container's root, whatever the caller's umask takes from it.
                try call("chmod", draft.upper) { chmod(draft.upper, 0o755) }
                try write(record, in: draft)
                let final = folder(of: record.id).path
                try call("rename", draft.path) { rename(draft.path, final) }
                return lock
            } catch {
                try? Folders.remove(draft.path)
                throw error
            }
        }
    }

    /// Replaces a container's record.
    ///
    /// - Throws: `SystemCallError`
    public func update(_ record: ContainerRecord) throws { try write(record, in: folder(of: record.id)) }

    /// Locks a container that no other command is using.
    ///
    /// - Throws: `EngineError` when one is.
    public func lock(_ record: ContainerRecord) throws -> PresenceLock {
        if let lock = try PresenceLock.ifFree(folder(of: record.id).path) { return lock }
        throw EngineError("another command is using the container \(record.name); wait until it ends", exitStatus: 1)
    }

    /// Takes a container and its writable layer off the shelf. Whoever calls holds its lock.
    ///
    /// - Throws: `SystemCallError`
    public func remove(_ id: String) throws {
        let grave = path + "/.gone-" + id
        let folder = folder(of: id).path
        try call("rename", folder) { rename(folder, grave) }
        try Folders.remove(grave)
    }

    /// What an interrupted command has left of a container.
    public enum Leftover: Sendable {
        /// A folder half made or half removed, or one without a readable record.
        case folder(String)
        /// A container that nobody runs any more: its record says that it runs, or that it was to be removed.
        case container(ContainerRecord)
    }

    /// The leftovers, each with the lock of its folder. What another command holds is none.
    ///
    /// - Throws: `SystemCallError`
    public func leftovers() throws -> [(Leftover, PresenceLock)] {
        let names = try names()
        guard !names.isEmpty else { return [] }
        // Nobody makes a folder while this is held: `.new-` is a dead one's.
        return try locked {
            try names.compactMap { name in
                let isPartial = name.hasPrefix(".new-") || name.hasPrefix(".gone-")
                let record = isPartial ? nil : try? stored(name)
                if let record {
                    if case .running = record.state {} else if record.autoRemove != true { return nil }
                }
                let folder = path + "/" + name
                guard let lock = try PresenceLock.ifFree(folder) else { return nil }
                guard isPartial || record == nil else {
                    // Read again, now that nobody changes it.
                    let record = try stored(name)
                    if case .running = record.state { return (.container(record), lock) }
                    return record.autoRemove == true ? (.container(record), lock) : nil
                }
                return (.folder(folder), lock)
            }
        }
    }

    // MARK: - Files

    /// The folders on the shelf. What else lies there is nobody's.
    private func names() throws -> [String] {
        do {
            return try directoryNames(at: path, ofType: Int(DT_DIR))
        } catch {
            if error.errno == .ENOENT { return [] }
            throw error
        }
    }

    /// A container as its record says, whatever has become of its process since.
    private func stored(_ id: String) throws -> ContainerRecord {
        let path = folder(of: id).record
        do {
            let file = try Descriptor(opening: path, O_RDONLY)
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 1 << 14)
            let number = file.number
            while case let count = try call("read", path, { read(number, &buffer, buffer.count) }), count > 0 {
                bytes += buffer[..<count]
            }
            return try JSONDocument.decode(ContainerRecord.self, from: bytes, what: path)
        } catch {
            throw EngineError("the container \(id.prefix(12)) has no readable \(path); `teach clean` removes it")
        }
    }

    private func write(_ record: ContainerRecord, in folder: Folder) throws {
        let draft = folder.path + "/.container.json"
        let bytes = try JSONDocument.encode(record)
        let file = try Descriptor(opening: draft, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        let number = file.number
        var written = 0
        while written < bytes.count {
            written += try call("write", draft) {
                bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress! + written, $0.count - written) }
            }
        }
        let final = folder.record
        try call("rename", draft) { rename(draft, final) }
    }

    /// Runs `body` while no other process changes what is on the shelf.
    private func locked<Result>(_ body: () throws -> Result) throws -> Result {
        let lock = try Descriptor(opening: path + "/.lock", O_RDWR | O_CREAT, mode: 0o600)
        try call("flock", path) { flock(lock.number, LOCK_EX) }
        return try body()
    }
}

extension ContainerRecord {
    /// The record with a process that is gone taken for what it is: nobody was left to see its exit status.
    var seenNow: ContainerRecord {
        guard case .running(let pid, let startTime, let since) = state, ProcessIdentity.startTime(of: pid) != startTime
        else {
            return self
        }
        var record = self
        record.state = .exited(status: 255, at: since)
        return record
    }
}

extension Home {
    /// The layers that any container of this home needs.
    ///
    /// - Throws: `EngineError` when a container's record cannot be read.
    func usedLayers() throws -> Set<ChainID> { Set(try shelves().flatMap { try $0.usedLayers() }) }
}
