internal import Glibc
internal import LayerModel
internal import Linux

/// The directories that calls came through, so that the next call there costs two looks at the upper layer and no walk.
///
/// Nothing else than an observed call changes the tree of the upper layer, and one is in flight at a time: what was
/// seen of a directory stays true until a call is about a directory or a symbolic link, or could not be observed.
/// Then all is forgotten. A directory's size and links are read again after each call in it, and the last name of a
/// call is looked at each time. In debug builds every answer is held against `EvidenceCollector`'s.
final class KnownDirectories {
    /// One directory, by the path that a caller wrote.
    fileprivate final class Known {
        /// From the root to this one, as a lookup of a name in it has them.
        let directories: [UnionNode]
        /// Those that the upper layer lacks: a call may copy them up.
        let missing: [Path]
        /// What was looked at on the way here.
        var rows: [Evidence.Row]
        /// The rows that tell of directories in the upper layer.
        let uppers: [(row: Int, directory: UpperDirectory)]
        /// The upper layer's own, if it has one.
        let upper: UpperDirectory?
        /// The names that the lower layers hold here, from the top down.
        let lowers: [(layer: LayerID, names: Set<String>)]
        /// Names on which other filesystems are mounted.
        let mountPoints: Set<String>

        var path: Path { directories[directories.count - 1].path }

        init(
            directories: [UnionNode], rows: [Evidence.Row], uppers: [(row: Int, directory: UpperDirectory)],
            lowers: [(layer: LayerID, names: Set<String>)], mountPoints: Set<String>
        ) {
            self.directories = directories
            missing = directories.dropFirst().filter { !$0.isInUpper }.map(\.path)
            self.rows = rows
            self.uppers = uppers
            let path = directories[directories.count - 1].path
            upper = uppers.last.flatMap { $0.directory.path == path ? $0.directory : nil }
            self.lowers = lowers
            self.mountPoints = mountPoints
        }
    }

    /// What `EvidenceCollector` would have collected, and the way to read it again.
    struct Look {
        var collection: EvidenceCollector.Collection
        fileprivate var parent: Known
        /// What the upper layer held under each operand's name.
        fileprivate var before: [LayerEntry?]
    }

    private let layers: LayerDirectories
    private let mountPoints: Set<Path>
    private var known: [Path: Known?] = [:]
    private var last: (path: Path, known: Known)?
    private var opened: [Path: UpperDirectory] = [:]
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
        opened = [:]
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
        for (row, directory) in parent.uppers { parent.rows[row].entry = try directory.entry() }
        // An array of its own from the start: one shared with `parent` would be copied at the next call again.
        var rows: [Evidence.Row] = []
        rows.reserveCapacity(parent.rows.count + operands.count * (parent.lowers.count + 1))
        rows.append(contentsOf: parent.rows)
        var look = Look(
            collection: .init(evidence: Evidence(rows: rows), resolved: [], answer: nil, watched: parent.missing),
            parent: parent, before: [])
        rows = []
        for (index, operand) in operands.enumerated() {
            let path = parent.path.appending(operand.path.name!)
            if index > 0, look.collection.resolved.contains(path) { return nil }
            guard let top = try row(of: path, in: parent, last: operand.last, &look) else { return nil }
            if index == 0 { look.collection.answer = top.layer }
            look.collection.resolved.append(path)
            look.collection.watched.append(path)
        }
        return look
    }

    /// Looks at one name in all layers.
    ///
    /// - Returns: the layer that answers, if one does; `nil` where that is not to be told this way.
    private func row(
        of path: Path, in parent: Known, last: Lookup.LastLink, _ look: inout Look
    ) throws -> (layer: LayerID?, Void)? {
        let name = path.name!
        if parent.mountPoints.contains(name) { return nil }
        let upper = try parent.upper?.look(at: name)?.entry
        if let upper, upper.kind == .directory || upper.kind == .symlink { return nil }
        var answer: LayerID?
        var isDecided = false
        func consider(_ entry: LayerEntry?, in layer: LayerID) -> Bool {
            guard let entry, !isDecided, parent.directories[parent.directories.count - 1].layers.contains(layer) else {
                return true
            }
            isDecided = true
            if entry.kind == .whiteout { return true }
            answer = layer
            if entry.redirect != nil || entry.isMetacopy || entry.kind == .directory { return false }
            return entry.kind != .symlink || last == .name
        }
        if parent.upper != nil {
            look.collection.evidence.rows.append(Evidence.Row(path: path, layer: .upper, entry: upper))
            if !consider(upper, in: .upper) { return nil }
        }
        look.before.append(upper)
        for (layer, names) in parent.lowers {
            let entry = names.contains(name) ? try layers.entry(at: path, in: layer) : nil
            look.collection.evidence.rows.append(Evidence.Row(path: path, layer: layer, entry: entry))
            if !consider(entry, in: layer) { return nil }
        }
        return (answer, ())
    }

    /// What the upper layer holds under the names when the call has returned, and what the new files there take.
    ///
    /// - Throws: `SystemCallError`
    func after(_ look: Look) throws -> (rows: [Evidence.Row], costs: [Path: FileCost])? {
        guard let upper = look.parent.upper else {
            forgetAll()  // the call has copied the directory up, or may have
            return nil
        }
        upper.hasChanged()
        var rows: [Evidence.Row] = []
        var costs: [Path: FileCost] = [:]
        var staysKnown = look.parent.missing.isEmpty
        for (index, path) in look.collection.resolved.enumerated() {
            guard let path, let name = path.name else { continue }
            let now = try upper.look(at: name)
            if let kind = now?.entry.kind, kind == .directory || kind == .symlink { staysKnown = false }
            rows.append(Evidence.Row(path: path, layer: .upper, entry: now?.entry))
            if let now, now.entry.kind == .file, look.before[index]?.inode != now.entry.inode {
                costs[path] = try layers.cost(of: path, allocated: now.allocated)
            }
        }
        if !staysKnown {
            forgetAll()
            return nil
        }
        return (rows, costs)
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
        let rows = reader.evidence.rows
        var uppers: [(row: Int, directory: UpperDirectory)] = []
        for (place, row) in rows.enumerated() where row.layer == .upper {
            if let entry = row.entry, entry.kind == .directory, let directory = try open(row.path, entry) {
                uppers.append((place, directory))
            }
        }
        // The last of them shall be this very directory, where the upper layer has it.
        uppers.sort { $0.directory.path.components.count < $1.directory.path.components.count }
        if let place = uppers.firstIndex(where: { $0.directory.path == node.path }) {
            uppers.append(uppers.remove(at: place))
        }
        var lowers: [(layer: LayerID, names: Set<String>)] = []
        for layer in reader.layersFromTop.dropFirst() {
            if try layers.entry(at: node.path, in: layer)?.kind == .directory {
                lowers.append((layer, try layers.names(in: node.path, of: layer)))
            }
        }
        return Known(
            directories: node.path == .root ? [node] : resolution.directories + [node], rows: rows, uppers: uppers,
            lowers: lowers, mountPoints: Set(mountPoints.filter { $0.parent == node.path }.compactMap(\.name)))
    }

    private func open(_ path: Path, _ entry: LayerEntry) throws -> UpperDirectory? {
        if let directory = opened[path] { return directory }
        guard let descriptor = try layers.openUpper(path) else { return nil }
        let directory = UpperDirectory(path, descriptor, entry)
        opened[path] = directory
        return directory
    }
}
