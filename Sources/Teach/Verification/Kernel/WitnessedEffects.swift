internal import LayerModel

/// The effects of one call in the making.
struct WitnessedEffects {
    let look: EffectWitness.Look
    let witness: EffectWitness
    var list: [LayerEffect] = []

    /// A directory above an operand.
    mutating func directory(_ path: ByteString) {
        guard look.held[path] == nil, let source = look.sources[path],
            witness.held(path)?.kind == .directory
        else {
            return
        }
        add(.parentCopyUp, path, layer: source.layer)
    }

    /// An operand whose name no other operand takes over.
    mutating func name(_ path: ByteString) {
        switch (look.held[path], witness.held(path)) {
        case (nil, nil): break
        case (let was?, nil): if !isWhiteout(was) { add(.remove, path) }
        case (_, let now?) where isWhiteout(now): hidden(path)
        case (nil, let now?):
            if let source = look.sources[path] { copied(path, source, now) } else { created(path, now) }
        case (let was?, let now?):
            if was.inode != now.inode || was.kind != now.kind {
                created(path, now)
                return
            }
            if was.isMetacopy, !now.isMetacopy, let source = look.sources[path] {
                add(.copyUp, path, layer: source.layer, size: now.size)
            }
            if now.isOpaque, !was.isOpaque { add(.opaque, path) }
            if let redirect = now.redirect, redirect != was.redirect { add(.redirect, path) }
        }
    }

    /// A rename that succeeded: what stood at `old` is at `new`, and the other way round in an exchange.
    mutating func renamed(_ old: ByteString, _ new: ByteString, exchange: Bool) {
        // One inode under two names stays as it is (rename(2)); then the layer has not changed.
        let oldNow = witness.held(old)
        let isUnchanged =
            look.held[old]?.inode == oldNow?.inode && look.held[old]?.kind == oldNow?.kind
        guard !isUnchanged, let moved = witness.held(new) else { return }
        let moves = exchange ? [(old, new, moved), (new, old, oldNow ?? moved)] : [(old, new, moved)]
        for (from, to, object) in moves {
            if look.held[from] == nil, let source = look.sources[from] {
                copied(from, source, object, isMoved: true)
            }
            // What an index joins may have had it under yet another name.
            created(to, object, redirect: look.held[from]?.redirect ?? look.redirects[object.inode])
        }
        if exchange { return }
        if let oldNow, isWhiteout(oldNow) {
            hidden(old)
        } else if look.held[old] != nil {
            add(.remove, old)
        }
    }

    /// A filesystem that is no union has no whiteouts: there a device 0:0 is a device.
    private func isWhiteout(_ entry: LayerEntry) -> Bool { witness.prefix != nil && entry.kind == .whiteout }

    private mutating func hidden(_ path: ByteString) {
        let was = look.held[path]
        if let was, isWhiteout(was) { return }
        if was != nil { add(.remove, path) }
        add(.whiteout, path, layer: look.nearest[path] ?? .upper)
    }

    private mutating func copied(
        _ path: ByteString, _ source: EffectWitness.Source, _ now: LayerEntry, isMoved: Bool = false
    ) {
        add(.copyUp, path, layer: source.layer, size: now.kind == .file ? now.size : nil)
        if !source.isDirectory, source.links > 1, !witness.hasIndex { add(.linkBroken, path, layer: source.layer) }
        if !isMoved, let redirect = now.redirect, redirect != look.redirects[now.inode] { add(.redirect, path) }
    }

    /// - Parameter redirect: what the object had under another name: a redirect is told when it is new.
    private mutating func created(_ path: ByteString, _ now: LayerEntry, redirect: ByteString? = nil) {
        add(.create, path, size: now.kind == .file ? now.size : nil)
        if now.isOpaque { add(.opaque, path) }
        if let new = now.redirect, new != redirect { add(.redirect, path) }
    }

    private mutating func add(
        _ kind: LayerEffect.Kind, _ path: ByteString, layer: LayerID = .upper, size: Int64? = nil
    ) {
        list.append(LayerEffect(kind, Path(path.text), layer: layer, size: size))
    }
}
