/// Where the contents of one file are stored under several drivers: which blocks the container has for itself, and which it
/// shares with the image.
public struct BlockMap: Hashable, Sendable {
    /// A run of blocks, in bytes of the file.
    public struct Run: Hashable, Sendable {
        public var range: Range<Int64>
        public var isExclusive: Bool

        public init(_ range: Range<Int64>, isExclusive: Bool) {
            self.range = range
            self.isExclusive = isExclusive
        }
    }

    public struct Row: Hashable, Sendable {
        public var driver: String
        /// What a block is called, and how long it is.
        public var unit: String
        /// In bytes.
        public var granularity: Int64
        /// In order; what is between them is a hole.
        public var runs: [Run]

        public init(driver: String, unit: String, granularity: Int64, runs: [Run]) {
            self.driver = driver
            self.unit = unit
            self.granularity = granularity
            self.runs = runs
        }

        public var exclusive: Int64 { runs.reduce(0) { $1.isExclusive ? $0 + Int64($1.range.count) : $0 } }
        public var shared: Int64 { runs.reduce(0) { $1.isExclusive ? $0 : $0 + Int64($1.range.count) } }
    }

    public var title: String
    public var subtitle: String
    /// The file's size in bytes.
    public var size: Int64
    public var rows: [Row]

    public init(title: String, subtitle: String, size: Int64, rows: [Row]) {
        self.title = title
        self.subtitle = subtitle
        self.size = size
        self.rows = rows
    }

    public var sentences: String {
        rows.map { row in
            "\(row.driver), \(row.unit): \(ByteCount(row.exclusive)) exclusive, \(ByteCount(row.shared)) shared."
        }.joined(separator: " ")
    }
}
