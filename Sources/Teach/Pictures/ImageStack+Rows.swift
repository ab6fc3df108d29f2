extension ImageStack {
    /// What one row of the picture shows.
    public enum Row: Hashable, Sendable {
        case layer(Layer)
        /// Instructions that follow each other and made no layer.
        case config([String])
        /// What there is no room for.
        case omitted(Omission)
    }

    /// Layers that follow each other and are told as one.
    public struct Omission: Hashable, Sendable {
        public var layers: ClosedRange<Int>
        public var size: Int64
        public var wasted: Int64

        public init(layers: ClosedRange<Int>, size: Int64, wasted: Int64) {
            self.layers = layers
            self.size = size
            self.wasted = wasted
        }

        /// `… 96 layers, 3 to 98: 12.3 MB, ⚠ 4.5 MB wasted`.
        public var words: String {
            let which =
                layers.count == 1
                ? "layer \(layers.lowerBound)"
                : "\(layers.count) layers, \(layers.lowerBound) to \(layers.upperBound)"
            let waste = wasted > 0 ? ", ⚠ \(ByteCount(wasted).decimal) wasted" : ""
            return "… \(which): \(ByteCount(size).decimal)\(waste)"
        }
    }

    /// The rows that a picture has room for, from the base up: each instruction by itself where that is possible, else
    /// instructions without a layer together, else only the base, the top and those layers that waste and hold the most.
    ///
    /// - Parameters:
    ///   - room: What all rows may take.
    ///   - layer: What a layer takes.
    ///   - thin: What any other row takes.
    public func rows(within room: Double, layer: Double, thin: Double) -> [Row] {
        func fits(_ rows: [Row]) -> Bool {
            rows.reduce(0) { if case .layer = $1 { $0 + layer } else { $0 + thin } } <= room
        }
        let all: [Row] = levels.map { level in
            switch level {
            case .layer(let layer): .layer(layer)
            case .config(let instruction): .config([instruction])
            }
        }
        if fits(all) { return all }
        let layers = layers
        var kept = Set(layers.map(\.number))
        if case let together = rows(keeping: kept), fits(together) { return together }
        kept = Set([layers.first, layers.last].compactMap { $0?.number })
        for layer in layers.sorted(by: { ($1.wasted, $1.size) < ($0.wasted, $0.size) }) {
            let more = kept.union([layer.number])
            guard fits(rows(keeping: more)) else { break }
            kept = more
        }
        return rows(keeping: kept)
    }

    /// The rows with these layers, all between them together.
    private func rows(keeping kept: Set<Int>) -> [Row] {
        var rows: [Row] = []
        for level in levels {
            switch level {
            case .layer(let layer) where kept.contains(layer.number): rows.append(.layer(layer))
            case .layer(let layer):
                // Instructions without a layer that stand between such layers go with them.
                if case .config? = rows.last, case .omitted? = rows.dropLast().last { rows.removeLast() }
                if case .omitted(let omission)? = rows.last {
                    rows[rows.count - 1] = .omitted(omission.with(layer))
                } else {
                    rows.append(.omitted(Omission(layers: layer.number...layer.number, size: 0, wasted: 0).with(layer)))
                }
            case .config(let instruction):
                if case .config(let instructions)? = rows.last {
                    rows[rows.count - 1] = .config(instructions + [instruction])
                } else {
                    rows.append(.config([instruction]))
                }
            }
        }
        return rows
    }
}

extension ImageStack.Omission {
    fileprivate func with(_ layer: ImageStack.Layer) -> Self {
        Self(
            layers: layers.lowerBound...layer.number, size: size + layer.size, wasted: wasted + layer.wasted)
    }
}

extension ImageStack.Row {
    /// Instructions that made no layer in one line: the whole of one, the keywords of several.
    public static func words(of instructions: [String]) -> String {
        let words = instructions.map(\.historyInstruction)
        let told = words.count == 1 ? words : words.map { String($0.prefix { $0 != " " }) }
        return "┄ no layer  \(told.joined(separator: ", "))"
    }
}
