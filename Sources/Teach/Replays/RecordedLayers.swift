import Events
import LayerModel
import StorageDrivers

/// What the evidence of a run's calls tells of one container's layers before the first of them.
struct RecordedLayers {
    /// How many read-only layers there are.
    let lowerCount: Int
    private(set) var lowers: [LayerID: [Path: LayerEntry]] = [:]
    /// The writable layer when the record began.
    private(set) var upper: [Path: LayerEntry] = [:]
    /// The names that were looked at in the lower layers, whether anything was there or not.
    private(set) var seen: Set<Path> = []
    private var seenInUpper: Set<Path> = []
    /// Where directories went that calls renamed, in order.
    private var moves: [(old: Path, new: Path)] = []

    init(lowerCount: Int) { self.lowerCount = lowerCount }

    /// Takes in what a call saw at its entry. Calls come in the order in which they were made.
    mutating func add(_ operation: ObservedOperation) {
        for row in operation.evidence.rows {
            if row.layer == .upper {
                // What was there before the first call: a directory that was renamed stood under another name.
                let path = origin(of: row.path)
                guard seenInUpper.insert(path).inserted, !isBeneathNothing(path) else { continue }
                upper[path] = row.entry
            } else {
                seen.insert(row.path)
                if let entry = row.entry { lowers[row.layer, default: [:]][row.path] = entry }
            }
        }
        if operation.errno == nil, case .rename(_, _, let flags)? = operation.call, operation.resolved.count == 2,
            let old = operation.resolved[0], let new = operation.resolved[1], old != new
        {
            moves.append((old, new))
            if flags.contains(.exchange) { moves.append((new, old)) }
        }
    }

    /// Takes in what calls on other containers saw of the same read-only layers.
    mutating func addLowers(of other: RecordedLayers) {
        for (layer, entries) in other.lowers { lowers[layer, default: [:]].merge(entries) { mine, _ in mine } }
        seen.formUnion(other.seen)
    }

    /// Whether a call saw no directory above the name: then nobody looked at the name itself, which came later.
    private func isBeneathNothing(_ path: Path) -> Bool {
        path.ancestors.contains { seenInUpper.contains($0) && upper[$0]?.kind != .directory }
    }

    private func origin(of path: Path) -> Path {
        var path = path
        for move in moves.reversed() where path != move.new && path.isAtOrBeneath(move.new) {
            path = Path(components: move.old.components + path.components.dropFirst(move.new.components.count))
        }
        return path
    }

    /// Why these layers cannot be built; `nil` where they can.
    var obstacle: String? {
        for entries in Array(lowers.values) + [upper] {
            for path in entries.keys.sorted() {
                if entries[path]?.redirect != nil {
                    return "\(path) was redirected to another name before the record began"
                }
                if entries[path]?.isMetacopy == true {
                    return "the data of \(path) lay in another layer before the record began"
                }
            }
        }
        return nil
    }

    /// The read-only layers.
    func stack() -> LayerStack {
        var stack = LayerStack()
        stack.contentsAreKnown = false
        for number in 1...max(lowerCount, 1) {
            stack.addLayer()
            let entries = lowers[.lower(number)] ?? [:]
            /// The first name of each file that has more than one, and how many names of it are known.
            var first: [UInt64: (path: Path, names: Int, links: Int)] = [:]
            for path in entries.keys.sorted() {
                guard let entry = entries[path] else { continue }
                // What cannot be made is a name whose parent nobody saw: calls that come to it are then not reproduced,
                // and counted so.
                if entry.kind != .directory, entry.links > 1, let known = first[entry.inode] {
                    if (try? stack.makeHardLink(path, to: known.path)) != nil { first[entry.inode]?.names += 1 }
                    continue
                }
                guard (try? stack.make(entry, at: path)) != nil else { continue }
                if entry.kind != .directory, entry.links > 1 { first[entry.inode] = (path, 1, Int(entry.links)) }
            }
            // That there are more names is recorded, and which they are is not. No real name has a NUL in it.
            var unseen = 0
            for known in first.values.sorted(by: { $0.path < $1.path }) where known.names < known.links {
                for _ in known.names..<min(known.links, known.names + 64) {
                    unseen += 1
                    try? stack.makeHardLink(Path(components: ["\0\(unseen)"]), to: known.path)
                }
            }
        }
        return stack
    }
}

extension LayerStack {
    /// Makes what a look found, with contents that nobody knows.
    fileprivate mutating func make(_ entry: LayerEntry, at path: Path) throws(Errno) {
        switch entry.kind {
        case .directory:
            try makeDirectory(path, mode: entry.permissions)
            if entry.isOpaque { try makeOpaque(path) }
        case .file: try makeFile(path, mode: entry.permissions, zeros: entry.size, isSparse: false)
        case .symlink: try makeSymlink(path, target: entry.target ?? "?")
        case .whiteout: try makeWhiteout(path)
        case .socket, .fifo, .characterDevice, .blockDevice:
            try makeNode(path, entry.kind, mode: entry.permissions, device: entry.device)
        }
        guard entry.kind != .whiteout else { return }
        try setOwner(path, uid: entry.uid, gid: entry.gid)
        for name in entry.attributes ?? [] { try? setAttribute(path, name: name.text, value: []) }
    }
}
