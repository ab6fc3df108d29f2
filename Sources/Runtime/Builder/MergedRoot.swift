internal import ContentStore
internal import Glibc
internal import LayerModel
internal import Linux

/// The tree of a stage with a new layer on top, seen as a container would see it, for the builder's own files.
///
/// Paths are taken in the tree as by a process whose root it is: no symbolic link leads out.
final class MergedRoot {
    let root: Linux.Descriptor
    /// The root as the kernel names it.
    let path: String
    /// Looks at the calls that change the tree.
    let witness: (any CallWitness)?
    /// The time of directories that are made on the way.
    private let epoch: timespec
    /// The times that directories are to have in the end, although names in them change. By their bytes: two spellings
    /// that are equal as `String` are two directories.
    private var touched: [ByteString: timespec] = [:]

    /// Mounts the union where only this thread sees it, and runs `body` on it.
    ///
    /// - Throws: `SystemCallError`; what `body` throws.
    static func with<Value>(
        _ layers: [String], _ workspace: LayerWorkspace, epoch: Int64, seenBy witness: (any CallWitness)? = nil,
        _ body: (MergedRoot) throws -> Value
    ) throws -> Value {
        // Without layers there is nothing to unite.
        if layers.isEmpty { return try use(workspace.upper, epoch, seenBy: witness, body) }
        return try withPrivateMounts {
            try mount(layers, workspace)
            let result = Result { try use(workspace.root, epoch, seenBy: witness, body) }
            try? unmountFilesystem(workspace.root, lazily: true)
            return try result.get()
        }
    }

    /// A directory that is no union, of this process alone.
    static func use<Value>(
        _ directory: String, _ epoch: Int64, seenBy witness: (any CallWitness)? = nil,
        _ body: (MergedRoot) throws -> Value
    ) throws -> Value {
        let root = try MergedRoot(directory, epoch: epoch, witness)
        let value = try body(root)
        try root.restoreTimes()
        return value
    }

    /// The union as a directory, for who only reads.
    static func reading<Value>(
        _ layers: [String], _ workspace: LayerWorkspace, _ body: (String) throws -> Value
    ) throws -> Value {
        if layers.isEmpty { return try body(workspace.upper) }
        return try withPrivateMounts {
            try mount(layers, workspace)
            let result = Result { try body(workspace.root) }
            try? unmountFilesystem(workspace.root, lazily: true)
            return try result.get()
        }
    }

    /// The layers get short names, because mount(2) takes one page of options.
    private static func mount(_ layers: [String], _ workspace: LayerWorkspace) throws {
        let links = workspace.path + "/l"
        try call("mkdir", links) { mkdir(links, 0o700) }
        for (index, layer) in layers.enumerated() {
            let link = "\(links)/\(index)"
            try call("symlink", link) { symlink(layer, link) }
        }
        // This thread's alone, as its mounts are.
        try call("chdir", links) { chdir(links) }
        let overlay = OverlayMount(
            lower: layers.indices.map(String.init), upper: "../upper", work: "../work", target: workspace.root)
        guard let options = overlay.mountOptions else {
            throw BuildError("the image has \(layers.count) layers, more than one union can have: join some RUNs")
        }
        try mountFilesystem("overlay", workspace.root, type: "overlay", options: options)
        try call("chdir", "/") { chdir("/") }
    }

    private init(_ directory: String, epoch: Int64, _ witness: (any CallWitness)?) throws {
        self.witness = witness
        root = try Linux.Descriptor(opening: directory, O_RDONLY | O_DIRECTORY)
        path = try readLink("/proc/self/fd/\(root.number)", in: AT_FDCWD).text
        self.epoch = timespec(tv_sec: Int(epoch), tv_nsec: 0)
    }

    // MARK: - Places

    /// What a path leads to, as a path without symbolic links; `nil` where nothing is there.
    func resolve(_ place: String) throws -> (path: String, status: FileStatus)? {
        do { return try found(place) } catch let error as SystemCallError where error.errno == .ENOENT { return nil }
    }

    private func found(_ place: String) throws -> (path: String, status: FileStatus) {
        let file = try openInRoot(root.number, place)
        let name = try readLink("/proc/self/fd/\(file.number)", in: AT_FDCWD).text
        return (
            name == path ? "" : String(decoding: name.utf8.dropFirst(path.utf8.count + 1), as: UTF8.self),
            try FileStatus(of: file)
        )
    }

    /// Makes a directory and those above it where they are missing, 0755.
    ///
    /// - Parameters:
    ///   - owner: whom it belongs to if it is made.
    ///   - parentOwner: whom those above it belong to if they are made.
    /// - Returns: its path without symbolic links.
    func makeDirectories(_ place: String, owner: FileOwner, parentOwner: FileOwner) throws -> String {
        var here = ""
        let names = try followed(place).split(separator: "/").map(String.init)
        for (index, name) in names.enumerated() {
            let next = here.isEmpty ? name : "\(here)/\(name)"
            if let found = try resolve(next) {
                guard found.status.mode & UInt32(S_IFMT) == UInt32(S_IFDIR) else {
                    throw BuildError(
                        "failed to copy files: /\(next) is in the way: it is not a directory; choose another destination"
                    )
                }
                here = found.path
            } else {
                try makeDirectory(name, in: here, index == names.count - 1 ? owner : parentOwner)
                here = next
            }
        }
        return here
    }

    private func makeDirectory(_ name: String, in directory: String, _ owner: FileOwner) throws {
        try touch(directory)
        let path = directory.isEmpty ? name : "\(directory)/\(name)"
        let parent = try openInRoot(root.number, directory, O_RDONLY | O_DIRECTORY)
        try make(name, in: parent.number, path, owner)
        setTime(path, epoch)
    }

    private func make(_ name: String, in base: CInt, _ path: String, _ owner: FileOwner) throws {
        let seen = seen(path)
        try call(.mkdirat, path, [name], of: seen, as: { .mkdir($0, mode: 0o755) }) {
            withBytes(of: name) { mkdirat(base, $0, 0o755) }
        }
        try setOwner(owner, of: name, in: base, path)
        try call(.fchmodat, path, [name], of: seen, as: { .chmod(Operand($0), mode: 0o755) }) {
            withBytes(of: name) { fchmodat(base, $0, 0o755, 0) }
        }
    }

    /// Changes whom a name itself belongs to.
    func setOwner(_ owner: FileOwner, of name: String, in base: CInt, _ path: String) throws {
        try call(
            .fchownat, path, [name], of: seen(path),
            as: { .chown(Operand($0, .noFollow), uid: owner.uid, gid: owner.gid) }
        ) { withBytes(of: name) { fchownat(base, $0, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) } }
    }

    /// A path without symbolic links, for the witness where there is one.
    func seen(_ path: String) -> WitnessedName? { witness.map { WitnessedName(path, by: $0) } }

    /// Notes a directory's time before a name in it changes.
    func touch(_ directory: String) throws {
        guard touched[ByteString(directory)] == nil else { return }
        let open = try openInRoot(root.number, directory)
        let modified = try FileStatus(of: open).modified
        let nanoseconds = (modified % 1_000_000_000 + 1_000_000_000) % 1_000_000_000
        let seconds = modified / 1_000_000_000 - (modified < 0 && nanoseconds > 0 ? 1 : 0)
        setTime(directory, timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds)))
    }

    /// Notes the time that a directory had before names in it changed, unless it is known what its time is to be.
    func noteTime(_ directory: String, _ time: timespec) {
        if touched[ByteString(directory)] == nil { setTime(directory, time) }
    }

    /// A directory's time is to be this in the end.
    func setTime(_ directory: String, _ time: timespec) { touched[ByteString(directory)] = time }

    private func restoreTimes() throws {
        // The deepest first, though no time depends on another, and always in the same order.
        for (directory, time) in touched.sorted(by: { ($1.key.count, $0.key) < ($0.key.count, $1.key) }) {
            guard let open = try? openInRoot(root.number, directory.text, O_RDONLY | O_DIRECTORY) else { continue }
            try set(time, of: open.number, directory.text)
        }
    }

    private func set(_ time: timespec, of directory: CInt, _ path: String) throws {
        let times = [time, time]
        try call(
            .utimensat, path, ["fd \(directory)"], of: seen(path), as: { .utimens(Operand($0, .descriptor), .given) }
        ) { futimens(directory, times) }
    }
}

/// Whom a file belongs to.
struct FileOwner: Hashable {
    var uid: UInt32
    var gid: UInt32

    static let root = FileOwner(uid: 0, gid: 0)
}
