extension LayerGraph {
    /// Layers that stand on each other with nothing else on those between: whatever has one of them has all.
    public struct Segment: Hashable, Sendable {
        /// From the bottom up; never empty.
        public var layers: [Layer]
        /// How many images stand on them.
        public var images: Int

        public var bottom: Layer { layers[0] }
        public var top: Layer { layers[layers.count - 1] }
        /// The bytes of all its layers.
        public var size: Int64 { layers.reduce(0) { $0 + $1.size } }

        /// Its layers as they are told where there is room for `count`: the lowest and the uppermost, those between summed up.
        public func parts(atMost count: Int) -> (
            lower: ArraySlice<Layer>, omitted: ArraySlice<Layer>, upper: ArraySlice<Layer>
        ) {
            if layers.count <= count { return (layers[...], [], []) }
            let lower = (count - 1) / 2
            let upper = count - 1 - lower
            return (layers.prefix(lower), layers.dropFirst(lower).dropLast(upper), layers.suffix(upper))
        }
    }

    /// All layers in segments, each beneath those that stand on it.
    public var segments: [Segment] {
        var isBranch = Set(images.compactMap(\.top))
        var parents: Set<String> = []
        for parent in layers.compactMap(\.parent) where !parents.insert(parent).inserted { isBranch.insert(parent) }
        let counts = imagesPerLayer
        var segments: [Segment] = []
        var places: [String: Int] = [:]
        for layer in layers {
            if let parent = layer.parent, let place = places[parent], !isBranch.contains(parent) {
                segments[place].layers.append(layer)
                places[layer.chainID] = place
            } else {
                places[layer.chainID] = segments.count
                segments.append(Segment(layers: [layer], images: counts[layer.chainID] ?? 0))
            }
        }
        return segments
    }

    /// How many things nothing stands on.
    public var leaves: Int {
        let used = Set(containers.map(\.image))
        return containers.count + images.count { !used.contains($0.id) }
    }
}
