/// A place in a text file, as editors count it.
public struct SourcePosition: Hashable, Sendable {
    /// The file's name, as it is to be shown.
    public var file: String
    /// The line, from 1.
    public var line: Int
    /// The column in Unicode scalars, from 1.
    public var column: Int

    public init(file: String, line: Int, column: Int = 1) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// The same line, `columns` further to the right.
    func advanced(by columns: Int) -> SourcePosition {
        SourcePosition(file: file, line: line, column: column + columns)
    }
}

extension SourcePosition: Comparable {
    /// The order in which one file is read.
    public static func < (left: SourcePosition, right: SourcePosition) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }
}

extension SourcePosition: CustomStringConvertible {
    /// The form that editors and compilers share: `file:line:column`.
    public var description: String { "\(file):\(line):\(column)" }
}

/// Something in a lesson or a slide that cannot be understood: where it stands, what it is, and the cure.
public struct LessonError: Error, Hashable, Sendable, CustomStringConvertible {
    public var position: SourcePosition
    /// One sentence without its place.
    public var message: String

    init(_ position: SourcePosition, _ message: String) {
        self.position = position
        self.message = message
    }

    public var description: String { "\(position): \(message)" }
}
