import ArgumentParser
import Engine
import Glibc

/// `docker cp`.
struct DockerCp: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cp", abstract: "Copy files/folders between a container and the local filesystem.",
        usage: """
            docker cp [OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-
            \tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH
            """,
        discussion: """
            A tar on standard input is unpacked into a container's directory by `docker cp - CONTAINER:PATH`, and one is \
            written to standard output by `docker cp CONTAINER:PATH -`. A `/.` at the end of a source means what the \
            directory holds.
            """)

    @Flag(name: [.short, .long], help: "Archive mode (files belong to the container's user).")
    var archive = false

    @Flag(name: [.customShort("L"), .long], help: "Always follow symbol link in SRC_PATH.")
    var followLink = false

    @Argument(help: ArgumentHelp("What to copy.", valueName: "[CONTAINER:]SRC_PATH|-"))
    var source: String

    @Argument(help: ArgumentHelp("Where to.", valueName: "[CONTAINER:]DEST_PATH|-"))
    var destination: String

    func run() throws {
        let (from, to) = (Self.end(source), Self.end(destination))
        guard from.container == nil || to.container == nil else {
            throw DockerFailure(sentence: "copying between containers is not supported")
        }
        guard let name = from.container ?? to.container else {
            throw DockerFailure(sentence: "must specify at least one container source")
        }
        let engine = try DockerCommand.engine()
        let options = CopyOptions(followsLink: followLink, belongsToUser: archive)
        try DockerCommand.asDaemon {
            // Of a destination, Docker's client asks for the folder first.
            let path = from.container == nil ? Self.parent(of: to.path) : from.path
            guard let container = try? engine.containers.find(name) else {
                throw DockerFailure(sentence: "Error: No such container:path: \(name):\(path)")
            }
            if from.container == nil {
                let end = source == "-" ? HostEnd.stream(STDIN_FILENO) : .path(try Self.absolute(from.path))
                try engine.copy(from: end, to: to.path, of: container, named: name, options)
            } else if destination == "-" {
                guard isatty(STDOUT_FILENO) == 0 else {
                    throw DockerFailure(sentence: "cowardly refusing to copy to a terminal; redirect the output")
                }
                try engine.copy(from.path, of: container, named: name, to: .stream(STDOUT_FILENO), options)
            } else {
                try engine.copy(
                    from.path, of: container, named: name, to: .path(try Self.absolute(to.path)), options)
            }
        }
    }

    /// `CONTAINER:PATH`, or a path of the host: an absolute one, or one that begins with a dot, has no container's name.
    private static func end(_ text: String) -> (container: String?, path: String) {
        guard let colon = text.firstIndex(of: ":"), !text.hasPrefix("/"), !text.hasPrefix(".") else {
            return (nil, text)
        }
        let path = String(text[text.index(after: colon)...])
        return (String(text[..<colon]), path.hasPrefix("/") ? path : "/" + path)
    }

    private static func parent(of path: String) -> String {
        let names = path.split(separator: "/").dropLast()
        return "/" + names.joined(separator: "/")
    }

    private static func absolute(_ path: String) throws -> String {
        if path.hasPrefix("/") { return path }
        guard let folder = getcwd(nil, 0) else { throw DockerFailure(sentence: "the working directory is gone") }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }
}
