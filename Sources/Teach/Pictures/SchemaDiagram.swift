/// The tables of a database and what refers to what.
public struct SchemaDiagram: Hashable, Sendable {
    public var title: String
    public var tables: [Table]
    public var references: [Reference]

    public init(title: String, tables: [Table], references: [Reference] = []) {
        self.title = title
        self.tables = tables
        self.references = references
    }

    public struct Table: Hashable, Sendable {
        public var name: String
        public var columns: [Column]
        public init(_ name: String, columns: [Column]) {
            self.name = name
            self.columns = columns
        }
    }

    public struct Column: Hashable, Sendable {
        public var name: String
        /// The declared type, such as `INTEGER NOT NULL`.
        public var type: String
        /// Whether it belongs to the primary key.
        public var isKey: Bool
        public init(_ name: String, _ type: String, isKey: Bool = false) {
            self.name = name
            self.type = type
            self.isKey = isKey
        }
    }

    /// A foreign key: a column of one table that names a row of another.
    public struct Reference: Hashable, Sendable {
        public var table: String
        public var column: String
        public var toTable: String
        public var toColumn: String
        public init(_ table: String, _ column: String, to toTable: String, _ toColumn: String) {
            self.table = table
            self.column = column
            self.toTable = toTable
            self.toColumn = toColumn
        }
    }
}
