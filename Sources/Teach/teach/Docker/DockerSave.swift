import ArgumentParser
import ContentStore
import Engine
import Glibc
import LayerModel
import Linux

/// Where a verb writes a tar: a file that has its name only once it is whole, or standard output.
enum TarOutput {
    /// - Throws: `DockerFailure` where standard output is a terminal, `SystemCallError`; what `body` throws.
    static func write(to path: String?, verb: String, _ body: (CInt) throws -> Void) throws {
        guard let path else {
            guard isatty(STDOUT_FILENO) == 0 else {
                throw DockerFailure(
                    sentence: "cowardly refusing to \(verb) to a terminal. Use the -o flag or redirect")
            }
            return try body(STDOUT_FILENO)
        }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let failure = "failed to \(verb == "save" ? "save image" : "export container")"
        guard folder.isEmpty || access(folder, F_OK) == 0 else {
            throw DockerFailure(sentence: "\(failure): invalid output path: directory \"\(folder)\" does not exist")
        }
        let before = try FileStatus.read(path, in: AT_FDCWD)
        if let before, ![S_IFREG, S_IFLNK].contains(before.mode & S_IFMT) {
            // The rename below would replace it: /dev/null, say.
            throw DockerFailure(sentence: "\(failure): invalid output path: \(before.irregularity(of: path))")
        }
        try write(in: folder.isEmpty ? "/" : folder, as: path, body)
    }

    /// O_TMPFILE of open(2). (Swift's Glibc shows no name for it.)
    private static let unnamedFile: CInt = 0o20_000_000 | O_DIRECTORY

    /// The file has no name until it is whole, where the filesystem has such files: so a kill leaves nothing.
    private static func write(in folder: String, as path: String, _ body: (CInt) throws -> Void) throws {
        let draft = "\(folder)/.docker_temp_\(getpid())"
        do {
            let file: OpenFile
            var isNamed = false
            do throws(SystemCallError) {
                file = OpenFile(try Descriptor(opening: folder, O_WRONLY | unnamedFile, mode: 0o600))
            } catch {
                guard [.EOPNOTSUPP, .EISDIR].contains(error.errno) else { throw error }
                file = OpenFile(try Descriptor(opening: draft, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600))
                isNamed = true
            }
            let number = file.descriptor.number
            try body(number)
            if !isNamed {
                let own = "/proc/self/fd/\(number)"
                try call("linkat", draft) { linkat(AT_FDCWD, own, AT_FDCWD, draft, AT_SYMLINK_FOLLOW) }
            }
            try call("rename", path) { rename(draft, path) }
        } catch {
            unlink(draft)
            throw error
        }
    }
}

/// `docker save`.
struct DockerSave: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save", abstract: "Save one or more images to a tar archive (streamed to STDOUT by default).",
        usage: "docker save [OPTIONS] IMAGE [IMAGE...]")

    @Option(name: [.short, .long], help: ArgumentHelp("Write to a file, instead of STDOUT.", valueName: "string"))
    var output: String?

    @Argument(help: ArgumentHelp("The images' names or ids.", valueName: "IMAGE"))
    var images: [String]

    func run() throws {
        let engine = try DockerCommand.engine()
        try DockerCommand.asDaemon {
            try TarOutput.write(to: output, verb: "save") { try engine.save(images, to: $0) }
        }
    }
}

/// `docker export`.
struct DockerExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Export a container's filesystem as a tar archive.",
        usage: "docker export [OPTIONS] CONTAINER")

    @Option(name: [.short, .long], help: ArgumentHelp("Write to a file, instead of STDOUT.", valueName: "string"))
    var output: String?

    @Argument(help: ArgumentHelp("The container's name or id.", valueName: "CONTAINER"))
    var container: String

    func run() throws {
        let engine = try DockerCommand.engine()
        try DockerCommand.asDaemon {
            let container = try engine.containers.find(container)
            try TarOutput.write(to: output, verb: "export") { try engine.export(container, to: $0) }
        }
    }
}

/// `docker load`.
struct DockerLoad: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Load an image from a tar archive or STDIN.",
        usage: "docker load [OPTIONS]")

    @Option(
        name: [.short, .long], help: ArgumentHelp("Read from tar archive file, instead of STDIN.", valueName: "string"))
    var input: String?

    @Flag(name: [.short, .long], help: "Suppress the load output (there is no progress to hide).")
    var quiet = false

    func run() throws {
        if input == nil, isatty(STDIN_FILENO) != 0 {
            throw DockerFailure(sentence: "requested load from stdin, but stdin is empty")
        }
        let file = try input.map { try DockerCommand.opened($0) }
        defer { withExtendedLifetime(file) {} }
        let engine = try DockerCommand.engine()
        let images = try DockerCommand.asDaemon { try engine.load(from: file?.descriptor.number ?? STDIN_FILENO) }
        for image in images {
            for (name, old) in image.taken.sorted(by: { "\($0.key)" < "\($1.key)" }) {
                print("The image \(name) already exists, renaming the old one with ID \(old) to empty string")
            }
            for name in image.names { print("Loaded image: \(name)") }
            if image.names.isEmpty { print("Loaded image ID: \(image.id)") }
        }
    }
}

/// `docker import`.
struct DockerImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Import the contents from a tarball to create a filesystem image.",
        usage: "docker import [OPTIONS] file|- [REPOSITORY[:TAG]]")

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Apply Dockerfile instruction to the created image.", valueName: "list"))
    var change: [String] = []

    @Option(name: [.short, .long], help: ArgumentHelp("Set commit message for imported image.", valueName: "string"))
    var message: String?

    @Argument(help: ArgumentHelp("The tar's file, or - for standard input.", valueName: "file|-"))
    var source: String

    @Argument(help: ArgumentHelp("The image's name.", valueName: "REPOSITORY[:TAG]"))
    var name: String?

    func run() throws {
        guard !source.hasPrefix("http://"), !source.hasPrefix("https://") else {
            throw DockerFailure(sentence: "an import from a URL is not there: fetch the file, and import it")
        }
        let reference = try name.map { try DockerCommand.newName($0) }
        let file = source == "-" ? nil : try DockerCommand.opened(source)
        defer { withExtendedLifetime(file) {} }
        let engine = try DockerCommand.engine()
        let image = try DockerCommand.asDaemon {
            try engine.importImage(
                // Docker's client sends a file as it would send standard input.
                from: file?.descriptor.number ?? STDIN_FILENO, message: message ?? "Imported from -", as: reference
            ) { try DockerCommand.apply(change, to: &$0) }
        }
        print(image.id)
    }
}

/// An open file that lives as long as somebody needs it.
final class OpenFile {
    let descriptor: Descriptor
    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
}

extension DockerCommand {
    /// Opens a file of the user's for reading.
    ///
    /// - Throws: `DockerFailure` as Go words it.
    static func opened(_ path: String, status: Int32 = 1) throws -> OpenFile {
        do throws(SystemCallError) {
            return OpenFile(try Descriptor(opening: path, O_RDONLY))
        } catch {
            let reason = error.errno.explanation
            throw DockerFailure(
                sentence: "open \(path): \(reason.prefix(1).lowercased() + reason.dropFirst())",
                status: status)
        }
    }
}
