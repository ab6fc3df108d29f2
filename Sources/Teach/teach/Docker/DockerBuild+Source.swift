import Builder
import Engine
import Glibc
import LayerModel
import Linux

extension DockerBuild {
    /// The Dockerfile, and the directory of the context.
    func source(_ context: String, _ control: BuildControl) throws -> BuildRequest {
        if context == "-" { return try fromStandardInput(control) }
        if ["http://", "https://", "git@", "git://", "github.com/"].contains(where: context.hasPrefix) {
            throw BuildError(
                "unable to prepare context: \(context) is a URL, which cannot be built from yet: fetch it first")
        }
        guard let directory = Self.absolute(context) else {
            throw BuildError("unable to prepare context: path \"\(context)\" not found")
        }
        var status = stat()
        guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw BuildError(
                "unable to prepare context: context must be a directory: \(directory); write -f before a Dockerfile, and the "
                    + "directory that COPY takes files from behind it")
        }
        if file == "-" {
            let bytes = try Self.read(STDIN_FILENO, control)
            return BuildRequest(dockerfile: bytes, named: "Dockerfile", context: directory)
        }
        // Docker's client takes a name in lower case, too, where the other is not there.
        let isThere = { (name: String) in access("\(context)/\(name)", F_OK) == 0 }
        let name = file ?? (!isThere("Dockerfile") && isThere("dockerfile") ? "dockerfile" : "Dockerfile")
        let path = file ?? "\(context)/\(name)"
        do {
            let open = try Descriptor(opening: path, O_RDONLY)
            return BuildRequest(dockerfile: try Self.read(open.number, control), named: name, context: directory)
        } catch let error as SystemCallError where error.errno == .ENOENT || error.errno == .ENOTDIR {
            let whole = path.hasPrefix("/") ? path : (Self.absolute(".") ?? "") + "/" + path
            throw BuildError(
                "unable to prepare context: unable to evaluate symlinks in Dockerfile path: "
                    + "lstat \(file == nil ? directory + "/Dockerfile" : whole): no such file or directory"
                    + Self.otherDockerfile(than: file, in: directory))
        }
    }

    /// A Dockerfile, or a tar with one in it.
    private func fromStandardInput(_ control: BuildControl) throws -> BuildRequest {
        guard file != "-" else {
            throw BuildError("invalid argument: can't use stdin for both build context and dockerfile")
        }
        let archive: ContextArchive
        switch try SentContext(reading: STDIN_FILENO, in: DockerCommand.engine().store, control) {
        case .archive(let sent): archive = sent
        case .dockerfile(let bytes):
            guard file == nil else {
                throw BuildError(
                    "unable to prepare context: the Dockerfile comes from standard input already: leave -f out")
            }
            return BuildRequest(dockerfile: bytes, named: "Dockerfile", context: nil)
        }
        for name in file.map({ [$0] }) ?? ["Dockerfile", "dockerfile"] {
            if let bytes = try archive.dockerfile(name) {
                return BuildRequest(dockerfile: bytes, named: name, in: archive)
            }
        }
        throw BuildError("Error response from daemon: Cannot locate specified Dockerfile: \(file ?? "Dockerfile")")
    }

    /// What to do where the Dockerfile is not there, as the end of a sentence.
    private static func otherDockerfile(than file: String?, in directory: String) -> String {
        let names = ((try? directoryNames(at: directory)) ?? []).sorted()
        let last = file?.split(separator: "/").last.map(String.init) ?? "Dockerfile"
        let other = names.first { $0.lowercased().contains("dockerfile") && $0 != last && !$0.hasPrefix(".") }
        if let other { return "; did you mean -f \(directory)/\(other)?" }
        return file == nil
            ? "; name the Dockerfile with -f if it lies elsewhere, or has another name"
            : "; -f is the Dockerfile's path from this directory, and not from the context"
    }

    static func absolute(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func read(_ descriptor: Int32, _ control: BuildControl) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            try control.awaitInput(on: descriptor)
            let count = try call("read", "the Dockerfile") { Glibc.read(descriptor, &buffer, buffer.count) }
            if count == 0 { break }
            bytes += buffer[..<count]
            guard bytes.count <= 16 << 20 else { throw BuildError("the Dockerfile is larger than 16 MiB") }
        }
        return bytes
    }
}
