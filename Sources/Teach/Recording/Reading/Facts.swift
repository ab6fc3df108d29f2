extension Recording {
    /// What a run established, freed from what differs between two runs of one lesson: its number, the containers' ids
    /// and names, process ids, times, measured figures, and what the commands printed.
    ///
    /// One JSON object a line, without its `null` members; by step, then by container in the order of appearance, then in
    /// the order of events. A container is `container 1`, `container 2`, wherever its id stands in a text.
    ///
    /// - Throws: `RecordingError`
    public func facts(ofRun run: Int64) throws(RecordingError) -> [String] {
        let containers = try self.containers(ofRun: run).map(\.id)
        var facts: [(step: Int64, container: Int, text: String)] = []
        for line in try lines(ofRun: run) {
            let dropped = Self.variable.union(Self.variableByKind[line.kind] ?? [])
            let members = line.members.filter { !dropped.contains($0.key) && $0.value != .null }
            var text = JSONValue.object(members).description
            for (index, id) in containers.enumerated() where !id.isEmpty {
                text.replace(id, with: "container \(index + 1)")
                if id.utf8.count > 12 { text.replace(id.prefix(12), with: "container \(index + 1)") }
            }
            let container = line.text("container").flatMap { containers.firstIndex(of: $0) } ?? -1
            facts.append((line.number("step") ?? 0, container, text))
        }
        let order = facts.indices.sorted {
            (facts[$0].step, facts[$0].container, $0) < (facts[$1].step, facts[$1].container, $1)
        }
        return order.map { facts[$0].text }
    }

    private static let variable: Set<String> = ["run", "seq", "operation", "pid", "parent", "ns", "started"]
    private static let variableByKind: [String: Set<String>] = [
        "step": ["stdout", "stdout_bytes", "stderr", "stderr_bytes"],
        "container": ["name"],
        "operation": ["number"],
        "sample": ["value"],
    ]
}
