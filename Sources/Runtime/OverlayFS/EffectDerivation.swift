public import Events
public import LayerModel

/// Tells the effects of one call from what the upper layer held before and after it. No driver's rules are asked:
/// the lower layers serve only to name the one that a copy came from or that a whiteout hides.
///
/// How the marks are read, name by name of the upper layer:
/// - A directory above an operand that appears is a `parent-copy-up`; so is the directory of an O_TMPFILE.
/// - An operand that appears where the union showed something lower is a `copy-up`, with a `link-broken` where that
///   was a non-directory of several names; where the union showed nothing it is a `create`.
/// - A name that goes away is a `remove`; one that a whiteout takes the place of is a `remove` and a `whiteout`.
/// - A whiteout that goes away because its name is made again is implied by the `create`.
/// - Another object under a name that stays (rename over it, RENAME_EXCHANGE) is a `create` alone.
/// - A created directory that is opaque, or one that becomes so, is `opaque`.
public struct EffectDerivation {
    let before: Evidence
    let after: [Path: LayerEntry?]
    private var reader: EvidenceReader
    private var effects: [ObservedEffect] = []

    /// The effects in canonical order.
    ///
    /// - Parameters:
    ///   - cost: What a regular file of the upper layer takes now; `LayerDirectories.cost(at:)`.
    /// - Throws: what `cost` throws.
    public static func effects(
        of operation: FileOperation, errno: Errno?, collection: EvidenceCollector.Collection, after: [Evidence.Row],
        cost: (Path) throws -> FileCost?
    ) throws -> [ObservedEffect] {
        var derivation = EffectDerivation(collection.evidence, after)
        let operands = collection.resolved.compactMap { $0 }
        for row in after where !operands.contains(row.path) { derivation.directory(row.path) }
        if case .rename(_, _, let flags) = operation, errno == nil, operands.count == 2, operands[0] != operands[1] {
            try derivation.renamed(operands[0], operands[1], exchange: flags.contains(.exchange), cost)
        } else {
            let holdsTemporary =
                if case .open(_, let flags, _) = operation { flags.contains(.temporary) } else { false }
            var seen: Set<Path> = []
            for path in operands where seen.insert(path).inserted {
                if holdsTemporary { derivation.directory(path) } else { try derivation.name(path, cost) }
            }
        }
        return derivation.effects.sorted { $0.effect < $1.effect }
    }

    private init(_ before: Evidence, _ after: [Evidence.Row]) {
        self.before = before
        self.after = Dictionary(after.map { ($0.path, $0.entry) }, uniquingKeysWith: { $1 })
        reader = EvidenceReader(before)
    }

    /// A directory above an operand.
    private mutating func directory(_ path: Path) {
        guard let now = after[path] ?? nil, now.kind == .directory, held(path) == nil, let source = lower(path) else {
            return
        }
        add(.parentCopyUp, path, layer: source.layer)
    }

    /// An operand whose name no other operand takes over.
    private mutating func name(_ path: Path, _ cost: (Path) throws -> FileCost?) throws {
        let was = held(path)
        let now = after[path] ?? nil
        switch (was, now) {
        case (nil, nil): break
        case (let was?, nil): if was.kind != .whiteout { add(.remove, path) }
        case (_, let now?) where now.kind == .whiteout: hidden(path)
        case (nil, let now?):
            if let source = lower(path) {
                try copied(path, source, now, cost(path))
            } else {
                try created(path, now, cost(path))
            }
        case (let was?, let now?):
            if was.inode != now.inode || was.kind != now.kind {
                try created(path, now, cost(path))
            } else if now.isOpaque, !was.isOpaque {
                add(.opaque, path)
            }
        }
    }

    /// A rename that succeeded: what stood at `old` is at `new`, and the other way round in an exchange.
    private mutating func renamed(
        _ old: Path, _ new: Path, exchange: Bool, _ cost: (Path) throws -> FileCost?
    ) throws {
        // One inode under two names stays as it is (rename(2)); then the upper layer has not changed.
        let oldNow = after[old] ?? nil
        let isUnchanged = held(old)?.inode == oldNow?.inode && held(old)?.kind == oldNow?.kind
        guard !isUnchanged, let moved = after[new] ?? nil else { return }
        let moves = exchange ? [(old, new, moved), (new, old, oldNow ?? moved)] : [(old, new, moved)]
        for (from, to, object) in moves {
            if held(from) == nil, let source = lower(from) { try copied(from, source, object, cost(to)) }
            try created(to, object, cost(to))
        }
        if exchange { return }
        if let oldNow, oldNow.kind == .whiteout {
            hidden(old)
        } else if held(old) != nil {
            add(.remove, old)
        }
    }

    private mutating func hidden(_ path: Path) {
        let was = held(path)
        if was?.kind == .whiteout { return }
        if was != nil { add(.remove, path) }
        add(.whiteout, path, layer: nearestLower(path) ?? .upper)
    }

    private mutating func copied(_ path: Path, _ source: UnionNode, _ now: LayerEntry, _ cost: FileCost?) throws {
        add(.copyUp, path, layer: source.layer, size: now.kind == .file ? now.size : nil, cost)
        if !source.isDirectory, source.entry.links > 1 { add(.linkBroken, path, layer: source.layer) }
    }

    private mutating func created(_ path: Path, _ now: LayerEntry, _ cost: FileCost?) throws {
        add(.create, path, size: now.kind == .file ? now.size : nil, cost)
        if now.isOpaque { add(.opaque, path) }
    }

    private mutating func add(
        _ kind: LayerEffect.Kind, _ path: Path, layer: LayerID = .upper, size: Int64? = nil, _ cost: FileCost? = nil
    ) {
        let effect = LayerEffect(kind, path, layer: layer, size: size)
        effects.append(ObservedEffect(effect, allocated: cost?.allocated, shared: cost?.shared))
    }
}

extension EffectDerivation {
    /// What the upper layer held before.
    private func held(_ path: Path) -> LayerEntry? { (try? reader.entry(at: path, in: .upper)) ?? nil }

    /// What the union showed before, where a lower layer was the one to answer.
    private mutating func lower(_ path: Path) -> UnionNode? {
        guard let node = try? Lookup(by: nil).resolve(path, .name, over: &reader).node, !node.isInUpper else {
            return nil
        }
        return node
    }

    /// The nearest lower layer that holds the name in a directory which the union merged.
    private mutating func nearestLower(_ path: Path) -> LayerID? {
        guard let parent = try? Lookup(by: nil).resolve(path, .name, over: &reader).parent else { return nil }
        return parent.lowers.first { ((try? reader.entry(at: path, in: $0)) ?? nil) != nil }
    }
}
