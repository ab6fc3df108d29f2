import LayerModel
import Pictures
import Scripts
import StorageDrivers

/// Holds every cell of a matrix against listings, which know nothing of pictures.
struct CellCheck {
    var listings: Listings
    var mount: SimulatedMount
    private(set) var cells = 0
    private(set) var faults: [String] = []

    init(_ mount: SimulatedMount, _ layers: [[Path: LayerEntry]]) {
        self.mount = mount
        listings = Listings(mount, layers: layers)
    }

    mutating func check(_ matrix: LayerMatrix) {
        for path in matrix.columns {
            checkMerged(matrix, path)
            checkUpper(matrix.stacks[0].upper[path]?.state, path)
            for layer in matrix.layers { checkLower(layer.cells[path]?.state, path, layer.number) }
        }
    }

    private mutating func expect(_ holds: Bool, _ path: Path, _ row: String, _ state: Any?) {
        cells += 1
        if !holds { faults.append("\(path) in \(row): \(state.map { "\($0)" } ?? "empty")") }
    }

    // MARK: - The view

    private mutating func checkMerged(_ matrix: LayerMatrix, _ path: Path) {
        let state = matrix.stacks[0].merged[path]?.state
        let found = listings.merged[path]
        // The layers that the picture says are looked at and found, topmost first.
        var seen: [LayerID] = matrix.stacks[0].upper[path]?.state.isSeen == true ? [.upper] : []
        seen += matrix.layers.filter { $0.cells[path]?.state.isSeen == true }.map { .lower($0.number) }
        let holds: Bool
        switch state {
        case .present(let content, let layer):
            // Beneath attributes there may be the file's data, but nothing is above what answers.
            let isTop = mount.driver.isSnapshot ? layer == .upper : seen.first == layer
            // What something else has taken the place of in the upper layer shows still, and no name leads to it there.
            let isReplaced = layer == .upper && found?.kind == .file && found?.links == 0
            holds =
                found.flatMap(Content.init) == content && isTop
                && (isReplaced || self.holds(content, layer, path, matrix))
        case .mergedDirectory: holds = found?.kind == .directory && seen.count > 1
        case .missing: holds = found == nil && lstat(path) == .ENOENT
        case .unreachable(let errno): holds = found == nil && lstat(path) == errno
        case .refused(_, let content): holds = found.flatMap(Content.init) == content
        case nil: holds = false
        }
        expect(holds, path, "merged", state)
    }

    /// Whether the layer that a view is said to come from holds that, under this name or the one that its cell tells.
    private func holds(_ content: Content, _ layer: LayerID, _ path: Path, _ matrix: LayerMatrix) -> Bool {
        var place: Path? = path
        switch layer {
        case .upper: if case .elsewhere(_, let other)? = matrix.stacks[0].upper[path]?.state { place = other }
        case .lower(let number):
            let cells = matrix.layers.first { $0.number == number }?.cells
            if case .elsewhere(_, let other)? = cells?[path]?.state { place = other }
        }
        guard let place else { return true }
        return listings[layer][place].flatMap { Content($0) } == content
    }

    private func lstat(_ path: Path) -> Errno? {
        var mount = mount
        return mount.answer(to: .stat(Operand(path, .noFollow)), by: .scriptRoot).errno
    }

    // MARK: - The layers

    private mutating func checkUpper(_ state: UpperState?, _ path: Path) {
        let held = listings.upper[path]
        let content = held.flatMap { Content($0) }
        let holds: Bool
        switch state {
        case nil, .removed: holds = held == nil
        case .elsewhere(let shown, let place):
            holds = held == nil && (place.map { listings.upper[$0].flatMap { Content($0) } == shown } ?? true)
        case .whiteout: holds = held?.kind == .whiteout
        case .opaque: holds = held?.kind == .directory && held?.isOpaque == true
        case .redirect(let target, _): holds = held?.kind == .directory && held?.redirect?.text == target
        case .copiedUp(let copy, _):
            holds =
                content == copy.content && held?.isMetacopy == copy.isMetadataOnly && held?.isOpaque == false
                && !mount.driver.isSnapshot
        case .added(let shown, _): holds = content == shown && held?.isOpaque == false
        case .changed(let shown, _): holds = content == shown && mount.driver.isSnapshot
        case .kept(let shown, let layer):
            // Nothing was done to it: the listing of its layer and of the last one tell the same of it.
            holds = content == shown && isKept(held, path, layer) && isKept(held, path, listings.layers.count)
        case .unchanged: holds = false
        }
        expect(holds, path, "upper", state)
    }

    private func isKept(_ held: LayerEntry?, _ path: Path, _ layer: Int) -> Bool {
        guard let held, let source = listings.layers[layer - 1][path] else { return false }
        return Content(held) == Content(source) && held.permissions == source.permissions && held.uid == source.uid
    }

    private mutating func checkLower(_ state: LowerState?, _ path: Path, _ number: Int) {
        let held = listings.layers[number - 1][path]
        let content = held.flatMap { Content($0) }
        let holds: Bool
        switch state {
        case nil: holds = held == nil
        case .present(let shown), .hidden(let shown), .answers(let shown): holds = content == shown
        case .kept(let shown, let source):
            holds = content == shown && source < number && listings.layers[source - 1][path] != nil
        case .opaque: holds = held?.kind == .directory && (held?.isOpaque == true || held.hasMark("opaque"))
        case .whiteout: holds = held?.kind == .whiteout || held.hasMark("whiteout")
        case .elsewhere(let shown, let place):
            holds = place.flatMap { listings.layers[number - 1][$0] }.flatMap { Content($0) } == shown
        case .deleted: holds = held == nil && number > 1 && listings.layers[number - 2][path] != nil
        }
        expect(holds, path, "layer \(number)", state)
    }
}

extension Content {
    fileprivate init?(_ file: ListedFile) { self.init(LayerEntry(file)) }
}

extension LayerEntry? {
    /// Whether a layer of a script gives it one of overlayfs's own attributes.
    fileprivate func hasMark(_ name: String) -> Bool {
        self?.attributes?.contains { ["trusted.overlay.\(name)", "user.overlay.\(name)"].contains($0.text) } ?? false
    }
}

extension Cell {
    /// What the cell shows; pictures of scripts have no refuted ones.
    fileprivate var state: State {
        switch self {
        case .observed(let state), .predicted(let state), .refuted(_, let state): state
        }
    }
}

extension UpperState {
    /// Whether the cell says that a lookup finds something here.
    fileprivate var isSeen: Bool {
        switch self {
        case .whiteout, .removed: false
        default: true
        }
    }
}

extension LowerState {
    fileprivate var isSeen: Bool {
        switch self {
        case .present, .answers, .opaque, .elsewhere: true
        case .hidden, .whiteout, .kept, .deleted: false
        }
    }
}
