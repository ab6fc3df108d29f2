internal import FoundationEssentials
internal import OCI

/// A line of a Dockerfile that changes an image's config and makes no layer: what `docker commit -c` and
/// `docker import -c` take.
public enum ConfigChange: Hashable, Sendable {
    case cmd([String])
    case entrypoint([String])
    case env([Pair])
    case expose([String])
    case label([Pair])
    case user(String)
    case volume([String])
    case workdir(String)

    public struct Pair: Hashable, Sendable {
        public var name: String
        public var value: String
    }

    /// - Throws: `EngineError` for what is no such line.
    public init(_ line: String) throws(EngineError) {
        let words = line.split(maxSplits: 1, omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }
        let name = words.first?.uppercased() ?? ""
        let rest = words.count > 1 ? String(words[1]).trimmed : ""
        guard !name.isEmpty else { throw EngineError("file with no instructions", exitStatus: 1) }
        guard Self.names.contains(name) else {
            throw EngineError(
                ["HEALTHCHECK", "ONBUILD"].contains(name)
                    ? "\(name) as a change is not there yet: put it into a Dockerfile"
                    : "\(name.lowercased()) is not a valid change command", exitStatus: 1)
        }
        guard !rest.isEmpty else {
            throw EngineError("\(name) requires at least one argument", exitStatus: 1)
        }
        switch name {
        case "CMD": self = .cmd(Self.list(rest) ?? ["/bin/sh", "-c", rest])
        case "ENTRYPOINT": self = .entrypoint(Self.list(rest) ?? ["/bin/sh", "-c", rest])
        case "ENV": self = .env(try Self.pairs(rest, name))
        case "EXPOSE": self = .expose(try rest.split(separator: " ").map(Self.port))
        case "LABEL": self = .label(try Self.pairs(rest, name))
        case "USER": self = .user(rest)
        case "VOLUME": self = .volume(Self.list(rest) ?? rest.split(separator: " ").map(String.init))
        default: self = .workdir(rest)
        }
    }

    private static let names: Set<String> = [
        "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "USER", "VOLUME", "WORKDIR",
    ]

    /// The exec form; `nil` where it is none, and the line is for the shell.
    private static func list(_ text: String) -> [String]? {
        guard text.hasPrefix("[") else { return nil }
        return try? JSONDecoder().decode([String].self, from: Data(text.utf8))
    }

    private static func port(_ text: Substring) throws(EngineError) -> String {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let transport = parts.count > 1 ? parts[1].lowercased() : "tcp"
        guard let number = UInt16(parts[0]), number > 0, ["tcp", "udp", "sctp"].contains(transport) else {
            throw EngineError("Invalid containerPort: \(text)", exitStatus: 1)
        }
        return "\(number)/\(transport)"
    }

    /// `name=value name="other value"`, or `name value` with all that follows.
    private static func pairs(_ text: String, _ instruction: String) throws(EngineError) -> [Pair] {
        let words = Self.words(text)
        guard let first = words.first, !first.contains("=") else {
            return try words.map { word throws(EngineError) in
                let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                guard parts.count == 2, !parts[0].isEmpty else {
                    throw EngineError(
                        "Syntax error - can't find = in \"\(word)\". Must be of the form: name=value", exitStatus: 1)
                }
                return Pair(name: parts[0], value: parts[1])
            }
        }
        let value = text.dropFirst(first.count).drop { $0 == " " || $0 == "\t" }
        guard !value.isEmpty else { throw EngineError("\(instruction) must have two arguments", exitStatus: 1) }
        return [Pair(name: first, value: String(value))]
    }

    /// Words with their quotes and backslashes taken away.
    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var characters = text[...]
        while let character = characters.popFirst() {
            if character == "\\", quote != "'", let next = characters.popFirst() {
                word = (word ?? "") + String(next)
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if quote == nil, character == " " || character == "\t" {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        return words + (word.map { [$0] } ?? [])
    }
}

extension ExecutionConfig {
    /// Changes the config as the Dockerfile's line would.
    mutating func apply(_ change: ConfigChange) {
        switch change {
        case .cmd(let words): cmd = words
        case .entrypoint(let words): entrypoint = words
        case .env(let pairs): env = (env ?? []).overridden(by: pairs.map { "\($0.name)=\($0.value)" })
        case .expose(let ports): exposedPorts = (exposedPorts ?? []).union(ports)
        case .label(let pairs):
            labels = (labels ?? [:]).merging(pairs.map { ($0.name, $0.value) }) { $1 }
        case .user(let name): user = name
        case .volume(let places): volumes = (volumes ?? []).union(places)
        case .workdir(let path):
            workingDir = path.hasPrefix("/") ? path : "\(workingDir ?? "")/\(path)"
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
