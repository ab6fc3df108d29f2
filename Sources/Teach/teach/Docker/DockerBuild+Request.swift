import Builder
import Engine
import Glibc
import LayerModel
import Linux
import OCI

extension DockerBuild {
    /// What the options ask for.
    ///
    /// - Throws: `BuildError` in the words of Docker's client.
    func request(context: String, _ control: BuildControl) throws -> BuildRequest {
        guard ["auto", "plain"].contains(progress) else {
            throw BuildError("--progress \(progress) is not there: write plain or auto")
        }
        try later.refuse()
        if pull {
            complain("--pull: there is nothing to pull from; base images are those that are here or are made here")
        }
        if GoFlags.isDenied("--rm", in: CommandLine.arguments) {
            complain(
                "--rm=false: the containers of a build always go; the image of each step stays, and `docker run` takes its id"
            )
        }
        // The flags first, as Docker's client looks at them.
        var tags: [ImageReference] = []
        for tag in try tag.map({ try Self.reference($0) }) where !tags.contains(tag) { tags.append(tag) }
        let network = try Self.network(network)
        let arguments = try buildArg.compactMap { try Self.argument($0) }
        let secrets = try secret.map { try Self.secret($0) }
        let labels = try label.map { try Self.label($0) }
        let hosts = try addHost.map { try Self.host($0) }
        guard tags.allSatisfy({ $0.digest == nil }) else {
            throw BuildError("Error response from daemon: build tag cannot contain a digest")
        }
        guard hosts.isEmpty || network != BuildNetwork.none else {
            throw BuildError("--add-host: names need a network; leave it or --network none out")
        }
        var request = try source(context, control)
        request.tags = tags
        request.target = target
        request.usesCache = !noCache
        request.explains = explain
        request.network = network
        request.arguments = Dictionary(arguments) { $1 }
        request.secrets = Dictionary(secrets) { $1 }
        request.labels = labels
        request.hosts = hosts
        request.platform = platform
        return request
    }

    /// - Returns: `nil` for a name without a value that the caller has none for either.
    private static func argument(_ text: String) throws -> (String, String)? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard !parts[0].isEmpty else {
            throw invalid(text, "--build-arg", "invalid environment variable: \(text)")
        }
        return (parts.count > 1 ? parts[1] : Environment.all[parts[0]]).map { (parts[0], $0) }
    }

    private static func label(_ text: String) throws -> (name: String, value: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let name = parts.first, !name.isEmpty else {
            throw invalid(text, "--label", "invalid label '\(text)': empty name")
        }
        return (name, parts.count > 1 ? parts[1] : "")
    }

    private static func invalid(_ value: String, _ flag: String, _ reason: String) -> BuildError {
        BuildError(
            "invalid argument \"\(value)\" for \"\(flag)\" flag: \(reason)\nSee 'docker build --help'.", exitStatus: 125
        )
    }

    private static func reference(_ text: String) throws -> ImageReference {
        do { return try ImageReference(text) } catch {
            // Docker's client does not repeat the name there.
            let isUppercase = error.description.hasSuffix("must be lowercase")
            let reason =
                isUppercase ? "invalid reference format: repository name must be lowercase" : error.description
            throw invalid(text, "-t, --tag", reason)
        }
    }

    private static func secret(_ text: String) throws -> (id: String, file: String) {
        var fields: [String: String] = [:]
        for field in text.split(separator: ",") {
            let parts = field.split(separator: "=", maxSplits: 1).map(String.init)
            fields[parts[0].lowercased()] = parts.count > 1 ? parts[1] : ""
        }
        guard let id = fields["id"], !id.isEmpty, let name = fields["src"] ?? fields["source"], !name.isEmpty,
            Set(fields.keys).isSubset(of: ["id", "src", "source", "type"])
        else { throw invalid(text, "--secret", "write id=NAME,src=FILE") }
        guard let file = absolute(name) else { throw invalid(text, "--secret", "\(name) is not there") }
        return (id, file)
    }

    /// `name:address`, as Docker's client checks it.
    private static func host(_ text: String) throws -> BuildRequest.Host {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[0].contains(where: \.isWhitespace) else {
            throw invalid(text, "--add-host", "bad format for add-host: \"\(text)\"")
        }
        guard let host = BuildRequest.Host(name: parts[0], address: parts[1]) else {
            throw invalid(text, "--add-host", "invalid IP address in add-host: \"\(parts[1])\"")
        }
        return host
    }

    private static func network(_ name: String?) throws -> BuildNetwork {
        switch name {
        case nil, "default": return .unspecified
        case "host": return .host
        case "none": return BuildNetwork.none
        case let name?:
            throw BuildError("network \(name) not found: there are no networks yet; write host or none")
        }
    }
}
