/// The tables as lines: the columns' names are the keys, and what follows a colon says how the value is written.
extension LineSource {
    /// Queries in the order of `seq`, with the arguments `run` and `step` (NULL for all steps).
    static let queries: [String] =
        [
            """
            SELECT t.run, t.number AS step, seq, 'step' AS kind, ns, example, title, command, started, exit_status,
            stdout, stdout_bytes, stderr, stderr_bytes
            FROM steps t WHERE t.run = :run AND (:step IS NULL OR t.number = :step) ORDER BY t.seq
            """
        ]
        + [
            (
                "container", "container_events",
                "c.container, c.name, c.image, c.command AS \"command:json\", t.event, t.exit_status"
            ),
            ("layer", "layers", "t.layer AS \"layer:layer\", t.size, c.container, t.diff_id, t.chain_id, t.created_by"),
            ("setup", "setup_steps", "t.errno, t.ns, c.container, t.number, t.name, t.detail"),
            (
                "process", "processes",
                """
                t.pid, c.container, t.event, t.parent, t.program, t.arguments AS "arguments:json", t.exit_status
                """
            ),
            (
                "operation", "operations",
                """
                t.id AS operation_id, t.syscall, t.path, t.errno, t.pid, t.ns, c.container, t.number, t.program,
                t.path2, t.resolved, t.resolved2, t.flags, t.value, t.answer AS "answer:layer", t.uid, t.gid,
                iif(t.capabilities IS NULL, NULL, coalesce(t.groups, '[]')) AS "groups:json",
                iif(t.capabilities IS NULL, NULL, printf('%016x', t.capabilities)) AS capabilities
                """
            ),
            ("hole", "holes", "t.syscall, t.path, t.pid, c.container, t.reason"),
            ("sample", "samples", "c.container, t.name, t.value"),
            ("warning", "warnings", "c.container, t.text"),
            ("prediction", "predictions", "t.question, t.expected, t.answer, t.outcome"),
            ("expectation", "expectations", "t.text, t.held AS \"held:bool\", t.detail"),
            ("frame", "frames", "t.number, t.title, t.description"),
        ].map { kind, table, columns in
            // The order of the ids is that of `seq`: the rows are read as they lie, from the first to the last that the
            // steps have, and what another run wrote meanwhile is passed over. (CROSS JOIN keeps SQLite from
            // beginning with the steps, and then sorting.)
            """
            SELECT t.run, s.number AS step, t.seq, '\(kind)' AS kind, \(columns)
            FROM \(table) t CROSS JOIN steps s ON s.id = t.step
            \(columns.contains("c.") ? "LEFT JOIN containers c ON c.id = t.container" : "")
            WHERE t.id BETWEEN \(bound("min", table)) AND \(bound("max", table))
            AND t.run = :run AND (:step IS NULL OR s.number = :step) ORDER BY t.id
            """
        }

    /// The first or last id that the steps asked for have in a table: a look at the end of the index for each of them.
    private static func bound(_ side: String, _ table: String) -> String {
        """
        (SELECT \(side)(own) FROM (SELECT (SELECT \(side)(x.id) FROM \(table) x WHERE x.step = p.id) AS own
        FROM steps p WHERE p.run = :run AND (:step IS NULL OR p.number = :step)))
        """
    }

    static let effects = """
        SELECT o.run, s.number AS step, e.seq, 'effect' AS kind, o.syscall, e.path, e.kind AS effect,
        e.layer AS "layer:layer", e.size, e.allocated, e.shared, o.pid, c.container, o.program, o.seq AS operation
        FROM effects e JOIN operations o ON o.id = e.operation JOIN steps s ON s.id = o.step
        JOIN containers c ON c.id = o.container WHERE e.operation = :operation ORDER BY e.id
        """

    static let verdicts = """
        SELECT o.run, s.number AS step, v.seq, 'verdict' AS kind, o.syscall, o.path, o.errno, o.pid, c.container,
        o.program, o.seq AS operation, v.verdict, v.predicted_errno, v.predicted_effects AS "predicted:json", v.reason
        FROM verdicts v JOIN operations o ON o.id = v.operation JOIN steps s ON s.id = o.step
        JOIN containers c ON c.id = o.container WHERE v.operation = :operation
        """
}
