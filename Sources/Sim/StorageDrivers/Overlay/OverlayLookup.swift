internal import HashTreeCollections
internal import LayerModel

/// ovl_lookup() of fs/overlayfs/namei.c.
extension OverlayFilesystem {
    mutating func lookup(_ name: Name, in directory: NodeID) throws(Errno) -> NodeID? {
        let known = known(name, in: directory)
        if let known, known != Directory.absent { return NodeID(number: known) }
        if !hidden.isEmpty, hidden.contains(Dentry(parent: directory, name: name)) { return nil }
        var found: Found?
        if known == nil {
            switch glance(at: name, in: directory) {
            case .nothing: break
            case .file(let object): found = Found(node: Node(lower: object), lowers: [], isDirectory: false)
            case .other: found = try find(name, in: directory)
            }
            if found == nil { rememberAbsence(of: name, in: directory) }
        }
        guard var found else {
            if !lost.isEmpty { lost[Dentry(parent: directory, name: name)]? = true }
            return nil
        }
        let isDirectory = found.isDirectory
        if options.index, !isDirectory, holds(.indexFindsTheOtherNames) { try lookUpIndex(&found) }
        let node = found.node
        let dentry = Dentry(parent: directory, name: name)
        let id = existingNode(node) ?? make(node, found.lowers, isDirectory: isDirectory, at: dentry)
        // A copy that was made without the index is known for itself (ovl_hash_bylower()).
        let isParted = node.upper != .none && indexedUpper[node.upper] == nil
        if options.index, !isDirectory, node.lower != .none, isHardLinked(node.lower), !isParted {
            indexed[node.lower] = id
        }
        remember(id, at: dentry)
        return id
    }

    /// ovl_lookup_index(): a lower object of several names may have been copied up through another one.
    private func lookUpIndex(_ found: inout Found) throws(Errno) {
        if found.node.upper == .none {
            guard let entry = index[found.node.lower] else { return }
            found.node.upper = entry.upper
            let marks = upper.withInode(entry.upper) { $0.marks }
            if marks.contains(.metacopy), !options.metacopy { throw .EPERM }
            if marks.contains(.redirect), options.redirect == .nofollow { throw .EPERM }
            if marks.contains(.metacopy), found.lowers.isEmpty { found.lowers = [found.node.lower] }
        } else if let lower = indexedUpper[found.node.upper] {
            found.node.lower = lower
        }
    }

    /// The node that stands for the same object under another name.
    @inline(__always) private func existingNode(_ node: Node) -> NodeID? {
        if node.upper != .none {
            let id = upper[node.upper].node
            return id == .none ? nil : id
        }
        return indexed.isEmpty ? nil : indexed[node.lower]
    }

    @inline(__always) func isHardLinked(_ lower: LowerObject) -> Bool {
        layers[Int(lower.layer)][lower.inode].links > 1
    }

    /// What a search came to.
    private struct Found {
        var node: Node
        var lowers: ContiguousArray<LowerObject>
        var isDirectory: Bool
    }

    /// One search in the making (struct ovl_lookup_data).
    private struct Search {
        var name: Name
        /// Whether a redirect told a name that nothing can be looked up under: `.`, `..` or none.
        var isOdd = false
        /// The path from a layer's root, where a redirect told one.
        var path: [String]?
        var isDirectory = false
        var stops = false
        var metacopy = false
        /// Whether a redirect was found.
        var isRedirected = false
        /// Whether the layer is the last one that is searched, so that nothing of it leads further.
        var isLast = false
        /// Whether a directory of a lower layer has `opaque=x`.
        var hasAttributeWhiteouts = false
    }

    /// What a name comes to where no search is needed, as none could lead elsewhere.
    private enum Glance {
        /// No layer has the name.
        case nothing
        /// The nearest layer that has it is a lower one, and holds a file without marks there.
        case file(LowerObject)
        case other
    }

    @inline(__always) private func glance(at name: Name, in directory: NodeID) -> Glance {
        let held = upperObject(of: directory)
        if held != .none, upper.child(name, of: held) != nil { return .other }
        let lowers = directories.withAddress(of: record(directory)) { $0.pointee.lowers }
        return Self.nearest(name, in: lowers, of: layers) { tree, place, child in
            let isPlain = tree.withInode(child) { $0.attributes.kind == .file && $0.marks.isEmpty }
            return isPlain ? .file(LowerObject(layer: place.layer, inode: child)) : .other
        } ?? .nothing
    }

    private mutating func find(_ name: Name, in directory: NodeID) throws(Errno) -> Found? {
        var node = Node()
        var lowers: ContiguousArray<LowerObject> = []
        let follows = options.redirect != .nofollow
        let held = upperObject(of: directory)
        var search = Search(name: name)
        var beneath = self.lowers(of: directory)
        var isAbsolute = directory == root
        if held != .none {
            search.isLast = !follows && beneath.isEmpty
            if let found = try look(&search, in: held, of: upper) { node.upper = found }
            if search.path != nil, holds(.absoluteRedirectStartsAtTheRoot) {
                isAbsolute = true
                beneath = self.lowers(of: root)
            }
        }
        let upperMetacopy = node.upper != .none && search.metacopy
        var index = 0
        while !search.stops, index < beneath.count {
            try checkFollowing(search)
            let place = beneath[index]
            index += 1
            search.isLast = follows ? place.layer == 0 : index == beneath.count
            search.hasAttributeWhiteouts = false
            let found = try look(&search, in: place.inode, of: layers[Int(place.layer)])
            if search.hasAttributeWhiteouts { layersWithAttributeWhiteouts.insert(place.layer) }
            guard let found else { continue }
            let object = LowerObject(layer: place.layer, inode: found)
            // Between the attributes and the data nothing is kept.
            if node.lower == .none || search.isDirectory || !search.metacopy { lowers.append(object) }
            if node.lower == .none { node.lower = object }
            if search.stops || !holds(.directoriesMerge) { break }
            if search.path != nil, !isAbsolute {
                isAbsolute = true
                beneath = self.lowers(of: root)
                index = beneath.firstIndex { $0.layer == place.layer }.map { $0 + 1 } ?? beneath.count
            }
        }
        try checkFollowing(search)
        if search.metacopy || upperMetacopy && lowers.isEmpty { throw .EIO }
        guard node.upper != .none || node.lower != .none else { return nil }
        if !search.isDirectory, !upperMetacopy, lowers.count < 2 { lowers = [] }
        return Found(node: node, lowers: lowers, isDirectory: search.isDirectory)
    }

    /// ovl_check_follow_redirect(): what leads to another place is followed only where the options say so.
    @inline(__always) private func checkFollowing(_ search: Search) throws(Errno) {
        if search.metacopy, !options.metacopy { throw .EPERM }
        if search.isRedirected, options.redirect == .nofollow { throw .EPERM }
    }

    /// ovl_lookup_layer(): one layer, by the name or along the path of a redirect.
    private func look(_ search: inout Search, in directory: InodeID, of tree: FileTree) throws(Errno) -> InodeID? {
        guard var left = search.path?.count else {
            if search.isOdd { throw .EACCES }
            return try look(&search, search.name, in: directory, of: tree, left: 0)
        }
        var here = directory
        // Counted from the end, as a redirect on the way changes what is before.
        while left > 0, let path = search.path {
            let text = path[path.count - left]
            left -= 1
            if Self.isOdd(text) { throw .EACCES }
            guard let next = try look(&search, names.find(text), in: here, of: tree, left: left) else { return nil }
            here = next
        }
        return here
    }

    /// lookup_noperm_common() refuses these.
    private static func isOdd(_ name: String) -> Bool { name.isEmpty || name == "." || name == ".." }

    /// ovl_lookup_single()
    ///
    /// - Parameter left: How many names of the path come after this one.
    private func look(
        _ search: inout Search, _ name: Name, in directory: InodeID, of tree: FileTree, left: Int
    ) throws(Errno) -> InodeID? {
        guard let found = tree.child(name, of: directory) else { return nil }
        let (marks, kind) = tree.withInode(found) { ($0.marks, $0.attributes.kind) }
        let isEnd = left == 0
        if kind == .whiteout || marks.contains(.whiteout) {
            search.stops = holds(.whiteoutEndsTheSearch)
            return nil
        }
        if isEnd, search.metacopy, kind != .file {
            search.stops = true
            return nil
        }
        if kind != .directory {
            if search.isDirectory || !isEnd {
                search.stops = holds(.fileEndsAMergedDirectory)
                return nil
            }
            if marks.contains(.malformedMetacopy) { throw .EIO }
            search.metacopy = marks.contains(.metacopy)
            search.stops = !search.metacopy
            if !search.metacopy || search.isLast { return found }
        } else {
            if isEnd { search.isDirectory = true }
            if search.isLast { return found }
            if isEnd, marks.contains(.hasAttributeWhiteouts) { search.hasAttributeWhiteouts = true }
            if marks.contains(.opaque), holds(.opaqueEndsTheSearch) {
                search.stops = true
                return found
            }
        }
        if marks.contains(.malformedRedirect) { throw .EINVAL }
        if marks.contains(.redirect), holds(.redirectIsFollowed), let redirect = tree[found].redirect {
            follow(redirect, &search, left: left)
        }
        return found
    }

    /// ovl_check_redirect(): the layers beneath are searched under another name, and so is the rest of a path here.
    private func follow(_ redirect: String, _ search: inout Search, left: Int) {
        search.isRedirected = true
        let rest = search.path?.suffix(left) ?? []
        if redirect.utf8.first == UInt8(ascii: "/") {
            search.path = redirect.split(separator: "/").map(String.init) + rest
            // An opaque directory on the way has stopped the search; this leads elsewhere.
            search.stops = false
        } else if let path = search.path {
            search.path = path.dropLast(left + 1) + [redirect] + rest
        } else {
            search.name = names.find(redirect)
            search.isOdd = Self.isOdd(redirect)
        }
    }

    /// The nearest lower layer that would show the name if the upper one had nothing there (ovl_lower_positive()).
    @inline(__always) func lowerHolder(of dentry: Dentry) -> LayerID? {
        let lowers = directories.withAddress(of: record(dentry.parent)) { $0.pointee.lowers }
        return Self.nearest(dentry.name, in: lowers, of: layers) { tree, place, child in
            let isWhiteout = tree.mayHoldWhiteouts && tree.withInode(child) { $0.isWhiteout }
            return isWhiteout && holds(.whiteoutHidesOnlyWhatWouldShow) ? nil : layerID(place)
        } ?? nil
    }

    /// Looks at what stands under a name in the first of some lower directories that has it.
    @inline(__always) private static func nearest<Result>(
        _ name: Name, in lowers: ContiguousArray<LowerObject>, of layers: ContiguousArray<FileTree>,
        _ look: (borrowing FileTree, LowerObject, InodeID) -> Result
    ) -> Result? {
        layers.withUnsafeBufferPointer { layers in
            for directory in lowers {
                let tree = layers.baseAddress! + Int(directory.layer)
                guard let child = tree.pointee.child(name, of: directory.inode) else { continue }
                return look(tree.pointee, directory, child)
            }
            return nil
        }
    }
}
