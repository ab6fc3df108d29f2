import GRDB

/// The tables of the record, as the database itself describes them: for drawing and checking, not for queries.
public struct Schema: Hashable, Sendable {
    public struct Column: Hashable, Sendable {
        public var name: String
        /// The declared type: `INTEGER` or `TEXT`.
        public var type: String
        public var isNullable: Bool
        public var isPrimaryKey: Bool
    }

    /// A column that holds the key of a row elsewhere.
    public struct ForeignKey: Hashable, Sendable {
        public var column: String
        public var table: String
        /// The column of `table` that is meant.
        public var target: String
    }

    public struct Table: Hashable, Sendable {
        public var name: String
        public var columns: [Column]
        public var foreignKeys: [ForeignKey]
    }

    /// In the order of their creation.
    public var tables: [Table]
}

extension Recording {
    /// Reads the schema with SQLite's own `PRAGMA table_info` and `PRAGMA foreign_key_list`.
    ///
    /// - Throws: `RecordingError`
    public func schema() throws(RecordingError) -> Schema {
        try read { db in
            let names = try String.fetchAll(
                db,
                sql: """
                    SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
                    AND name NOT LIKE 'grdb_%' ORDER BY rowid
                    """)
            return Schema(
                tables: try names.map { name in
                    let columns = try Row.fetchAll(
                        db, sql: "SELECT name, type, \"notnull\", pk FROM pragma_table_info(?) ORDER BY cid",
                        arguments: [name]
                    ).map { row in
                        let isKey = row[3] as Int > 0
                        return Schema.Column(
                            name: row[0], type: row[1], isNullable: row[2] as Int == 0 && !isKey, isPrimaryKey: isKey)
                    }
                    let keys = try Row.fetchAll(
                        db, sql: "SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list(?) ORDER BY id DESC",
                        arguments: [name]
                    ).map { row in Schema.ForeignKey(column: row[0], table: row[1], target: row[2] ?? "id") }
                    return Schema.Table(name: name, columns: columns, foreignKeys: keys)
                })
        }
    }
}
