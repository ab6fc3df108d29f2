internal import CContentStore
internal import Glibc
internal import LayerModel
internal import Linux
public import OCI

extension ContentStore {
    /// What a builder remembers from build to build: small documents by name, in `cache/build`. They may be gone at any
    /// time, and what is half written has no name.
    ///
    /// - Returns: `nil` where there is none of that name.
    public func buildRecord(_ name: Digest) -> [UInt8]? {
        guard let file = try? Descriptor(opening: recordPath(name), O_RDONLY) else { return nil }
        return try? Files.readAll(file.number)
    }

    /// Keeps a document; another of the same name goes.
    ///
    /// - Throws: `SystemCallError`
    public func keepBuildRecord(_ bytes: [UInt8], as name: Digest) throws {
        try Files.makeDirectories(recordFolder)
        try keepDocument(bytes, at: recordPath(name))
    }

    /// Gives a document its name when it is whole. It is not waited for until it is on the disk: after a power cut it may
    /// be gone, or empty.
    func keepDocument(_ bytes: [UInt8], at path: String) throws {
        let partial = StorePaths.partial(in: paths.cache)
        do {
            let file = try Descriptor(opening: partial, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            try bytes.withUnsafeBytes { try Files.write($0, to: file.number) }
            try call("rename", path) { rename(partial, path) }
        } catch {
            unlink(partial)
            throw error
        }
    }

    /// A directory that stays from build to build: `RUN --mount=type=cache`.
    ///
    /// - Parameter prepare: is given a directory that is new.
    /// - Throws: `SystemCallError`; what `prepare` throws.
    public func buildCacheFolder(_ name: Digest, _ prepare: (String) throws -> Void) throws -> String {
        let folder = paths.cache + "/mounts"
        try Files.makeDirectories(folder, mode: 0o700)
        let path = folder + "/" + name.hex
        if access(path, F_OK) == 0 { return path }
        let partial = StorePaths.partial(in: paths.cache)
        try call("mkdir", partial) { mkdir(partial, 0o755) }
        do {
            try prepare(partial)
            // Somebody may have made it meanwhile, and may use it already.
            try call("renameat2", path) { teach_rename_new(partial, path) }
        } catch {
            rmdir(partial)
            guard access(path, F_OK) == 0 else { throw error }
        }
        return path
    }

    private var recordFolder: String { paths.cache + "/build" }
    private func recordPath(_ name: Digest) -> String { "\(recordFolder)/\(name.hex).json" }
}
