internal import LayerModel

extension LayerMatrix {
    /// Cuts the frames of one run to what fits on a screen, all in the same way, so that they still lie over one
    /// another. First go paths that no frame changes (`… 41 unchanged`) and layers in which no frame shows
    /// anything; what is still too much is cut from the end, changed paths last.
    ///
    /// - Parameters:
    ///   - frames: frames with equal columns and rows.
    ///   - maximumColumns: how many paths are kept at most.
    ///   - maximumRows: how many layers, writable ones among them, are kept at most.
    public static func collapse(
        _ frames: [LayerMatrix], columns maximumColumns: Int = 6, rows maximumRows: Int = 6
    ) -> [LayerMatrix] {
        guard let first = frames.first else { return [] }
        let changed = Set(first.columns.filter { path in isChanged(path, in: frames) })
        let kept = keptColumns(of: first, changed, atMost: maximumColumns)
        let narrowed = frames.map { frame in
            var frame = frame
            frame.omittedPaths += frame.columns.count { !kept.contains($0) }
            frame.omittedChanges += frame.columns.count { !kept.contains($0) && changed.contains($0) }
            frame.columns.removeAll { !kept.contains($0) }
            return frame
        }
        let shownLayers = keptLayers(of: narrowed, atMost: max(1, maximumRows - first.stacks.count))
        return narrowed.map { frame in
            var frame = frame
            frame.lowerRows = frame.lowerRows.collapsed(keeping: shownLayers)
            return frame
        }
    }

    private static func isChanged(_ path: Path, in frames: [LayerMatrix]) -> Bool {
        frames.contains { frame in
            frame.rows.contains { frame.cell($0, path)?.faces.contains(where: \.isChanged) ?? false }
        }
    }

    private static func keptColumns(of frame: LayerMatrix, _ changed: Set<Path>, atMost maximum: Int) -> Set<Path> {
        let columns = frame.columns
        guard columns.count > maximum else { return Set(columns) }
        return Set((columns.filter(changed.contains) + columns.filter { !changed.contains($0) }).prefix(maximum))
    }

    private static func keptLayers(of frames: [LayerMatrix], atMost maximum: Int) -> Set<Int> {
        let layers = frames[0].layers.map(\.number)
        guard layers.count > maximum else { return Set(layers) }
        func weight(_ layer: Int) -> Int {
            let cells = frames.flatMap { frame in frame.columns.compactMap { frame.cell(.lower(layer), $0) } }
            return cells.contains { $0.faces.contains(where: \.isChanged) } ? 2 : cells.isEmpty ? 0 : 1
        }
        // The gap that is left is a row too.
        let ranked = layers.enumerated().sorted { left, right in
            let weights = (weight(left.element), weight(right.element))
            return weights.0 == weights.1 ? left.offset < right.offset : weights.0 > weights.1
        }
        return Set(ranked.prefix(max(1, maximum - 1)).map(\.element))
    }
}

extension [LayerMatrix.LowerRow] {
    /// Leaves out the layers that are not kept, and the ticks between two of them, as one gap each.
    fileprivate func collapsed(keeping layers: Set<Int>) -> [LayerMatrix.LowerRow] {
        var result: [LayerMatrix.LowerRow] = []
        var gap = 0
        func closeGap() {
            if gap > 0 { result.append(.omitted(gap)) }
            gap = 0
        }
        for row in self {
            switch row {
            case .layer(let layer) where layers.contains(layer.number):
                closeGap()
                result.append(row)
            case .layer: gap += 1
            case .omitted(let count): gap += count
            case .configOnly: if gap == 0 { result.append(row) }
            }
        }
        closeGap()
        return result
    }
}

extension LayerMatrix {
    /// What was left out, in words: `… 41 unchanged`, or `… 16 more` where some of them changed.
    public var omission: String { omittedChanges == 0 ? "… \(omittedPaths) unchanged" : "… \(omittedPaths) more" }
}
