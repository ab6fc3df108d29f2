/// What is wrong at one place of a script.
public struct ScriptProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// From 1.
    public var line: Int
    /// From 1, in Unicode scalars; a byte that is no UTF-8 counts as one.
    public var column: Int
    /// One sentence without its place: what is wrong, and what was expected.
    public var message: String

    public init(line: Int, column: Int, _ message: String) {
        self.line = line
        self.column = column
        self.message = message
    }

    public var description: String { "\(line):\(column): \(message)" }
}

/// A script that cannot be read.
public struct ScriptError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, from the first line on; never empty. After `mostProblems` nobody reads on.
    public var problems: [ScriptProblem]

    public init(_ problems: [ScriptProblem]) { self.problems = problems }

    /// How many problems are told at most.
    public static let mostProblems = 20

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// What is wrong at an offset of the text, before anybody asked for the line.
struct Misfit: Error {
    var offset: Int
    var message: String

    init(at offset: Int, _ message: String) {
        self.offset = offset
        self.message = message
    }
}
