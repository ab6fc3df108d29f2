public import Events
import GRDB
import LayerModel

/// A container of a run.
public struct RecordedContainer: Hashable, Sendable, Identifiable {
    /// The full id: 64 hexadecimal digits.
    public var id: String
    /// Empty, like the image, where the run never saw the container's own events.
    public var name: String
    public var image: String
    /// What happened to it last.
    public var status: ContainerEvent.Kind?
    public var exitStatus: Int32?
    /// The stack from the lowest layer to the upper one.
    public var layers: [StackedLayer]
    /// The steps of its set-up, in order; a container that was started twice has them twice.
    public var setup: [SetupStep]

    public init(
        id: String, name: String, image: String, status: ContainerEvent.Kind?, exitStatus: Int32?,
        layers: [StackedLayer], setup: [SetupStep]
    ) {
        self.id = id
        self.name = name
        self.image = image
        self.status = status
        self.exitStatus = exitStatus
        self.layers = layers
        self.setup = setup
    }
}

extension Recording {
    /// The containers of a run in the order of their appearance.
    ///
    /// - Throws: `RecordingError`
    public func containers(ofRun run: Int64) throws(RecordingError) -> [RecordedContainer] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM containers WHERE run = ? ORDER BY id", arguments: [run])
                .map { row in
                    let key: Int64 = row["id"]
                    return RecordedContainer(
                        id: row["container"], name: row["name"] ?? "", image: row["image"] ?? "",
                        status: (row["status"] as String?).flatMap(ContainerEvent.Kind.init),
                        exitStatus: row["exit_status"], layers: try Self.layers(ofContainer: key, db),
                        setup: try Self.setup(ofContainer: key, db))
                }
        }
    }

    private static func layers(ofContainer container: Int64, _ db: Database) throws -> [StackedLayer] {
        try Row.fetchAll(db, sql: "SELECT * FROM layers WHERE container = ?", arguments: [container])
            .map { row in
                StackedLayer(
                    layer: try layer(row["layer"]), diffID: row["diff_id"], chainID: row["chain_id"],
                    createdBy: row["created_by"], size: row["size"])
            }.sorted { $0.layer < $1.layer }
    }

    private static func setup(ofContainer container: Int64, _ db: Database) throws -> [SetupStep] {
        // Without an index on the container: a run has a few dozen of these rows.
        try Row.fetchAll(
            db,
            sql: """
                SELECT t.* FROM containers c JOIN steps s ON s.run = c.run JOIN setup_steps t ON t.step = s.id
                WHERE c.id = :container AND t.container = c.id ORDER BY t.id
                """, arguments: ["container": container]
        ).map { row in
            SetupStep(
                index: row["number"], name: row["name"], detail: row["detail"],
                errno: (row["errno"] as String?).flatMap(Errno.init(recorded:)), nanoseconds: row["ns"])
        }
    }

    /// - Throws: `RecordingError.refused` for a layer that no release of teach has written.
    static func layer(_ text: String) throws -> LayerID {
        guard let layer = LayerID(text) else {
            throw DatabaseError(resultCode: .SQLITE_MISMATCH, message: "`\(text)` is not a layer")
        }
        return layer
    }
}

extension Errno {
    /// Reads what `name` writes, also for a number that has no name.
    init?(recorded text: String) {
        if let errno = Errno(name: text) {
            self = errno
        } else if text.hasPrefix("errno "), let number = Int32(text.dropFirst(6)) {
            self.init(rawValue: number)
        } else {
            return nil
        }
    }
}
