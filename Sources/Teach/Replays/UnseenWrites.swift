import Events
import LayerModel

/// The calls after which a file may have been written without a trace in the record: write(2) is not recorded, and is seen
/// only from another size at the next call that looks at the file.
struct UnseenWrites {
    private var openings: Set<Place> = []

    private struct Place: Hashable {
        var container: String
        var sequence: Int64
    }

    /// - Parameter calls: in the order in which they were made.
    init(in calls: [ReplayCall]) {
        /// What the next call of the container finds in the upper layer.
        var next: [String: [Path: Int64]] = [:]
        for call in calls.reversed() {
            let operation = call.operation
            if operation.errno == nil, case .open(_, let flags, _)? = operation.call, flags.isWritable,
                let path = operation.resolved.first ?? nil
            {
                let left = operation.after.last { $0.path == path && $0.layer == .upper }?.entry
                if next[call.container]?[path].map({ $0 == left?.size }) ?? true {
                    openings.insert(Place(container: call.container, sequence: call.sequence))
                }
            }
            for row in operation.evidence.rows where row.layer == .upper {
                guard let entry = row.entry, entry.kind == .file else { continue }
                next[call.container, default: [:]][row.path] = entry.size
            }
        }
    }

    func contains(_ call: ReplayCall) -> Bool {
        openings.contains(Place(container: call.container, sequence: call.sequence))
    }
}
