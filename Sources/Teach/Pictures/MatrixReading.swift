public import LayerModel

/// A row of the matrix that has cells.
public enum MatrixRow: Hashable, Sendable {
    /// What the container of this stack sees; stacks count from 0.
    case merged(Int)
    /// The writable layer of this stack.
    case upper(Int)
    /// The read-only layer with this number.
    case lower(Int)
}

/// The faces of one cell.
public enum ShownCell: Hashable, Sendable {
    case observed(CellFace)
    case predicted(CellFace)
    case refuted(predicted: CellFace, observed: CellFace)

    /// The faces, the predicted one first.
    public var faces: [CellFace] {
        switch self {
        case .observed(let face), .predicted(let face): [face]
        case .refuted(let predicted, let observed): [predicted, observed]
        }
    }

    /// The cell in words.
    public var sentence: String {
        switch self {
        case .observed(let face): face.sentence
        case .predicted(let face): "predicted: \(face.sentence)"
        case .refuted(let predicted, let observed):
            "refuted: predicted was \(predicted.sentence); observed is \(observed.sentence)"
        }
    }
}

/// A copy-up of this frame: from a cell of a read-only layer to one of a writable layer.
public struct CopyArrow: Hashable, Sendable {
    public var fromLayer: Int
    public var fromPath: Path
    public var toStack: Int
    public var toPath: Path
    /// What was copied, such as `1.4 KB`.
    public var label: String
    public var isPredicted: Bool
}

extension LayerMatrix {
    /// The rows that have cells, from the top down.
    public var rows: [MatrixRow] {
        stacks.indices.flatMap { [.merged($0), .upper($0)] } + layers.map { .lower($0.number) }
    }

    /// What stands at `path` in `row`; `nil` for an empty cell.
    public func cell(_ row: MatrixRow, _ path: Path) -> ShownCell? { cell(row, path, copyUps) }

    fileprivate func cell(_ row: MatrixRow, _ path: Path, _ copyUps: [FoundCopyUp]) -> ShownCell? {
        switch row {
        case .merged(let stack):
            stacks[stack].merged[path]?.shown { $0.face(isChanged: isChanged(path, in: stacks[stack])) }
        case .upper(let stack):
            stacks[stack].upper[path]?.shown(\.face)
        case .lower(let number):
            lowerCell(number, path, copyUps)
        }
    }

    private func isChanged(_ path: Path, in stack: Stack) -> Bool {
        stack.upper[path]?.shown(\.face).faces.contains(where: \.isChanged) ?? false
    }

    private func lowerCell(_ number: Int, _ path: Path, _ copyUps: [FoundCopyUp]) -> ShownCell? {
        let source = copyUps.first { $0.arrow.fromLayer == number && $0.arrow.fromPath == path }
        if let cell = layers.first(where: { $0.number == number })?.cells[path] {
            return cell.shown { $0.face(isSource: source != nil) }
        }
        // The copy says that its source is here, even where nobody gave the cell.
        return source.map { .observed(LowerState.present($0.content).face(isSource: true)) }
    }

    /// The copy-ups of this frame: one arrow each.
    public var copyArrows: [CopyArrow] { copyUps.map(\.arrow) }

    fileprivate typealias FoundCopyUp = (arrow: CopyArrow, content: Content)

    fileprivate var copyUps: [FoundCopyUp] {
        stacks.indices.flatMap { stack in
            columns.flatMap { path -> [(CopyArrow, Content)] in
                func arrow(_ state: UpperState, isPredicted: Bool) -> (CopyArrow, Content)? {
                    guard case .copiedUp(let copy, .thisStep) = state else { return nil }
                    return (
                        CopyArrow(
                            fromLayer: copy.fromLayer, fromPath: copy.fromPath ?? path, toStack: stack, toPath: path,
                            label: copy.copied.text, isPredicted: isPredicted), copy.copied
                    )
                }
                return switch stacks[stack].upper[path] {
                case nil: []
                case .observed(let state): [arrow(state, isPredicted: false)].compactMap(\.self)
                case .predicted(let state): [arrow(state, isPredicted: true)].compactMap(\.self)
                case .refuted(let predicted, let observed):
                    [arrow(predicted, isPredicted: true), arrow(observed, isPredicted: false)].compactMap(\.self)
                }
            }
        }
    }

    /// The symbols in this picture, in their canonical order: what a legend has to explain.
    public var symbolsUsed: [Symbol] { MatrixCells(self).symbolsUsed }

    /// Every cell that is not empty, row by row.
    public var shownCells: [ShownCell] { MatrixCells(self).shown }

    /// A row's name in words: `merged`, `upper`, `layer 2`, with the container's name where there are several.
    public func name(of row: MatrixRow) -> String {
        func owned(_ word: String, _ stack: Int) -> String {
            stacks.count > 1 ? "\(word) of \(stacks[stack].name.printable)" : word
        }
        return switch row {
        case .merged(let stack): owned("merged", stack)
        case .upper(let stack): owned("upper", stack)
        case .lower(let number): layers.first { $0.number == number }?.name ?? "layer \(number)"
        }
    }

    /// The caption's description, or every cell as a sentence.
    public var description: String {
        caption.description.isEmpty ? MatrixCells(self).sentences : caption.description
    }
}

/// The cells of a matrix, each looked at once: a picture asks for every one of them several times.
public struct MatrixCells: Sendable {
    /// The copy-ups of this frame: one arrow each.
    public let copyArrows: [CopyArrow]
    private let matrix: LayerMatrix
    /// What the picture tells as new.
    public var moment: LayerMatrix.Moment { matrix.moment }
    private let rows: [(row: MatrixRow, cells: [ShownCell?])]
    private let places: [MatrixRow: Int]

    public init(_ matrix: LayerMatrix) {
        let copyUps = matrix.copyUps
        self.matrix = matrix
        copyArrows = copyUps.map(\.arrow)
        let rows = matrix.rows.map { row in (row: row, cells: matrix.columns.map { matrix.cell(row, $0, copyUps) }) }
        self.rows = rows
        places = Dictionary(rows.indices.map { (rows[$0].row, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// What stands in `row` in the column of this index; `nil` for an empty cell.
    public subscript(row: MatrixRow, column: Int) -> ShownCell? { places[row].flatMap { rows[$0].cells[column] } }

    /// Every cell that is not empty, row by row.
    public var shown: [ShownCell] { rows.flatMap { $0.cells.compactMap(\.self) } }

    /// The symbols in this picture, in their canonical order: what a legend has to explain.
    public var symbolsUsed: [Symbol] {
        let used = Set(shown.flatMap { $0.faces.map(\.symbol) })
        return Symbol.allCases.filter(used.contains)
    }

    /// Every cell as a sentence, column by column.
    public var sentences: String {
        let names = rows.map { matrix.name(of: $0.row) }
        return matrix.columns.indices.flatMap { column in
            let path = matrix.columns[column].description.printable
            return rows.indices.compactMap { row in
                rows[row].cells[column].map { "\(path) in \(names[row]): \($0.sentence)." }
            }
        }.joined(separator: " ")
    }
}

extension Cell {
    func shown(_ face: (State) -> CellFace) -> ShownCell {
        switch self {
        case .observed(let state): .observed(face(state))
        case .predicted(let state): .predicted(face(state))
        case .refuted(let predicted, let observed): .refuted(predicted: face(predicted), observed: face(observed))
        }
    }
}
