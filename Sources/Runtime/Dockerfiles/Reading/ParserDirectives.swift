/// What the comments at the top of a Dockerfile say about how to read the rest.
public struct ParserDirectives: Hashable, Sendable {
    /// The character that continues a line and takes a character's meaning away.
    public enum Escape: UInt8, Hashable, Sendable {
        case backslash = 0x5C
        case backtick = 0x60

        var scalar: Unicode.Scalar { Unicode.Scalar(rawValue) }
    }

    public var escape = Escape.backslash
    /// The image of the frontend that BuildKit would load; this reader is its own frontend.
    public var syntax: String?

    public init() {}
}

/// Reads directives until something else comes: `# name=value`, in the first lines.
struct DirectiveReader {
    private(set) var directives = ParserDirectives()
    private var seen: Set<String> = []
    private var isOver = false

    /// Looks at a line without its leading white space.
    ///
    /// - Throws: `Mistake`
    mutating func look(at line: ArraySlice<UInt8>) throws(Mistake) {
        guard !isOver else { return }
        guard let (name, value, offset) = Self.parts(line), ["escape", "syntax", "check"].contains(name) else {
            isOver = true
            return
        }
        guard seen.insert(name).inserted else {
            throw Mistake(
                "only one \(name) parser directive can be used", cure: "remove all but one", at: 0, step: .words)
        }
        switch name {
        case "escape":
            guard let byte = value.utf8.first, value.utf8.count == 1,
                let escape = ParserDirectives.Escape(rawValue: byte)
            else {
                throw Mistake(
                    "invalid escape token '\(value)' does not match ` or \\", cure: "write `# escape=\\``", at: offset,
                    step: .words)
            }
            directives.escape = escape
        case "syntax": directives.syntax = value
        default: break
        }
    }

    /// - Returns: the name in lower case, the value, and where the value begins.
    private static func parts(_ line: ArraySlice<UInt8>) -> (name: String, value: String, offset: Int)? {
        guard line.first == ASCII.hash else { return nil }
        let rest = line.dropFirst().trimmedLeft
        let name = rest.prefix { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }
        let after = rest.dropFirst(name.count).trimmedLeft
        guard !name.isEmpty, after.first == ASCII.equals else { return nil }
        let value = after.dropFirst().trimmed
        guard !value.isEmpty else { return nil }
        return (name.text.lowercased(), value.text, value.startIndex - line.startIndex)
    }
}
