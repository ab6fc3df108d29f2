public import Events
public import LayerModel
public import Pictures

/// Composes the layer matrix of a step from its rows: the snapshots of its containers and the calls that it recorded.
public struct FrameComposer {
    /// The paths that are the columns.
    public var columns: [Path]
    public var snapshots: [StackSnapshot]
    /// The step's calls up to the moment shown, by container.
    public var operations: [String: [ObservedOperation]]

    public init(columns: [Path], snapshots: [StackSnapshot], operations: [String: [ObservedOperation]]) {
        self.columns = columns
        self.snapshots = snapshots
        self.operations = operations
    }

    /// The matrix under `caption`.
    public func matrix(caption: LayerMatrix.Caption) -> LayerMatrix {
        let columns = columns.map(\.withoutTrailingSlash)
        return LayerMatrix(
            caption: caption, columns: columns, stacks: snapshots.map { stack(of: $0, columns) },
            lowerRows: lowerRows(columns))
    }

    // MARK: - Rows

    private func stack(of snapshot: StackSnapshot, _ columns: [Path]) -> LayerMatrix.Stack {
        var stack = LayerMatrix.Stack(name: snapshot.name, becomes: snapshot.imageLayer)
        let column = ColumnReading(snapshot: snapshot, operations: operations[snapshot.container] ?? [])
        for path in columns {
            stack.merged[path] = column.merged(path).map(Cell.observed)
            stack.upper[path] = column.upper(path).map(Cell.observed)
        }
        return stack
    }

    private func lowerRows(_ columns: [Path]) -> [LayerMatrix.LowerRow] {
        guard let first = snapshots.first else { return [] }
        let readings = snapshots.map { ColumnReading(snapshot: $0, operations: operations[$0.container] ?? []) }
        return first.layers.compactMap { layer -> LayerMatrix.Layer? in
            guard case .lower(let number) = layer.layer else { return nil }
            var row = LayerMatrix.Layer(
                number: number, createdBy: layer.createdBy.historyInstruction, size: layer.size, digest: layer.diffID)
            row.isOfImage = layer.diffID != nil
            for path in columns {
                // Containers over the same layers see a lower entry differently only where their upper layers differ:
                // what one of them still reads is not hidden.
                let states = readings.compactMap { $0.lower(path, number) }
                row.cells[path] = (states.first { !$0.isHidden } ?? states.first).map(Cell.observed)
            }
            // The mount points are no part of the image: they are shown where one of the paths is among them.
            return row.isOfImage || !row.cells.isEmpty ? row : nil
        }.sorted { $0.number > $1.number }.map(LayerMatrix.LowerRow.layer)
    }
}

extension LowerState {
    fileprivate var isHidden: Bool {
        if case .hidden = self { true } else { false }
    }
}
