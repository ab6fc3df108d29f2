internal import Glibc
internal import LayerModel
internal import Linux

/// The directories that calls came through, so that the next call there costs two looks at the upper layer and no walk.
///
/// Nothing else than an observed call changes the tree of the upper layer, and one is in flight at a time: what was
/// seen of a directory stays true until a call is about a directory or a symbolic link, or could not be observed.
/// Then all is forgotten. The last name of a call is looked at each time. In debug builds every answer is held against `EvidenceCollector`'s.
final class KnownDirectories {
    /// One directory, by the path that a caller wrote.
    fileprivate final class Known {
        /// Those that the upper layer lacks: a call may copy them up.
        let missing: [Path]
        /// What was looked at on the way here.
        let rows: [Evidence.Row]
        /// The upper layer's own, if it has one.
        var upper: UpperDirectory?
        /// The names that the lower layers hold here, from the top down.
        let lowers: [(layer: LayerID, names: Set<String>)]
        /// Names on which other filesystems are mounted.
        let mountPoints: Set<String>

        let path: Path
        /// The layers that the union merges here.
        let merged: [LayerID]
        let hasLinks: Bool

        init(
            _ directories: [UnionNode], rows: [Evidence.Row], upper: consuming UpperDirectory?,
            lowers: [(layer: LayerID, names: Set<String>)], mountPoints: Set<String>
        ) {
            path = directories[directories.count - 1].path
            merged = directories[directories.count - 1].layers
            hasLinks = rows.contains { $0.entry?.kind == .symlink }
            missing = directories.dropFirst().filter { !$0.isInUpper }.map(\.path)
            self.rows = rows
            self.upper = upper
            self.lowers = lowers
            self.mountPoints = mountPoints
        }
    }

    /// What was seen at the entry of a call, and later at its return. It is put into words when nobody waits for it.
    struct Look {
        fileprivate struct Name {
            let name: String
            let upper: LayerEntry?
            /// Of the directory's `lowers`, one each; none where they all lack the name.
            let lowers: [LayerEntry?]
            let answer: LayerID?
            var after: LayerEntry?
            var cost: FileCost?
        }

        fileprivate let parent: Known
        fileprivate var names: [Name]

        /// Whether the way led over a symbolic link.
        var hasFollowedLinks: Bool { parent.hasLinks }

        /// Whether the first name stands for a FIFO.
        var isFIFO: Bool {
            guard let first = names.first, first.answer != nil else { return false }
            return first.upper?.kind == .fifo || first.upper == nil && first.lowers.contains { $0?.kind == .fifo }
        }

        /// What `EvidenceCollector` would have collected.
        var collection: EvidenceCollector.Collection {
            var rows: [Evidence.Row] = []
            rows.reserveCapacity(parent.rows.count + names.count * (parent.lowers.count + 1))
            rows.append(contentsOf: parent.rows)
            var collection = EvidenceCollector.Collection(
                evidence: Evidence(), resolved: [], answer: names[0].answer, watched: parent.missing)
            for name in names {
                let path = parent.path.appending(name.name)
                if parent.upper != nil { rows.append(Evidence.Row(path: path, layer: .upper, entry: name.upper)) }
                for (index, lower) in parent.lowers.enumerated() {
                    rows.append(
                        Evidence.Row(
                            path: path, layer: lower.layer, entry: name.lowers.isEmpty ? nil : name.lowers[index]))
                }
                collection.resolved.append(path)
                collection.watched.append(path)
            }
            collection.evidence.rows = rows
            return collection
        }

        /// What `EvidenceCollector` would have read after the call.
        var after: [Evidence.Row] {
            names.map { Evidence.Row(path: parent.path.appending($0.name), layer: .upper, entry: $0.after) }
        }

        /// What the files take that stand under the names since.
        var costs: [Path: FileCost] {
            var costs: [Path: FileCost] = [:]
            for name in names {
                if let cost = name.cost { costs[parent.path.appending(name.name)] = cost }
            }
            return costs
        }
    }

    private let layers: LayerDirectories
    private let mountPoints: Set<Path>
    private var known: [Path: Known?] = [:]
    private var last: (path: Path, known: Known)?
    private static let limit = 128

    init(layers: LayerDirectories, mountPoints: Set<Path>) {
        self.layers = layers
        self.mountPoints = mountPoints
    }

    /// A call on directories or links, or one that could not be followed, may have changed the tree.
    func forgetAll() {
        if known.isEmpty { return }
        known = [:]
        last = nil
    }

    /// Takes the evidence of a call on names of one directory that are no directories and no links to be followed.
    ///
    /// - Returns: `nil` where it takes a walk.
    /// - Throws: `SystemCallError`
    func look(_ operation: FileOperation) throws -> Look? {
        if operation.isAboutAttributes || layers.hasMetacopy { return nil }
        let operands = operation.operands
        guard let first = operands.first, let parent = try directory(above: first.path) else { return nil }
        if operands.count > 1 {
            guard let other = try directory(above: operands[1].path), other === parent else { return nil }
        }
        var look = Look(parent: parent, names: [])
        for operand in operands {
            guard let name = operand.path.name, !look.names.contains(where: { $0.name == name }),
                let seen = try see(name, in: parent, last: operand.last)
            else { return nil }
            look.names.append(seen)
        }
        return look
    }

    /// Looks at one name in all layers.
    ///
    /// - Returns: `nil` where what it leads to is not to be told this way.
    private func see(_ name: String, in parent: Known, last: Lookup.LastLink) throws -> Look.Name? {
        if parent.mountPoints.contains(name) { return nil }
        var answer: LayerID?
        var isDecided = false
        func consider(_ entry: LayerEntry?, in layer: LayerID) -> Bool {
            guard let entry, !isDecided, parent.merged.contains(layer) else { return true }
            isDecided = true
            if entry.kind == .whiteout { return true }
            answer = layer
            if entry.redirect != nil || entry.isMetacopy || entry.kind == .directory { return false }
            return entry.kind != .symlink || last == .name
        }
        var upper: LayerEntry?
        if parent.upper != nil {
            upper = try parent.upper!.look(at: name)?.entry
            if let upper, upper.kind == .directory || upper.kind == .symlink { return nil }
            if !consider(upper, in: .upper) { return nil }
        }
        var lowers: [LayerEntry?] = []
        if parent.lowers.contains(where: { $0.names.contains(name) }) {
            let path = parent.path.appending(name)
            for (layer, names) in parent.lowers {
                let entry = names.contains(name) ? try layers.entry(at: path, in: layer) : nil
                lowers.append(entry)
                if !consider(entry, in: layer) { return nil }
            }
        }
        return Look.Name(name: name, upper: upper, lowers: lowers, answer: answer)
    }

    /// Reads what the upper layer holds under the names when the call has returned, and what new files there take.
    ///
    /// - Returns: whether that tells all that the call can have changed.
    /// - Throws: `SystemCallError`
    func conclude(_ look: inout Look) throws -> Bool {
        let parent = look.parent
        // Where directories are missing in the upper layer, the call may have copied them up.
        guard parent.upper != nil, parent.missing.isEmpty else {
            forgetAll()
            return false
        }
        for index in look.names.indices {
            let name = look.names[index]
            guard let now = try parent.upper!.changed(at: name.name) else { continue }
            if now.entry.kind == .directory || now.entry.kind == .symlink {
                forgetAll()
                return false
            }
            look.names[index].after = now.entry
            if now.entry.kind == .file, name.upper?.inode != now.entry.inode {
                look.names[index].cost = try layers.cost(
                    of: parent.path.appending(name.name), allocated: now.allocated)
            }
        }
        return true
    }

    // MARK: - Directories

    /// The directory that a path's last name stands in; `nil` where the path ends otherwise than in a plain name.
    private func directory(above path: Path) throws -> Known? {
        guard let name = path.name, name != "..", !path.demandsDirectory, name.utf8.count <= 255 else { return nil }
        if let last, path.components.count == last.path.components.count + 1,
            path.components.starts(with: last.path.components)
        {
            return last.known
        }
        let parent = path.parent
        let found: Known?
        if let known = known[parent] {
            found = known
        } else {
            if known.count >= Self.limit { forgetAll() }
            found = try walk(to: parent)
            known[parent] = .some(found)
        }
        if let found { last = (parent, found) }
        return found
    }

    private func walk(to path: Path) throws -> Known? {
        var reader = RecordingReader(BoundedReader(layers, mountPoints: mountPoints))
        let resolution: Resolution
        do {
            resolution = try Lookup(by: nil).resolve(path, .follow, over: &reader)
        } catch is Errno {
            return nil
        } catch is Unmodelled {
            return nil
        } catch is LeavesUnion {
            return nil
        }
        guard let node = resolution.node, node.isDirectory else { return nil }
        for ancestor in node.path.ancestors + (node.path == .root ? [] : [node.path]) {
            for layer in reader.layersFromTop { _ = try reader.entry(at: ancestor, in: layer) }
        }
        var lowers: [(layer: LayerID, names: Set<String>)] = []
        for layer in reader.layersFromTop.dropFirst() {
            if try layers.entry(at: node.path, in: layer)?.kind == .directory {
                lowers.append((layer, try layers.names(in: node.path, of: layer)))
            }
        }
        return Known(
            node.path == .root ? [node] : resolution.directories + [node], rows: reader.evidence.rows,
            upper: try layers.openUpper(node.path),
            lowers: lowers, mountPoints: Set(mountPoints.filter { $0.parent == node.path }.compactMap(\.name)))
    }
}
