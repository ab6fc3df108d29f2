internal import Glibc
internal import LayerModel
internal import Linux

/// The directories that calls came through, so that the next call there costs two looks at the upper layer and no walk.
///
/// Nothing else than an observed call changes the tree of the upper layer, and one is in flight at a time: what was
/// seen of a directory stays true until a call is about a directory or a symbolic link, or could not be observed.
/// Then all is forgotten. The last name of a call is looked at each time. In debug builds every answer is held against
/// `EvidenceCollector`'s.
final class KnownDirectories {
    private let layers: LayerDirectories
    private let mountPoints: Set<Path>
    private var known: [Path: KnownDirectory?] = [:]
    private var last: (path: Path, known: KnownDirectory)?
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
    func look(_ operation: FileOperation) throws -> KnownDirectory.Look? {
        if operation.isAboutAttributes || operation.isAboutOpenFile || layers.hasMetacopy { return nil }
        let operands = operation.operands
        guard let first = operands.first, let parent = try directory(above: first.path), let name = first.path.name,
            let seen = try see(name, in: parent, last: first.last)
        else { return nil }
        var look = KnownDirectory.Look(parent: parent, first: seen)
        if operands.count > 1 {
            guard let other = try directory(above: operands[1].path), other === parent,
                let second = operands[1].path.name, second != name,
                let seen = try see(second, in: parent, last: operands[1].last)
            else { return nil }
            look.second = [seen]
        }
        return look
    }

    /// The same for a call on one name that is not decoded yet, in the directory of the call before it. Where the name
    /// may make a difference to what is to be done, the call has to be decoded first.
    ///
    /// - Parameter path: As the caller wrote it, to its end.
    /// - Returns: `nil` where it takes more.
    /// - Throws: `SystemCallError`
    func look(written path: UnsafeBufferPointer<CChar>) throws -> KnownDirectory.Look? {
        guard let parent = last?.known, !layers.hasMetacopy,
            let slash = path.lastIndex(of: CChar(bitPattern: UInt8(ascii: "/"))),
            parent.isWritten(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(path)[...slash]))
        else { return nil }
        // A path that ends in a slash, or in a name that is none, is for the decoder.
        let length = path.count - slash - 2  // without the zero at the end
        guard (1...255).contains(length) else { return nil }
        let name = ByteString(
            bytes: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(path)[(slash + 1)..<(slash + 1 + length)])
                .assumingMemoryBound(to: UInt8.self))
        guard name != ".", name != "..", let seen = try see(name, in: parent, last: .follow), !seen.isFIFO
        else { return nil }
        return KnownDirectory.Look(parent: parent, first: seen)
    }

    /// Looks at one name in all layers.
    ///
    /// - Returns: `nil` where what it leads to is not to be told this way.
    private func see(
        _ name: ByteString, in parent: KnownDirectory, last: Lookup.LastLink
    ) throws -> KnownDirectory.Look.Name? {
        if parent.mountPoints.contains(name) { return nil }
        var answer: LayerID?
        var upper: FileStatus?
        if let directory = parent.upper {
            upper = try directory.look(at: name)
            switch upper?.kind {
            case .directory, .symlink: return nil
            case .whiteout, nil: break
            default: if parent.merged.contains(.upper) { answer = .upper }
            }
        }
        guard parent.lowers.contains(where: { $0.names.contains(name) }) else {
            return KnownDirectory.Look.Name(name: name, upper: upper, lowers: [], answer: answer)
        }
        var isDecided = upper != nil && parent.merged.contains(.upper)
        var lowers: [LayerEntry?] = []
        let path = parent.path.appending(name)
        for (layer, names) in parent.lowers {
            let entry = names.contains(name) ? try layers.entry(at: path, in: layer) : nil
            lowers.append(entry)
            guard let entry, !isDecided, parent.merged.contains(layer) else { continue }
            isDecided = true
            if entry.kind == .whiteout { continue }
            answer = layer
            if entry.redirect != nil || entry.isMetacopy || entry.kind == .directory { return nil }
            if entry.kind == .symlink, last != .name { return nil }
        }
        return KnownDirectory.Look.Name(name: name, upper: upper, lowers: lowers, answer: answer)
    }

    /// Reads what the upper layer holds under the names when the call has returned, and what new files there take.
    ///
    /// - Returns: `nil` where that does not tell all that the call can have changed.
    /// - Throws: `SystemCallError`
    func conclude(_ look: KnownDirectory.Look) throws -> KnownDirectory.Left? {
        // Where directories are missing in the upper layer, the call may have copied them up.
        guard look.parent.upper != nil, look.parent.missing.isEmpty,
            let first = try left(by: look.first, in: look.parent)
        else {
            forgetAll()
            return nil
        }
        var left = KnownDirectory.Left(first: first)
        for name in look.second {
            guard let second = try self.left(by: name, in: look.parent) else {
                forgetAll()
                return nil
            }
            left.second.append(second)
        }
        return left
    }

    /// - Returns: `nil` where a directory or a link stands under the name.
    private func left(
        by name: KnownDirectory.Look.Name, in parent: KnownDirectory
    ) throws -> KnownDirectory.Left.Name? {
        var left = KnownDirectory.Left.Name()
        guard let now = try parent.upper?.changed(at: name.name) else { return left }
        let kind = now.kind
        if kind == .directory || kind == .symlink { return nil }
        left.upper = now
        if kind == .file, name.upper?.inode != now.inode {
            left.cost = try layers.cost(of: parent.path.appending(name.name), allocated: now.allocated)
        }
        return left
    }

    // MARK: - Directories

    /// The directory that a path's last name stands in; `nil` where the path ends otherwise than in a plain name.
    private func directory(above path: Path) throws -> KnownDirectory? {
        guard let name = path.name, name != ".", name != "..", !path.demandsDirectory, name.count <= 255 else {
            return nil
        }
        if let last, path.components.count == last.path.components.count + 1,
            path.components.starts(with: last.path.components)
        {
            return last.known
        }
        let parent = path.parent
        let found: KnownDirectory?
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

    private func walk(to path: Path) throws -> KnownDirectory? {
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
        var lowers: [(layer: LayerID, names: Set<ByteString>)] = []
        for layer in reader.layersFromTop.dropFirst() {
            if try layers.entry(at: node.path, in: layer)?.kind == .directory {
                lowers.append((layer, try layers.names(in: node.path, of: layer)))
            }
        }
        return KnownDirectory(
            node.path == .root ? [node] : resolution.directories + [node], written: path, rows: reader.evidence.rows,
            upper: try layers.openUpper(node.path),
            lowers: lowers, mountPoints: Set(mountPoints.filter { $0.parent == node.path }.compactMap(\.name)))
    }
}
