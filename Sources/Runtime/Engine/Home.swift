internal import Glibc
internal import Linux

/// Where everything that teach keeps lies: `$TEACH_HOME`, else /var/lib/teach for root and ~/.local/share/teach
/// for anyone else.
public struct Home: Hashable, Sendable {
    /// The absolute path of the folder.
    public let path: String

    /// The folder of the containers. A lesson gives each of its runs one of its own, so that it sees no container
    /// but those that it made.
    public var containers: String

    /// The folder of the images' names, where they are not the user's own. A lesson gives each of its runs a copy, so that
    /// what it builds takes no name from the user.
    public var imageScope: String?

    /// Finds the folder from the environment: `TEACH_HOME`, `TEACH_CONTAINERS` for the containers alone, and `TEACH_IMAGES`
    /// for the names of images, which counts for the home alone that the run is of.
    public init(environment: [String: String]) {
        if let home = environment["TEACH_HOME"], !home.isEmpty {
            self.init(path: home.hasPrefix("/") ? home : Self.workingDirectory + "/" + home)
        } else if Self.isRoots {
            self.init(path: "/var/lib/teach")
        } else {
            self.init(path: (environment["HOME"] ?? "/tmp") + "/.local/share/teach")
        }
        if let containers = environment["TEACH_CONTAINERS"], !containers.isEmpty { self.containers = containers }
        // Another home knows nothing of the run's names, and would free what they stand for.
        if let scope = environment["TEACH_IMAGES"], isRun(scope) { imageScope = scope }
    }

    private func isRun(_ folder: String) -> Bool {
        guard folder.hasPrefix(runs + "/") else { return false }
        let name = folder.dropFirst(runs.count + 1)
        return !name.isEmpty && !name.contains("/") && !name.hasPrefix(".")
    }

    /// Whether this is root's command: inside a user namespace, id 0 tells nothing, but the id that it is outside.
    private static var isRoots: Bool { geteuid() == 0 && UserNamespace.current.users.outside(of: 0) == 0 }

    public init(path: String) {
        self.path = path
        containers = path + "/containers"
    }

    /// The database of recorded runs.
    public var recordings: String { path + "/recordings.sqlite" }
    /// The folders of runs that are under way: sockets, containers, the `docker` of a lesson.
    public var runs: String { path + "/runs" }
    /// The pictures that runs have drawn, a folder a run.
    public var frames: String { path + "/frames" }

    /// All folders of containers: this command's, the learner's own, and those of runs that are under way.
    ///
    /// - Throws: `SystemCallError`: whoever frees what none of them uses must not miss one.
    func shelves() throws -> [ContainerShelf] {
        let names = try directoryNames(atOrNone: runs, ofType: Int(DT_DIR))
        let folders = [containers, path + "/containers"] + names.map { "\(runs)/\($0)/containers" }
        return Set(folders).sorted().map(ContainerShelf.init)
    }

    private static var workingDirectory: String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard getcwd(&buffer, buffer.count) != nil else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
