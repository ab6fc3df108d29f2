internal import FoundationEssentials
internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// The containers on disk: a folder each, named by its id.
///
/// A folder is made under a name that begins with a dot and renamed when it is complete; it is renamed back before it
/// is taken apart. So whatever a crash leaves is recognised by its name, and `clean` removes it.
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
    }

    public func folder(of id: String) -> Folder { Folder(path: path + "/" + id) }

    /// All containers, the newest first.
    ///
    /// - Throws: `EngineError` when a record cannot be read.
    public func all() throws -> [ContainerRecord] {
        try names().filter { !$0.hasPrefix(".") }.map(read).sorted {
            ($0.created.seconds, $0.created.nanoseconds, $0.id) > ($1.created.seconds, $1.created.nanoseconds, $1.id)
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
        case 0: throw EngineError("No such container: \(text)", exitStatus: 1)
        default: throw EngineError("Multiple IDs found with provided prefix: \(text)", exitStatus: 1)
        }
    }

    /// Puts a new container on the shelf, unless its name is taken.
    ///
    /// - Throws: `EngineError` when it is, `SystemCallError` when the disk refuses.
    public func add(_ record: ContainerRecord) throws {
        try Folders.make(path)
        try locked {
            if let other = try all().first(where: { $0.name == record.name }) {
                throw EngineError(
                    "Conflict. The container name \"/\(record.name)\" is already in use by container \"\(other.id)\". "
                        + "You have to remove (or rename) that container to be able to reuse that name.")
            }
            let draft = Folder(path: path + "/.new-" + record.id)
            do {
                try call("mkdir", draft.path) { mkdir(draft.path, 0o700) }
                for part in [draft.upper, draft.work, draft.root] { try call("mkdir", part) { mkdir(part, 0o755) } }
                // The container's root, whatever the caller's umask takes from it.
                try call("chmod", draft.upper) { chmod(draft.upper, 0o755) }
                try write(record, in: draft)
                let final = folder(of: record.id).path
                try call("rename", draft.path) { rename(draft.path, final) }
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

    /// Takes a container and its writable layer off the shelf.
    ///
    /// - Throws: `SystemCallError`
    public func remove(_ id: String) throws {
        let grave = path + "/.gone-" + id
        let folder = folder(of: id).path
        try call("rename", folder) { rename(folder, grave) }
        try Folders.remove(grave)
    }

    /// The folders that an interrupted command has left half made or half removed.
    public func leftovers() throws -> [String] {
        try names().filter { $0.hasPrefix(".new-") || $0.hasPrefix(".gone-") }.map { path + "/" + $0 }
    }

    // MARK: - Files

    private func names() throws -> [String] {
        guard let directory = opendir(path) else {
            if Glibc.errno == ENOENT { return [] }
            throw SystemCallError(call: "opendir", subject: path, errno: LayerModel.Errno(rawValue: Glibc.errno))
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if ![".", "..", ".lock"].contains(name) { names.append(name) }
        }
        return names
    }

    private func read(_ id: String) throws -> ContainerRecord {
        let file = folder(of: id).record
        guard let data = try? Data(contentsOf: URL(filePath: file)) else {
            throw EngineError("the container \(id.prefix(12)) has no readable \(file); `teach clean` removes it")
        }
        let record = try JSONDocument.decode(ContainerRecord.self, from: [UInt8](data), what: file)
        return record.seenNow
    }

    private func write(_ record: ContainerRecord, in folder: Folder) throws {
        let draft = folder.path + "/.container.json"
        try Data(JSONDocument.encode(record)).write(to: URL(filePath: draft))
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
        guard case .running(let pid, let startTime, _) = state, ProcessIdentity.startTime(of: pid) != startTime else {
            return self
        }
        var record = self
        record.state = .exited(status: 255, at: created)
        return record
    }
}
