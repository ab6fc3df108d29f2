import GRDB

/// The history of the schema. A migration that has been released is never edited; a change is a new one at the end.
/// docs/record.md explains the tables to readers.
enum Migrations {
    static var all: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 runs, operations, frames") { try $0.execute(sql: first) }
        migrator.registerMigration("2 how the overlays of a run were mounted") {
            try $0.execute(sql: "ALTER TABLE runs ADD COLUMN overlay_options TEXT")
        }
        migrator.registerMigration("3 what a caller may") { try $0.execute(sql: third) }
        return migrator
    }

    /// `run` stands in every table whose rows are lines of their own, and `seq` orders these lines. A run's rows lie
    /// together, in the order of `seq`, from its steps' first row to their last: the index on `step`, which also holds
    /// the rows' ids, finds both, so that a run is read in order without sorting and without an index of its own.
    private static let first = """
        CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            lesson TEXT NOT NULL, title TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'interrupted', 'failed')),
            started INTEGER NOT NULL, finished INTEGER,
            teach TEXT NOT NULL, kernel TEXT NOT NULL, architecture TEXT NOT NULL, filesystem TEXT NOT NULL,
            runtime_ns INTEGER, observing_ns INTEGER, recording_ns INTEGER, drawing_ns INTEGER,
            writer_pid INTEGER NOT NULL, writer_started INTEGER NOT NULL, boot TEXT NOT NULL
        ) STRICT;
        CREATE TABLE steps (
            id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, seq INTEGER NOT NULL,
            number INTEGER NOT NULL, example TEXT, title TEXT, command TEXT, started INTEGER, ns INTEGER,
            exit_status INTEGER, stdout TEXT, stdout_bytes INTEGER, stderr TEXT, stderr_bytes INTEGER,
            UNIQUE (run, number)
        ) STRICT;
        CREATE TABLE containers (
            id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
            container TEXT NOT NULL, name TEXT, image TEXT, command TEXT, status TEXT, exit_status INTEGER,
            UNIQUE (run, container)
        ) STRICT;
        CREATE TABLE container_events (
            \(line), container INTEGER NOT NULL REFERENCES containers ON DELETE CASCADE,
            event TEXT NOT NULL, exit_status INTEGER
        ) STRICT;
        CREATE TABLE layers (
            \(line), container INTEGER NOT NULL REFERENCES containers ON DELETE CASCADE,
            layer TEXT NOT NULL, diff_id TEXT, chain_id TEXT, created_by TEXT NOT NULL, size INTEGER NOT NULL,
            UNIQUE (container, layer)
        ) STRICT;
        CREATE TABLE setup_steps (
            \(line), container INTEGER NOT NULL REFERENCES containers ON DELETE CASCADE,
            number INTEGER NOT NULL, name TEXT NOT NULL, detail TEXT NOT NULL, errno TEXT, ns INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE processes (
            \(line), container INTEGER NOT NULL REFERENCES containers ON DELETE CASCADE,
            event TEXT NOT NULL, pid INTEGER NOT NULL, parent INTEGER, program TEXT, arguments TEXT,
            exit_status INTEGER
        ) STRICT;
        CREATE TABLE operations (
            \(line), container INTEGER NOT NULL REFERENCES containers ON DELETE CASCADE,
            number INTEGER NOT NULL, pid INTEGER NOT NULL, program TEXT NOT NULL, syscall TEXT NOT NULL,
            path TEXT, path2 TEXT, resolved TEXT, resolved2 TEXT, flags TEXT, errno TEXT, value INTEGER NOT NULL,
            ns INTEGER NOT NULL, answer TEXT, uid INTEGER NOT NULL, gid INTEGER NOT NULL, call BLOB,
            verdict TEXT CHECK (verdict IN ('confirmed', 'refuted', 'unmodelled')),
            predicted_errno TEXT, predicted_effects TEXT, reason TEXT,
            listed TEXT, looks TEXT NOT NULL
        ) STRICT;
        CREATE TABLE effects (
            id INTEGER PRIMARY KEY, seq INTEGER NOT NULL,
            operation INTEGER NOT NULL REFERENCES operations ON DELETE CASCADE,
            kind TEXT NOT NULL, path TEXT NOT NULL, layer TEXT NOT NULL,
            size INTEGER, allocated INTEGER, shared INTEGER
        ) STRICT;
        CREATE TABLE holes (
            \(line), container INTEGER REFERENCES containers ON DELETE CASCADE,
            pid INTEGER, syscall TEXT, path TEXT, reason TEXT NOT NULL
        ) STRICT;
        CREATE TABLE samples (
            \(line), container INTEGER REFERENCES containers ON DELETE CASCADE,
            name TEXT NOT NULL, value INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE warnings (
            \(line), container INTEGER REFERENCES containers ON DELETE CASCADE, text TEXT NOT NULL
        ) STRICT;
        CREATE TABLE predictions (
            \(line), question TEXT NOT NULL, expected TEXT, answer TEXT, outcome TEXT
        ) STRICT;
        CREATE TABLE expectations (
            \(line), text TEXT NOT NULL, held INTEGER NOT NULL, detail TEXT
        ) STRICT;
        CREATE TABLE snapshots (
            \(line), container INTEGER NOT NULL REFERENCES containers ON DELETE CASCADE, gone INTEGER NOT NULL,
            path TEXT NOT NULL, layer TEXT NOT NULL,
            kind TEXT, mode INTEGER, uid INTEGER, gid INTEGER, size INTEGER, links INTEGER, inode INTEGER, target TEXT,
            major INTEGER, minor INTEGER, opaque INTEGER, redirect TEXT, metacopy INTEGER, attributes TEXT
        ) STRICT;
        CREATE TABLE frame_settings (
            \(line), columns TEXT NOT NULL, extent TEXT NOT NULL, number INTEGER NOT NULL, count INTEGER NOT NULL,
            caption TEXT, UNIQUE (step)
        ) STRICT;
        CREATE TABLE frames (
            \(line), number INTEGER NOT NULL, title TEXT NOT NULL, description TEXT NOT NULL,
            UNIQUE (step, number)
        ) STRICT;
        \(lineTables.map { "CREATE INDEX \($0)_by_step ON \($0) (step);" }
            .joined(separator: "\n"))
        CREATE INDEX effects_by_operation ON effects (operation);
        \(views)
        """

    /// What a prediction asks of a caller beside its ids: the effective capabilities as bits, and the supplementary groups
    /// as a JSON array, NULL where there are none. Rows that are older have no capabilities.
    private static let third = """
        ALTER TABLE operations ADD COLUMN capabilities INTEGER;
        ALTER TABLE operations ADD COLUMN groups TEXT;
        """

    /// What belongs to an operation and is written with it, as if it stood in tables of its own. Eight and more rows of
    /// evidence a call would be most of what a run writes, so an operation's row holds them as one JSON array, which
    /// these views take apart again. A confirmed prediction is what was observed, and is not kept twice.
    private static let views = """
        CREATE VIEW evidence AS SELECT o.id AS operation, look.key + 1 AS number,
            \(LookText.columns.enumerated().map { "\(LookText.value(of: $1, at: $0)) AS \($1)" }.joined(separator: ", "))
            FROM operations o, json_each(o.looks) look;
        CREATE VIEW listings AS SELECT o.id AS operation, listed.key + 1 AS number, listed.value AS path
            FROM operations o, json_each(o.listed) listed;
        CREATE VIEW verdicts AS SELECT o.id AS operation,
            o.seq + 1 + (SELECT count(*) FROM effects e WHERE e.operation = o.id) AS seq, o.verdict,
            iif(o.verdict = 'confirmed', o.errno, o.predicted_errno) AS predicted_errno,
            iif(o.verdict = 'confirmed', (
                SELECT json_group_array(json_object('effect', kind, 'path', path, 'layer',
                    iif(layer = 'upper', layer, CAST(layer AS INTEGER)), 'size', size))
                FROM (SELECT * FROM effects e WHERE e.operation = o.id ORDER BY e.id)
            ), o.predicted_effects) AS predicted_effects, o.reason
            FROM operations o WHERE o.verdict IS NOT NULL;
        """

    /// The columns of every table whose rows are lines of a run.
    private static let line = """
        id INTEGER PRIMARY KEY, run INTEGER NOT NULL,
            step INTEGER NOT NULL REFERENCES steps ON DELETE CASCADE, seq INTEGER NOT NULL
        """

    private static let lineTables = [
        "container_events", "layers", "setup_steps", "processes", "operations", "holes", "samples", "warnings",
        "predictions", "expectations", "snapshots", "frame_settings", "frames",
    ]
}
