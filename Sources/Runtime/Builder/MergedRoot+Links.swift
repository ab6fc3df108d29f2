internal import Glibc
internal import LayerModel
internal import Linux

/// Symbolic links of the tree that lead to what is not there yet. openat2(2) says of them only that nothing is found.
extension MergedRoot {
    /// A path with the symbolic links in it followed, from the root on and never out of it: as Docker's builder follows the
    /// links of a destination, also one that leads to a name that is yet to be made.
    ///
    /// - Throws: `BuildError` for links that lead to each other; `SystemCallError`
    func followed(_ place: String) throws -> String {
        var rest = place.split(separator: "/").map(String.init)[...]
        var found: [String] = []
        var links = 0
        while let name = rest.popFirst() {
            switch name {
            case ".": continue
            case "..": _ = found.popLast()
            default:
                guard let target = try target(of: name, in: found.joined(separator: "/")) else {
                    found.append(name)
                    continue
                }
                links += 1
                guard links <= Self.mostLinks else { throw Self.endless(place) }
                if target.hasPrefix("/") { found = [] }
                rest = target.split(separator: "/").map(String.init) + rest
            }
        }
        return found.joined(separator: "/")
    }

    /// As many as the kernel follows in one path (path_resolution(7)).
    private static let mostLinks = 40

    static func endless(_ place: String) -> BuildError {
        BuildError("failed to copy files: \(place): symbolic links lead to each other; choose another destination")
    }

    /// Where a symbolic link leads; `nil` for anything else, and for nothing.
    private func target(of name: String, in directory: String) throws -> String? {
        do throws(SystemCallError) {
            let parent = try openInRoot(root.number, directory, O_RDONLY | O_DIRECTORY)
            return try readLink(name, in: parent.number).text
        } catch {
            guard [.EINVAL, .ENOENT, .ENOTDIR].contains(error.errno) else { throw error }
            return nil
        }
    }

    /// Refuses what is there and is no directory.
    ///
    /// - Throws: `BuildError` in Docker's words for WORKDIR; `SystemCallError`
    func requireDirectory(_ place: String) throws {
        let isInTheWay: Bool
        do {
            isInTheWay = try resolve(place).map { $0.status.mode & UInt32(S_IFMT) != UInt32(S_IFDIR) } ?? false
        } catch let error as SystemCallError where error.errno == .ENOTDIR { isInTheWay = true }
        if isInTheWay { throw BuildError("Cannot mkdir: \(place) is not a directory") }
    }
}
