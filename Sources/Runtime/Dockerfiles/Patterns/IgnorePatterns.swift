/// The patterns of a `.dockerignore`: the last that matches a path, or one of the directories above it, tells.
public struct IgnorePatterns: Hashable, Sendable {
    private struct Rule: Hashable, Sendable {
        var pattern: PathPattern
        /// `!`: what matches stays.
        var keeps: Bool
        var line: Int
        /// As it is written.
        var text: String
    }

    private var rules: [Rule] = []

    /// A line that is no pattern.
    public struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        /// Counted from 1.
        public var line: Int
        public var reason: String
        public var description: String { "error checking context: '.dockerignore' line \(line): \(reason)" }
    }

    /// No patterns: nothing is ignored.
    public init() {}

    /// Reads a `.dockerignore`: a pattern a line, `#` in the first column begins a comment.
    ///
    /// - Throws: `Malformed`
    public init(parsing bytes: [UInt8]) throws(Malformed) {
        var lines = PhysicalLines(bytes)
        while let line = lines.next() {
            if line.content.first == ASCII.hash { continue }
            var text = line.content.trimmed
            let written = text.text
            let keeps = text.first == UInt8(ascii: "!")
            if keeps { text = text.dropFirst().trimmed }
            if text.isEmpty {
                guard keeps else { continue }
                throw Malformed(line: line.number, reason: "illegal exclusion pattern: \"!\" (write a path behind it)")
            }
            var path = CleanPath.of(text.text)
            if path.utf8.count > 1, path.hasPrefix("/") { path.removeFirst() }
            do {
                rules.append(
                    Rule(
                        pattern: try PathPattern(path, crossing: true), keeps: keeps, line: line.number, text: written))
            } catch { throw Malformed(line: line.number, reason: "\(error)") }
        }
    }

    /// Whether a pattern may keep what lies in an ignored directory, which then must be walked.
    public var hasExceptions: Bool { rules.contains(where: \.keeps) }

    public var isEmpty: Bool { rules.isEmpty }

    /// Whether a path is ignored; it is relative to the context, without `.` and `..`.
    public func ignores(_ path: String) -> Bool { exclusion(of: path) != nil }

    /// The line by which a path is ignored.
    public struct Exclusion: Hashable, Sendable {
        /// Counted from 1.
        public var line: Int
        /// As it is written.
        public var pattern: String
    }

    /// What ignores a path, which is relative to the context, without `.` and `..`; `nil` where nothing does.
    public func exclusion(of path: String) -> Exclusion? {
        let bytes = Array(path.utf8)
        // The path, and each directory above it.
        let beginnings = bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") }.map { bytes[..<$0] } + [bytes[...]]
        var ignoring: Rule?
        // A rule that would change nothing need not be looked at.
        for rule in rules where rule.keeps == (ignoring != nil) {
            if beginnings.contains(where: rule.pattern.matches) { ignoring = rule.keeps ? nil : rule }
        }
        return ignoring.map { Exclusion(line: $0.line, pattern: $0.text) }
    }
}
