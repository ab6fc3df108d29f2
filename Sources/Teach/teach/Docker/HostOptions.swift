import ArgumentParser
import Engine
import Glibc
import Linux

/// The options of `run` and `create` that say what a container has of the host.
struct HostOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "Bind mount a folder or file: /host/path:/path[:ro]; /path alone is an anonymous volume.",
            valueName: "list"))
    var volume: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Attach a bind mount: type=bind,source=/host/path,target=/path[,readonly].", valueName: "mount"))
    var mount: [String] = []

    @Option(
        name: [.customLong("network"), .customLong("net")],
        help: ArgumentHelp("none (a loopback of its own, the default) or host.", valueName: "network"))
    var network: String?

    @Flag(name: .long, help: "Mount the container's root filesystem as read only.")
    var readOnly = false

    @Option(name: .long, help: ArgumentHelp("Add Linux capabilities.", valueName: "list"))
    var capAdd: [String] = []

    @Option(name: .long, help: ArgumentHelp("Drop Linux capabilities.", valueName: "list"))
    var capDrop: [String] = []

    func options() throws -> ContainerRecord.HostOptions {
        let network: ContainerRecord.HostOptions.Network
        switch self.network {
        case nil, "none": network = .none
        case "host":
            guard UserNamespace.current.isInitial else {
                throw EngineError("--network host needs root: without it a container has its own loopback alone")
            }
            network = .host
        case "bridge", "default":
            throw EngineError("networks are not there yet: --network none and --network host are")
        case let name?: throw EngineError("network \(name) not found.")
        }
        return ContainerRecord.HostOptions(
            binds: try volume.compactMap(Self.volume) + mount.map(Self.mount), network: network, isReadOnly: readOnly,
            addedCapabilities: capAdd, droppedCapabilities: capDrop)
    }

    /// Where `-v` asks for an anonymous volume.
    var volumes: [String] {
        volume.filter { !$0.isEmpty && !$0.contains(":") }.map { $0.hasPrefix("/") ? $0 : "/" + $0 }
    }

    /// `-v`: a source that is missing is made.
    ///
    /// - Returns: `nil` for an anonymous volume, which has no source.
    private static func volume(_ text: String) throws -> ContainerRecord.HostOptions.Bind? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), !parts.contains("") else {
            throw EngineError("invalid volume specification: '\(text)'")
        }
        if parts.count == 1 { return nil }
        guard parts[0].hasPrefix("/") else {
            throw EngineError(
                "volumes with names are not there yet ('\(text)'): name a folder of the host by its "
                    + "absolute path, as in -v /host/path:/path")
        }
        guard parts[1].hasPrefix("/") else {
            throw EngineError(
                "invalid volume specification: '\(text)': invalid mount config for type \"bind\": invalid mount path: "
                    + "'\(parts[1])' mount path must be absolute")
        }
        var isReadOnly = false
        for mode in parts.count > 2 ? parts[2].split(separator: ",") : [] {
            switch mode {
            case "ro": isReadOnly = true
            case "rw", "z", "Z": break
            default: throw EngineError("invalid mode: \(parts[2])")
            }
        }
        return .init(source: parts[0], target: parts[1], isReadOnly: isReadOnly, makesSource: true)
    }

    private static func mount(_ text: String) throws -> ContainerRecord.HostOptions.Bind {
        func invalid(_ why: String) -> EngineError {
            EngineError("invalid argument \"\(text)\" for \"--mount\" flag: \(why)")
        }
        var (type, source, target, isReadOnly) = ("volume", "", "", false)
        for field in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let value = parts.count > 1 ? parts[1] : nil
            switch (parts[0].lowercased(), value) {
            case ("readonly", nil), ("ro", nil): isReadOnly = true
            case ("readonly", let value?), ("ro", let value?):
                guard let flag = ["true": true, "1": true, "false": false, "0": false][value] else {
                    throw invalid("invalid value for \(parts[0]): \(value)")
                }
                isReadOnly = flag
            case (_, nil): throw invalid("invalid field '\(field)' must be a key=value pair")
            case ("type", let value?): type = value.lowercased()
            case ("source", let value?), ("src", let value?): source = value
            case ("target", let value?), ("dst", let value?), ("destination", let value?): target = value
            case (let key, _): throw invalid("unexpected key '\(key)' in '\(field)'")
            }
        }
        guard type == "bind" else {
            throw EngineError("--mount type=\(type) is not there yet: type=bind is")
        }
        guard !target.isEmpty else { throw invalid("target is required") }
        guard source.hasPrefix("/") else {
            throw EngineError(
                "invalid mount config for type \"bind\": invalid mount path: '\(source)' mount path must be absolute")
        }
        guard target.hasPrefix("/") else {
            throw EngineError(
                "invalid mount config for type \"bind\": invalid mount path: '\(target)' mount path must be absolute")
        }
        return .init(source: source, target: target, isReadOnly: isReadOnly, makesSource: false)
    }
}

/// A file of variables, as docker run(1)'s `--env-file` has it: a line each, `NAME=value` as it stands or `NAME` for the
/// caller's value; lines that begin with # are comments.
enum EnvironmentFile {
    /// - Throws: `DockerFailure` for a file that cannot be read, `EngineError` for a line that is none.
    static func variables(_ path: String) throws -> [String] {
        let file = try DockerCommand.opened(path, status: 125)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while case let count = read(file.descriptor.number, &buffer, buffer.count), count > 0 {
            bytes += buffer[..<count]
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw EngineError("env file \(path) contains invalid utf8 bytes")
        }
        return try text.split(separator: "\n").compactMap { line in
            let line = line.drop { $0 == " " || $0 == "\t" }
            if line.isEmpty || line.hasPrefix("#") { return nil }
            let name = line.prefix { $0 != "=" }
            guard !name.isEmpty else {
                throw EngineError("poorly formatted environment: no variable name on line '\(line)'")
            }
            guard !name.contains(where: { $0 == " " || $0 == "\t" }) else {
                throw EngineError("poorly formatted environment: variable '\(name)' contains whitespaces")
            }
            return ContainerOptions.variable(String(line))
        }
    }
}
