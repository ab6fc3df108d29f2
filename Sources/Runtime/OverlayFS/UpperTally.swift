internal import Events
internal import LayerModel

/// Keeps account of what the upper layer holds by what was recorded, so that a last look at the directory finds what
/// the observer missed.
///
/// What it finds:
/// - always: names that came or went, objects that were replaced, modes, owners, opaque marks, and extended attributes
///   of the classes that only calls change (`user.`, `trusted.`, capabilities, access control lists), names and values;
/// - of a regular file the size and the set-id bits, as long as no observed call has opened it for writing: what is
///   written through an open descriptor or into mapped memory makes no call that stops.
///
/// What no last look can tell is left out: contents of the same length, times, and what was changed and changed back.
struct UpperTally {
    private let layers: LayerDirectories
    private var names: [Path: UInt64] = [:]
    private var objects: [UInt64: UpperObject] = [:]

    init(layers: LayerDirectories) { self.layers = layers }

    /// Starts from what is there now: a container may have run before.
    ///
    /// - Throws: `SystemCallError`
    mutating func begin() throws {
        names = [:]
        objects = [:]
        for (path, entry) in try layers.upperEntries() {
            var attributes = ExpectedAttributes()
            if entry.attributes?.isEmpty == false {
                attributes.values = try layers.attributeValues(at: path, in: .upper).mapValues { .bytes($0) }
            }
            names[path] = entry.inode
            objects[entry.inode] = UpperObject(entry, attributes: attributes)
        }
    }

    /// Applies what one call was seen to do.
    ///
    /// - Parameter attributes: what a call about extended attributes has left of them.
    mutating func account(for operation: ObservedOperation, attributes: [ByteString: [UInt8]]? = nil) {
        if case .rename(_, _, let flags) = operation.call, operation.errno == nil,
            let old = operation.resolved.first ?? nil,
            let new = operation.resolved.last ?? nil, old != new
        {
            let moved = takeAll(beneath: old)
            if flags.contains(.exchange) {
                let other = takeAll(beneath: new)
                put(other, beneath: old)
            } else {
                _ = takeAll(beneath: new)  // whiteouts in a directory that is replaced
            }
            put(moved, beneath: new)
        }
        for effect in operation.effects.lazy.map(\.effect) where effect.kind == .remove {
            // Whiteouts go with a directory that the union shows as empty (rmdir(2)).
            _ = takeAll(beneath: effect.path)
            names[effect.path] = nil
        }
        for effect in operation.effects.lazy.map(\.effect) {
            switch effect.kind {
            case .create: created(effect.path, by: operation)
            case .copyUp, .parentCopyUp: copied(effect, by: operation)
            case .whiteout, .opaque: note(effect.path, after: operation)
            case .remove, .linkBroken, .redirect: break
            }
        }
        if operation.errno == nil, let path = operation.resolved.first ?? nil {
            changed(path, by: operation, attributes: attributes)
        }
    }

    // MARK: - One call

    /// What the upper layer held already changes without an effect.
    private mutating func changed(_ path: Path, by operation: ObservedOperation, attributes: [ByteString: [UInt8]]?) {
        switch operation.call {
        case .open(_, let flags, _):
            if flags.contains(.temporary) || !flags.isWritable && !flags.contains(.truncate) { return }
            guard let inode = names[path] else { return }
            if flags.isWritable { objects[inode]?.isWritten = true }
            if flags.contains(.truncate) { cut(path, by: operation) }
        case .truncate: cut(path, by: operation)
        case .chmod:
            note(path, after: operation)
            // The mode is part of the list.
            alter(path) { attributes in
                for name in attributes.values.keys where ExpectedAttributes.isList(name) {
                    attributes.values[name] = .unknown
                }
            }
        case .chown:
            note(path, after: operation)
            alter(path) { $0.mayLoseCapability = true }
        case .setxattr, .removexattr:
            note(path, after: operation)
            guard let attributes, let inode = names[path] else { return }
            objects[inode]?.attributes = ExpectedAttributes(values: attributes.mapValues { .bytes($0) })
        default: break
        }
    }

    private mutating func cut(_ path: Path, by operation: ObservedOperation) {
        note(path, after: operation)
        alter(path) { $0.mayLoseCapability = true }
    }

    private mutating func alter(_ path: Path, _ body: (inout ExpectedAttributes) -> Void) {
        guard let inode = names[path], objects[inode]?.attributes != nil else { return }
        body(&objects[inode]!.attributes!)
    }

    /// A name that stands for another object than before.
    private mutating func created(_ path: Path, by operation: ObservedOperation) {
        guard let entry = operation.entry(after: path) else { return }
        names[path] = entry.inode
        switch operation.call {
        case .rename(let old, let new, _):
            // The copy of a lower object has its effect under the old name, where it is no longer.
            let other =
                operation.resolved.last == path ? operation.resolved.first ?? old : operation.resolved.last ?? new
            let copy = operation.effects.first { $0.effect.kind == .copyUp && $0.effect.path == other }
            if let copy {
                objects[entry.inode] = UpperObject(entry, attributes: attributes(of: copy.effect, in: operation))
            } else {
                update(entry)
            }
        case .link, .linkDescriptor(.named, _, _): update(entry)
        case .linkDescriptor(.nameless, _, _):
            // It was made open for writing (O_TMPFILE), and what was done to it until now has no name.
            objects[entry.inode] = UpperObject(entry, isWritten: true, attributes: nil)
        case let call:
            var attributes = ExpectedAttributes()
            if let parent = names[path.parent].flatMap({ objects[$0]?.attributes }) {
                attributes.mayInheritList =
                    parent.mayInheritList || parent.values[ExpectedAttributes.defaultList] != nil
            }
            objects[entry.inode] = UpperObject(entry, isWritten: call?.opensForWriting == true, attributes: attributes)
        }
    }

    private mutating func copied(_ effect: LayerEffect, by operation: ObservedOperation) {
        guard let entry = operation.entry(after: effect.path) else { return }
        if case .rename = operation.call, effect.kind == .copyUp { return }
        names[effect.path] = entry.inode
        objects[entry.inode] = UpperObject(
            entry, isWritten: effect.kind == .copyUp && operation.call?.opensForWriting == true,
            attributes: attributes(of: effect, in: operation))
    }

    private func attributes(of copy: LayerEffect, in operation: ObservedOperation) -> ExpectedAttributes? {
        let source = operation.evidence.rows.first { $0.path == copy.path && $0.layer == copy.layer }
        return (source?.entry?.attributes).map { names in
            var attributes = ExpectedAttributes()
            for name in names { attributes.values[name] = .copied(from: copy.path, copy.layer) }
            return attributes
        }
    }

    private mutating func note(_ path: Path, after operation: ObservedOperation) {
        guard let entry = operation.entry(after: path) else { return }
        if names[path] != entry.inode, objects[entry.inode]?.canBe(entry) != true {
            objects[entry.inode] = nil
        }
        names[path] = entry.inode
        update(entry)
    }

    private mutating func update(_ entry: LayerEntry) {
        if objects[entry.inode] == nil {
            objects[entry.inode] = UpperObject(entry, attributes: nil)
        } else {
            objects[entry.inode]!.update(entry)
        }
    }

    /// Takes out the names beneath a directory, as they are called from there.
    private mutating func takeAll(beneath directory: Path) -> [(rest: ArraySlice<ByteString>, inode: UInt64)] {
        guard objects[names[directory] ?? 0]?.isDirectory == true else { return [] }
        let depth = directory.components.count
        let beneath = names.filter { $0.key.components.count > depth && $0.key.isAtOrBeneath(directory) }
        for path in beneath.keys { names[path] = nil }
        return beneath.map { ($0.key.components.dropFirst(depth), $0.value) }
    }

    private mutating func put(_ moved: [(rest: ArraySlice<ByteString>, inode: UInt64)], beneath directory: Path) {
        for (rest, inode) in moved { names[Path(components: directory.components + rest)] = inode }
    }

    // MARK: - The last look

    /// What there is without a recorded call that made it so: one hole for each name that came, went or was replaced,
    /// and one for each object that differs.
    ///
    /// - Throws: `SystemCallError`
    func unattributed() throws -> [Hole] {
        let found = try layers.upperEntries()
        var holes: [Hole] = []
        var seen: Set<UInt64> = []
        for (path, entry) in found.sorted(by: { $0.key < $1.key }) {
            let reason: String
            if names[path] == nil {
                reason = "the upper layer holds a name that no observed call made"
            } else if names[path] != entry.inode || objects[entry.inode]?.canBe(entry) == false {
                reason = "the upper layer holds another object under this name than the observed calls left there"
            } else if let object = objects[entry.inode], seen.insert(entry.inode).inserted,
                case let nouns = try differences(of: object, from: entry, at: path), !nouns.isEmpty
            {
                reason =
                    "what the upper layer holds has another \(nouns.joined(separator: " and another ")) than the "
                    + "observed calls gave it"
            } else {
                continue
            }
            holes.append(Hole(path: path.description, reason: reason))
        }
        let went = names.keys.filter { found[$0] == nil }.sorted().map {
            Hole(path: $0.description, reason: "a name left the upper layer without an observed call")
        }
        return holes + went
    }

    private func differences(of object: UpperObject, from found: LayerEntry, at path: Path) throws -> [String] {
        var nouns = object.differences(from: found)
        if let expected = object.attributes, let names = found.attributes {
            let holds = try expected.hold(
                for: names, isWritten: object.isWritten, takes: layers.upperTakes,
                foundValues: { try layers.attributeValues(at: path, in: .upper) },
                lowerValues: { try layers.attributeValues(at: $0, in: $1) })
            if !holds { nouns.append("set of extended attributes") }
        }
        return nouns
    }
}

extension ObservedOperation {
    fileprivate func entry(after path: Path) -> LayerEntry? { after.first { $0.path == path }?.entry }
}

extension FileOperation {
    fileprivate var opensForWriting: Bool {
        if case .open(_, let flags, _) = self { flags.isWritable } else { false }
    }
}
