internal import Events
internal import LayerModel
internal import Pictures

/// Reads one container's column of the matrix: what each layer holds at a path, and what of it a lookup finds.
struct ColumnReading {
    private let entries: [Path: [LayerID: LayerEntry]]
    private let lowerCount: Int
    private let evidence: Evidence
    private let operations: [ObservedOperation]
    private let effects: [ObservedEffect]

    init(snapshot: StackSnapshot, operations: [ObservedOperation]) {
        var entries: [Path: [LayerID: LayerEntry]] = [:]
        var rows = snapshot.rows
        for index in rows.indices {
            let row = rows[index]
            // A name is in the upper layer only if the directories above it are.
            let isBeneathNothing =
                row.layer == .upper && row.path.ancestors.contains { entries[$0]?[.upper]?.kind != .directory }
            if isBeneathNothing { rows[index].entry = nil }
            if let entry = rows[index].entry { entries[row.path, default: [:]][row.layer] = entry }
        }
        self.entries = entries
        self.operations = operations
        lowerCount = snapshot.lowerCount
        evidence = Evidence(rows: rows)
        effects = operations.flatMap(\.effects)
    }

    /// What the process sees.
    func merged(_ path: Path) -> MergedState? {
        if let refused = operations.last(where: { $0.errno != nil && $0.resolved.contains(path) }),
            effects(at: path).isEmpty,
            let errno = refused.errno, errno != .ENOENT
        {
            return .refused(errno)
        }
        guard let node = found(path) else { return .missing }
        if node.isDirectory, node.layers.count > 1 { return .mergedDirectory(entries: nil) }
        return Content(node.entry).map { .present($0, from: node.layers[0]) } ?? .missing
    }

    /// What the writable layer holds.
    func upper(_ path: Path) -> UpperState? {
        let mine = effects(at: path)
        guard let entry = entries[path]?[.upper] else {
            return mine.contains { $0.effect.kind == .remove } ? .removed : nil
        }
        let recency: Recency = mine.isEmpty ? .earlier : .thisStep
        if entry.kind == .whiteout { return .whiteout(recency) }
        if entry.isOpaque { return .opaque(entries: nil, recency) }
        guard let content = Content(entry) else { return nil }
        if let copy = copyUp(path, mine, content) { return .copiedUp(copy, recency) }
        return mine.isEmpty ? .unchanged(content) : .added(content, recency)
    }

    /// What the read-only layer `number` holds.
    func lower(_ path: Path, _ number: Int) -> LowerState? {
        guard let entry = entries[path]?[.lower(number)] else { return nil }
        if entry.kind == .whiteout { return .whiteout }
        let node = found(path)
        if entry.isOpaque, node?.layers.contains(.lower(number)) == true { return .opaque(entries: nil) }
        guard let content = Content(entry) else { return nil }
        guard let node, node.layers.contains(.lower(number)) else { return .hidden(content) }
        let wasRead = operations.contains { $0.answer == .lower(number) && $0.resolved.first == path }
        return wasRead && node.layers.first == .lower(number) ? .answers(content) : .present(content)
    }

    // MARK: - Lookup

    private func found(_ path: Path) -> UnionNode? {
        var reader = EvidenceReader(evidence, lowerCount: lowerCount)
        return try? Lookup(by: nil).resolve(path, .name, over: &reader).node
    }

    private func effects(at path: Path) -> [ObservedEffect] { effects.filter { $0.effect.path == path } }

    /// What was copied: as big as it was then, whatever has been written into it since.
    private func copied(_ effect: ObservedEffect, _ content: Content) -> Content {
        effect.effect.size.map { .file(size: $0) } ?? content
    }

    /// The copy-up that brought an object to its place: in this step, as its effects tell, or earlier, as the entry of
    /// the same kind beneath it tells.
    private func copyUp(_ path: Path, _ mine: [ObservedEffect], _ content: Content) -> CopyUp? {
        let isBroken = mine.contains { $0.effect.kind == .linkBroken }
        if let effect = mine.last(where: { [.copyUp, .parentCopyUp].contains($0.effect.kind) }),
            case .lower(let source) = effect.effect.layer
        {
            return CopyUp(
                content, copied: copied(effect, content), fromLayer: source, allocated: effect.allocated,
                shared: effect.shared, breaksLink: isBroken)
        }
        if mine.contains(where: { $0.effect.kind == .create }) {
            // rename(2) of a lower file copies it up under its old name first.
            for operation in operations {
                guard case .rename = operation.call, operation.resolved.last == path,
                    let effect = operation.effects.first(where: { $0.effect.kind == .copyUp }),
                    case .lower(let source) = effect.effect.layer
                else { continue }
                return CopyUp(
                    content, copied: copied(effect, content), fromLayer: source, fromPath: effect.effect.path,
                    allocated: effect.allocated, shared: effect.shared, breaksLink: isBroken)
            }
            return nil
        }
        guard let kind = entries[path]?[.upper]?.kind else { return nil }
        for number in (1...max(lowerCount, 1)).reversed() {
            guard let entry = entries[path]?[.lower(number)] else { continue }
            guard entry.kind == kind else { return nil }
            return CopyUp(content, fromLayer: number)
        }
        return nil
    }
}
