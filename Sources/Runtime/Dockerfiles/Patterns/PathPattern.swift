/// A pattern for paths, by the rules of Go's filepath.Match: `*` and `?` match no slash, `[a-z]` and `[^a-z]` match one
/// character, a backslash takes the meaning of the next away. `.dockerignore` adds `**`, which matches any number of
/// directories.
public struct PathPattern: Hashable, Sendable {
    private enum Element: Hashable, Sendable {
        case character(UInt32)
        case any
        /// `*`
        case run
        /// `**` at the end: everything.
        case rest
        /// `**/` is these two: nothing, or names that end in a slash.
        case directories, withinDirectories
        case members([ClosedRange<UInt32>], isNegated: Bool)
    }

    /// A pattern that is malformed.
    public struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        public var pattern: String
        public var description: String {
            "syntax error in pattern: \(pattern) (close `[` with `]`, and let no backslash be the last)"
        }
    }

    /// As it is written.
    public let text: String
    private let elements: [Element]

    /// - Parameter crossing: whether `**` crosses directories, as in `.dockerignore`; else it is `*` twice.
    /// - Throws: `Malformed`
    public init(_ text: String, crossing: Bool = false) throws(Malformed) {
        self.text = text
        var reader = PatternReader(text)
        var elements: [Element] = []
        while let character = reader.take() {
            switch Unicode.Scalar(character) {
            case "*":
                guard crossing, reader.take("*") else {
                    if elements.last != .run { elements.append(.run) }
                    continue
                }
                _ = reader.take("/")
                if reader.next == nil {
                    elements.append(.rest)
                } else if elements.last != .withinDirectories {
                    elements += [.directories, .withinDirectories]
                }
            case "?": elements.append(.any)
            case "[":
                guard let (ranges, isNegated) = reader.members() else { throw Malformed(pattern: text) }
                elements.append(.members(ranges, isNegated: isNegated))
            case "\\":
                guard let escaped = reader.take() else { throw Malformed(pattern: text) }
                elements.append(.character(escaped))
            default: elements.append(.character(character))
            }
        }
        self.elements = elements
    }

    /// Whether a source of COPY is a pattern: it holds one of the characters that can match others.
    public static func isPattern(_ text: String) -> Bool { text.utf8.contains { "*?[".utf8.contains($0) } }

    /// Whether the whole path matches. The time is at most in proportion to the product of both lengths.
    public func matches(_ path: some Collection<UInt8>) -> Bool {
        // How much of the pattern may have matched what was read so far.
        var states = closure(of: [0])
        for character in PatternReader.characters(path) {
            var following: [Int] = []
            for state in states where state < elements.count {
                let isSlash = character == Self.slash
                switch elements[state] {
                case .character(let own): if own == character { following.append(state + 1) }
                case .any: if !isSlash { following.append(state + 1) }
                case .run: if !isSlash { following.append(state) }
                case .rest: following.append(state)
                case .directories: break
                case .withinDirectories: following += isSlash ? [state, state + 1] : [state]
                case .members(let ranges, let isNegated):
                    if !isSlash, ranges.contains(where: { $0.contains(character) }) != isNegated {
                        following.append(state + 1)
                    }
                }
            }
            states = closure(of: following)
            if states.isEmpty { return false }
        }
        return states.last == elements.count
    }

    private static let slash = UInt32(UInt8(ascii: "/"))

    /// The states, and those that are reached from them without a character, in ascending order.
    private func closure(of states: [Int]) -> [Int] {
        var isReached = [Bool](repeating: false, count: elements.count + 1)
        for state in states { isReached[state] = true }
        // Nothing leads back.
        for state in elements.indices where isReached[state] {
            switch elements[state] {
            case .run, .rest: isReached[state + 1] = true
            case .directories:
                isReached[state + 1] = true
                isReached[state + 2] = true
            default: break
            }
        }
        return isReached.indices.filter { isReached[$0] }
    }
}

/// The characters of a pattern, one after the other.
private struct PatternReader {
    private var rest: ArraySlice<UInt32>

    init(_ text: String) { rest = text.unicodeScalars.map(\.value)[...] }

    var next: UInt32? { rest.first }

    mutating func take() -> UInt32? { rest.popFirst() }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar.value else { return false }
        rest.removeFirst()
        return true
    }

    /// What stands in brackets; `nil` where it is malformed.
    mutating func members() -> ([ClosedRange<UInt32>], isNegated: Bool)? {
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        // `]` is no member unless it is escaped.
        while ranges.isEmpty || !take("]") {
            guard let low = member() else { return nil }
            var high = low
            if take("-") {
                guard let end = member() else { return nil }
                high = end
            }
            // A range whose ends are the wrong way round matches nothing.
            ranges.append(low <= high ? low...high : UInt32.max...UInt32.max)
        }
        return (ranges, isNegated)
    }

    private mutating func member() -> UInt32? {
        guard next != Unicode.Scalar("-").value, next != Unicode.Scalar("]").value else { return nil }
        _ = take("\\")
        // A member cannot be the pattern's last character.
        guard let member = take(), next != nil else { return nil }
        return member
    }

    /// The characters of a name: a byte that is no part of UTF-8 stands for itself.
    static func characters(_ bytes: some Collection<UInt8>) -> [UInt32] {
        if let text = String(validating: bytes, as: UTF8.self) { return text.unicodeScalars.map(\.value) }
        return bytes.map { $0 < 0x80 ? UInt32($0) : 0x11_0000 + UInt32($0) }
    }
}
