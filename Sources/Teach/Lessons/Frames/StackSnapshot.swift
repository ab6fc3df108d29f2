public import Events
public import LayerModel

/// What one container's layers held at chosen paths when a step had ended: all that a frame shows, beside the
/// step's own calls.
public struct StackSnapshot: Hashable, Sendable {
    /// The container's full id; empty for an image without a container.
    public var container: String
    public var name: String
    /// The stack, in any order; the writable layer may be left out.
    public var layers: [StackedLayer]
    /// Each layer's entry at the paths and at their parents.
    public var rows: [Evidence.Row]
    /// Whether the container was removed in the step: `rows` know nothing of its writable layer then.
    public var isGone: Bool

    public init(
        container: String, name: String, layers: [StackedLayer], rows: [Evidence.Row], isGone: Bool = false
    ) {
        self.isGone = isGone
        self.container = container
        self.name = name
        self.layers = layers
        self.rows = rows
    }

    /// The read-only layers.
    var lowers: Set<StackedLayer> { Set(layers.filter { $0.layer != .upper }) }

    /// How many read-only layers there are.
    public var lowerCount: Int {
        layers.reduce(0) { count, layer in
            if case .lower(let number) = layer.layer { max(count, number) } else { count }
        }
    }

    /// The number of the image's layer that the writable one became; `nil` where it became none.
    var imageLayer: Int? {
        guard layers.contains(where: { $0.layer == .upper && $0.diffID != nil }) else { return nil }
        return lowers.count { $0.diffID != nil } + 1
    }

    /// Looks at every layer at the paths and at the directories above them.
    ///
    /// - Throws: what the reader throws.
    public static func rows(at paths: [Path], from reader: inout some LayerReading) throws -> [Evidence.Row] {
        var seen: Set<Path> = []
        var rows: [Evidence.Row] = []
        for path in [.root] + paths.map(\.withoutTrailingSlash).flatMap({ $0.ancestors + [$0] })
        where seen.insert(path).inserted {
            for layer in reader.layersFromTop {
                rows.append(Evidence.Row(path: path, layer: layer, entry: try reader.entry(at: path, in: layer)))
            }
        }
        return rows
    }

    /// The stack as it was when the first `count` of the step's calls had returned, worked out from what each call
    /// saw before and after it.
    func after(_ count: Int, of operations: [ObservedOperation]) -> StackSnapshot {
        var upper: [Path: LayerEntry?] = [:]
        // What a later call saw before it acted is what stood there until then.
        for operation in operations.dropFirst(count).reversed() {
            for row in operation.evidence.rows where row.layer == .upper { upper[row.path] = .some(row.entry) }
        }
        for operation in operations.prefix(count) {
            for row in operation.after { upper[row.path] = .some(row.entry) }
        }
        var snapshot = self
        for index in snapshot.rows.indices where snapshot.rows[index].layer == .upper {
            if let entry = upper[snapshot.rows[index].path] { snapshot.rows[index].entry = entry }
        }
        return snapshot
    }
}
