public import LayerModel
public import Pictures
public import Scripts
public import StorageDrivers

/// The layers of a script as they are when it has run so far, as a matrix: every cell is what the model answers when it
/// is asked for that name in that layer.
public struct ScriptPicture: Sendable {
    private let script: Script
    private let driver: StorageDriverKind
    private let recency: Recency
    private var provenance = Provenance()
    private var named: [Path] = []
    private var changed: [Path] = []

    /// - Parameter recency: Whether what the script did is what the picture tells, or went before that.
    public init(_ script: Script, driver: StorageDriverKind, recency: Recency = .thisStep) {
        self.script = script
        self.driver = driver
        self.recency = recency
    }

    /// Takes note of a line that was run.
    public mutating func add(_ line: OperationLine, _ report: OperationReport) {
        provenance.add(line, report)
        changed += report.effects.filter { $0.kind != .parentCopyUp }.map(\.path)
        named += line.operation.paths
    }

    /// The names that the operations changed or named; where those are few, those of the layers too.
    public var columns: [Path] {
        var columns: [Path] = []
        var known: Set<Path> = [.root]
        func add(_ path: Path) {
            let path = path.withoutTrailingSlash
            if known.insert(path).inserted { columns.append(path) }
        }
        changed.forEach(add)
        for path in named where columns.count < Self.mostColumns { add(path) }
        for layer in script.layers { for line in layer where columns.count < 6 { add(line.path) } }
        return Array(columns.prefix(Self.mostColumns))
    }

    private static let mostColumns = 24

    /// - Parameters:
    ///   - mount: The mount on which the script has run so far; it is looked at as a copy.
    ///   - columns: The names to show; symbolic links on the way are followed, and what leads to one name is shown once.
    public func matrix(
        of mount: SimulatedMount, columns: [Path], caption: LayerMatrix.Caption
    ) -> LayerMatrix {
        var mount = mount
        // The root is no column, whatever leads to it (`/..`).
        var seen: Set<Path> = [.root]
        let sights = mount.sights(of: columns, by: .scriptRoot).filter { seen.insert($0.path).inserted }
        var stack = LayerMatrix.Stack(name: driver.rawValue)
        for sight in sights {
            stack.merged[sight.path] = .predicted(merged(sight))
            stack.upper[sight.path] = upper(sight).map(Cell.predicted)
        }
        let rows = script.layers.indices.reversed().map { index in
            let number = index + 1
            var layer = LayerMatrix.Layer(
                number: number, createdBy: "image layer",
                size: script.layers[index].reduce(0) { $0.addingReportingOverflow($1.bytes).partialValue })
            for sight in sights { layer.cells[sight.path] = lower(sight, number).map(Cell.observed) }
            return LayerMatrix.LowerRow.layer(layer)
        }
        return LayerMatrix(
            caption: caption, columns: sights.map(\.path), stacks: [stack], lowerRows: rows, moment: .script)
    }

    private func merged(_ sight: PathSight) -> MergedState {
        // A name that was not there is no refusal: the cell says so anyway.
        let told = recency == .thisStep ? provenance.refusals[sight.path] : nil
        let refusal = told == .ENOENT ? nil : told
        switch sight.merged {
        case .failure(let errno):
            if let refusal, errno == .ENOENT { return .refused(refusal) }
            return errno == .ENOENT ? .missing : .unreachable(errno)
        case .success(let entry):
            guard let content = Content(entry), let top = sight.places.first else { return .missing }
            if let refusal { return .refused(refusal, showing: content) }
            if entry.kind == .directory, sight.places.count > 1 { return .mergedDirectory(entries: nil) }
            return .present(content, from: top.layer)
        }
    }

    private func upper(_ sight: PathSight) -> UpperState? {
        let path = sight.path
        let place = sight.places.first { $0.layer == .upper }
        guard let entry = sight.held[.upper] else {
            if let place, place.path != path, let content = Content(place.entry) {
                return .elsewhere(content, at: place.path)
            }
            let isGone = sight.descents[.upper] == .deleted || provenance.removed.contains(path)
            return isGone && recency == .thisStep ? .removed : nil
        }
        if entry.kind == .whiteout { return .whiteout(recency) }
        guard let content = Content(entry) else { return nil }
        switch sight.descents[.upper] {
        case .kept(let layer)?: return .kept(content, fromLayer: layer)
        case .changed(let layer)?: return .changed(content, fromLayer: layer)
        case .own?, .deleted?: return .added(content, recency)
        case nil: break
        }
        if entry.isOpaque { return .opaque(entries: nil, recency) }
        if let redirect = entry.redirect, entry.kind == .directory { return .redirect(to: redirect.text, recency) }
        guard let copy = provenance.copies[path] else { return .added(content, recency) }
        return .copiedUp(
            CopyUp(
                content, copied: copy.size.map { .file(size: $0) }, fromLayer: copy.fromLayer,
                fromPath: copy.path == path ? nil : copy.path, breaksLink: copy.breaksLink,
                isMetadataOnly: entry.isMetacopy), recency)
    }

    private func lower(_ sight: PathSight, _ number: Int) -> LowerState? {
        let layer = LayerID.lower(number)
        let own = sight.held[layer]
        if let descent = sight.descents[layer] {
            guard let own, let content = Content(own) else { return descent == .deleted ? .deleted : nil }
            if case .kept(let source) = descent { return .kept(content, fromLayer: source) }
            return .present(content)
        }
        if let place = sight.places.first(where: { $0.layer == layer }) {
            if place.path == sight.path {
                let own = place.entry
                if own.isOpaque { return .opaque(entries: nil) }
                return Content(own).map(LowerState.present)
            }
            if let content = Content(place.entry) { return .elsewhere(content, at: place.path) }
        }
        guard let own else { return nil }
        return own.kind == .whiteout ? .whiteout : Content(own).map(LowerState.hidden)
    }
}

extension LayerLine {
    /// The bytes that the line puts into the layer.
    fileprivate var bytes: Int64 {
        if case .file(_, _, let contents) = self { contents.size } else { 0 }
    }
}
