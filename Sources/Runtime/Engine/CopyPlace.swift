internal import Glibc
internal import LayerModel
internal import Linux

/// A path in a tree that is not to be left: a container's root, or the host's.
struct CopyPlace {
    /// How Docker names a thing that is missing.
    enum Side: Hashable {
        case host
        /// The container as the user named it.
        case container(String)
    }

    let side: Side
    private let root: Root
    /// From the root, without `.` and `..`; empty for the root itself.
    private(set) var names: [String]
    /// Whether what the directory holds is meant, and not itself: the path ends in `/.`.
    let isContents: Bool
    /// Whether it must be a directory: the path ends in `/` or `/.`.
    let isDirectory: Bool

    private final class Root {
        let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    /// - Parameter path: absolute, or from the root.
    /// - Throws: `SystemCallError`
    init(_ path: String, in root: String, _ side: Side) throws {
        self.side = side
        self.root = Root(try Descriptor(opening: root, O_RDONLY | O_DIRECTORY))
        var names: [String] = []
        for name in path.split(separator: "/") where name != "." {
            if name == ".." { _ = names.popLast() } else { names.append(String(name)) }
        }
        self.names = names
        isContents = path.hasSuffix("/.") || path == "." || names.isEmpty
        isDirectory = isContents || path.hasSuffix("/")
    }

    var name: String { names.last ?? "." }
    var path: String { "/" + names.joined(separator: "/") }
    var parent: CopyPlace {
        var place = self
        _ = place.names.popLast()
        return place
    }

    /// The attributes of what is there; `nil` when nothing is.
    func status(following: Bool) throws -> FileStatus? {
        let flags = pathOnly | (following ? 0 : O_NOFOLLOW)
        guard let file = try descriptor(path, flags) else { return nil }
        return try FileStatus(of: file)
    }

    /// `nil` when nothing is there.
    private func descriptor(_ path: String, _ flags: CInt) throws -> Descriptor? {
        do { return try openInRoot(root.descriptor.number, path, flags) } catch
            where [.ENOENT, .ENOTDIR].contains(error.errno)
        {
            return nil
        }
    }

    /// The same place with the symbolic links of its last name resolved.
    func resolved() throws -> CopyPlace {
        var place = self
        for _ in 0..<40 {
            guard let status = try place.status(following: false), status.mode & S_IFMT == S_IFLNK,
                let above = try descriptor(place.parent.path, O_RDONLY | O_DIRECTORY)
            else { return place }
            let target = try readLink(place.name, in: above.number).text
            var names = target.hasPrefix("/") ? [] : Array(place.names.dropLast())
            for name in target.split(separator: "/") where name != "." {
                if name == ".." { _ = names.popLast() } else { names.append(String(name)) }
            }
            place.names = names
        }
        throw SystemCallError(call: "openat2", subject: path, errno: .ELOOP)
    }

    /// The directory itself, to be read from or placed into.
    ///
    /// - Throws: `EngineError` when nothing is there.
    func open() throws -> Descriptor {
        guard let directory = try descriptor(path, O_RDONLY | O_DIRECTORY) else { throw missing }
        return directory
    }

    /// That nothing is there, in the words of Docker's client.
    var missing: EngineError {
        switch side {
        case .host: EngineError("lstat \(path): no such file or directory", exitStatus: 1, kind: .client)
        case .container(let name):
            EngineError("Error: No such container:path: \(name):\(path)", exitStatus: 1, kind: .client)
        }
    }
}
