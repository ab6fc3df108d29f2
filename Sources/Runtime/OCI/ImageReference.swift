/// The name of an image: `[registry/]path[:tag][@digest]`, by the grammar of the distribution project
/// (reference.go), with Docker's shorthand for names on Docker Hub.
public struct ImageReference: Hashable, Sendable {
    /// The host with its port, such as `docker.io` or `localhost:5000`.
    public let registry: String
    /// The path on the registry, such as `library/busybox`.
    public let path: String
    /// Absent only where a digest is given without a tag.
    public let tag: String?
    public let digest: Digest?

    /// The registry that a name without one means.
    public static let defaultRegistry = "docker.io"

    /// Reads a name as a user writes it; a name without tag and digest gets the tag `latest`.
    ///
    /// - Throws: `FormatError` in Docker's words.
    public init(_ text: some StringProtocol) throws(FormatError) {
        if Digest(hex: text) != nil {
            throw FormatError("invalid repository name (\(text)), cannot specify 64-byte hexadecimal strings")
        }
        var rest = text[...]
        var digest: Digest?
        if let at = rest.firstIndex(of: "@") {
            do { digest = try Digest(rest[rest.index(after: at)...]) } catch { throw Self.malformed }
            rest = rest[..<at]
        }
        var tag: String?
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            tag = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        }
        let (registry, path) = Self.split(String(rest))
        guard Grammar.isRegistry(registry), tag.map(Grammar.isTag) ?? true else { throw Self.malformed }
        guard path == path.lowercased() else {
            throw FormatError("invalid reference format: repository name must be lowercase")
        }
        guard Grammar.isPath(path) else { throw Self.malformed }
        guard registry.utf8.count + 1 + path.utf8.count <= 255 else {
            throw FormatError("repository name must not be more than 255 characters")
        }
        self.registry = registry
        self.path = path
        self.tag = tag ?? (digest == nil ? "latest" : nil)
        self.digest = digest
    }

    private static let malformed = FormatError("invalid reference format")

    /// A first part with a dot or a colon, with a capital letter, or `localhost` is a registry; `docker.io` has
    /// its own images under `library/`.
    private static func split(_ name: String) -> (registry: String, path: String) {
        var registry = defaultRegistry
        var path = name
        if let slash = name.firstIndex(of: "/") {
            let first = String(name[..<slash])
            if first.contains(".") || first.contains(":") || first == "localhost" || first != first.lowercased() {
                registry = first == "index.docker.io" ? defaultRegistry : first
                path = String(name[name.index(after: slash)...])
            }
        }
        if registry == defaultRegistry, !path.contains("/") { path = "library/" + path }
        return (registry, path)
    }

    /// The name as `docker images` shows it: without `docker.io/` and `library/`.
    public var familiarName: String {
        guard registry == Self.defaultRegistry else { return "\(registry)/\(path)" }
        let short = path.hasPrefix("library/") ? String(path.dropFirst(8)) : path
        return short.contains("/") && short != path ? path : short
    }

    private var suffix: String { (tag.map { ":" + $0 } ?? "") + (digest.map { "@\($0)" } ?? "") }

    /// Whether both lie in one repository, whatever their tags.
    public func hasRepository(of other: ImageReference) -> Bool { registry == other.registry && path == other.path }

    /// With registry, path, and all that was given or taken by default: `docker.io/library/busybox:latest`.
    public var canonical: String { "\(registry)/\(path)\(suffix)" }
}

extension ImageReference: CustomStringConvertible {
    /// The short form: `busybox:latest`.
    public var description: String { familiarName + suffix }
}

/// The character rules of reference.go.
private enum Grammar {
    static func isAlphanumeric(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...122).contains(byte) }
    static func isWord(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || (65...90).contains(byte) || byte == 95 }

    /// Parts of lower-case letters and digits, joined inside by `.`, `_`, `__` or hyphens.
    static func isPath(_ path: String) -> Bool {
        path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.utf8.first, let last = part.utf8.last, isAlphanumeric(first), isAlphanumeric(last)
            else { return false }
            return part.utf8.split(whereSeparator: isAlphanumeric).allSatisfy { separator in
                [".", "_", "__"].contains(String(separator)) || separator.allSatisfy { $0 == 45 }
            }
        }
    }

    /// A word character, then at most 127 word characters, dots and hyphens.
    static func isTag(_ tag: String) -> Bool {
        guard let first = tag.utf8.first, isWord(first), tag.utf8.count <= 128 else { return false }
        return tag.utf8.allSatisfy { isWord($0) || $0 == 45 || $0 == 46 }
    }

    /// Host names or an IPv6 address in brackets, and a port.
    static func isRegistry(_ registry: String) -> Bool {
        var host = registry[...]
        if let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") {
            let port = host[host.index(after: colon)...]
            guard !port.isEmpty, port.utf8.allSatisfy({ (48...57).contains($0) }) else { return false }
            host = host[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = host.dropFirst().dropLast()
            return !address.isEmpty
                && address.utf8.allSatisfy {
                    (48...58).contains($0) || (65...70).contains($0) || (97...102).contains($0)
                }
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.utf8.first, let last = label.utf8.last else { return false }
            return first != 45 && last != 45 && label.utf8.allSatisfy { ($0 != 95 && isWord($0)) || $0 == 45 }
        }
    }
}
