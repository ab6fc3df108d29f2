public import Events
public import LayerModel

/// What one container's layers held at chosen paths when a step had ended: all that a frame shows, beside the
/// step's own calls.
public struct StackSnapshot: Hashable, Sendable {
    /// The container's full id and its name.
    public var container: String
    public var name: String
    /// The stack, in any order; the writable layer may be left out.
    public var layers: [StackedLayer]
    /// Each layer's entry at the paths and at their parents.
    public var evidence: Evidence

    public init(container: String, name: String, layers: [StackedLayer], evidence: Evidence) {
        self.container = container
        self.name = name
        self.layers = layers
        self.evidence = evidence
    }

    /// How many read-only layers there are.
    public var lowerCount: Int {
        layers.reduce(0) { count, layer in
            if case .lower(let number) = layer.layer { max(count, number) } else { count }
        }
    }
}
