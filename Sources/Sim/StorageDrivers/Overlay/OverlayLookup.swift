internal import HashTreeCollections
internal import LayerModel

/// ovl_lookup() of fs/overlayfs/namei.c.
extension OverlayFilesystem {
    mutating func lookup(_ name: Name, in directory: NodeID) throws(Errno) -> NodeID? {
        if let known = known(name, in: directory) { return known }
        if !hidden.isEmpty, hidden.contains(Dentry(parent: directory, name: name)) { return nil }
        guard case (var node, let isDirectory)? = try find(name, in: directory) else {
            if !lost.isEmpty { lost[Dentry(parent: directory, name: name)]? = true }
            return nil
        }
        if options.index, !isDirectory { lookUpIndex(&node) }
        let dentry = Dentry(parent: directory, name: name)
        let id = existingNode(node) ?? make(node, isDirectory: isDirectory, at: dentry)
        if options.index, !isDirectory, node.lower != .none, isHardLinked(node.lower) { indexed[node.lower] = id }
        remember(id, at: dentry)
        return id
    }

    /// ovl_lookup_index(): a lower object of several names may have been copied up through another one.
    private func lookUpIndex(_ node: inout Node) {
        if node.upper == .none {
            if let entry = index[node.lower] { node.upper = entry.upper }
        } else if let lower = indexedUpper[node.upper] {
            node.lower = lower
        }
    }

    /// The node that stands for the same object under another name.
    private func existingNode(_ node: Node) -> NodeID? {
        if node.upper != .none {
            let id = upper[node.upper].node
            return id == .none ? nil : id
        }
        return indexed.isEmpty ? nil : indexed[node.lower]
    }

    func isHardLinked(_ lower: LowerObject) -> Bool { layers[Int(lower.layer)][lower.inode].links > 1 }

    /// One search in the making (struct ovl_lookup_data).
    private struct Search {
        var name: Name
        /// The path from a layer's root, where a redirect told one.
        var path: [String]?
        var isDirectory = false
        var stops = false
        var metacopy = false
        var redirect: String?
    }

    private func find(_ name: Name, in directory: NodeID) throws(Errno) -> (Node, isDirectory: Bool)? {
        var node = Node()
        var search = Search(name: name)
        let parent = self[directory]
        var beneath = parent.lowers
        var isAbsolute = false
        if parent.upper != .none, let found = look(&search, in: parent.upper, of: upper, isLast: false) {
            node.upper = found
            if let redirect = search.redirect, redirect.utf8.first == UInt8(ascii: "/") {
                isAbsolute = true
                beneath = self[root].lowers
            }
        }
        let upperMetacopy = node.upper != .none && search.metacopy
        var index = 0
        while !search.stops, index < beneath.count {
            let place = beneath[index]
            index += 1
            let isLast = index == beneath.count && (isAbsolute || options.redirect == .nofollow) || place.layer == 0
            let tree = layers[Int(place.layer)]
            guard let found = look(&search, in: place.inode, of: tree, isLast: isLast) else { continue }
            if upperMetacopy || search.metacopy, !options.metacopy { throw .EPERM }
            let object = LowerObject(layer: place.layer, inode: found)
            // Between the attributes and the data nothing is kept.
            if node.lower == .none || search.isDirectory || !search.metacopy { node.lowers.append(object) }
            if node.lower == .none { node.lower = object }
            if search.redirect != nil, options.redirect == .nofollow { throw .EPERM }
            if search.stops { break }
            if let redirect = search.redirect, redirect.utf8.first == UInt8(ascii: "/"), !isAbsolute {
                isAbsolute = true
                beneath = self[root].lowers
                index = beneath.firstIndex { $0.layer == place.layer }.map { $0 + 1 } ?? beneath.count
            }
        }
        if search.metacopy || upperMetacopy && node.lowers.isEmpty { throw .EIO }
        guard node.upper != .none || node.lower != .none else { return nil }
        if !search.isDirectory, !upperMetacopy, node.lowers.count < 2 { node.lowers = [] }
        return (node, search.isDirectory)
    }

    /// ovl_lookup_layer(): one layer, by the name or along the path of a redirect.
    private func look(
        _ search: inout Search, in directory: InodeID, of tree: FileTree, isLast: Bool
    ) -> InodeID? {
        guard let path = search.path else {
            return look(&search, search.name, in: directory, of: tree, isEnd: true, isLast: isLast)
        }
        var here = directory
        for index in path.indices {
            let isEnd = index == path.count - 1
            let name = names.find(path[index])
            guard let next = look(&search, name, in: here, of: tree, isEnd: isEnd, isLast: isLast) else { return nil }
            if isEnd { return next }
            // The opaque mark of a directory on the way says nothing about what lies at its end in other layers.
            here = next
        }
        return here
    }

    /// ovl_lookup_single()
    private func look(
        _ search: inout Search, _ name: Name, in directory: InodeID, of tree: FileTree, isEnd: Bool, isLast: Bool
    ) -> InodeID? {
        guard let found = tree.child(name, of: directory) else { return nil }
        let (marks, kind) = tree.withInode(found) { ($0.marks, $0.attributes.kind) }
        if kind == .whiteout || marks.contains(.whiteout) {
            search.stops = true
            return nil
        }
        if isEnd, search.metacopy, kind != .file {
            search.stops = true
            return nil
        }
        if kind != .directory {
            if search.isDirectory || !isEnd {
                search.stops = true
                return nil
            }
            search.metacopy = marks.contains(.metacopy)
            search.stops = !search.metacopy
            if !search.metacopy || isLast { return found }
        } else {
            if isEnd { search.isDirectory = true }
            if isLast { return found }
            if marks.contains(.opaque) {
                search.stops = true
                return found
            }
        }
        if marks.contains(.redirect), let redirect = tree[found].redirect {
            follow(redirect, &search, isEnd: isEnd, name)
        }
        return found
    }

    /// ovl_check_redirect(): the layers beneath are searched under another name.
    private func follow(_ redirect: String, _ search: inout Search, isEnd: Bool, _ name: Name) {
        search.redirect = redirect
        if redirect.utf8.first == UInt8(ascii: "/") {
            var path = redirect.split(separator: "/").map(String.init)
            if !isEnd, let old = search.path, let index = old.firstIndex(of: names[name]) {
                path += old[(index + 1)...]
            }
            search.path = path
        } else if var path = search.path {
            if isEnd { path[path.count - 1] = redirect }
            search.path = path
        } else {
            search.name = names.find(redirect)
        }
    }

    // MARK: Directories

    /// What a directory shows: the layers in turn, each hidden by those above it.
    mutating func names(in directory: NodeID) throws(Errno) -> [Name] {
        var shown: [Name] = []
        if !mayHoldWhiteouts(directory) {
            // The directory of the one layer is read as it is, with marks that mean nothing there.
            let node = self[directory]
            let (tree, id) =
                node.upper != .none ? (upper, node.upper) : (layers[Int(node.lower.layer)], node.lower.inode)
            tree.forEachChild(of: id) { name, _ in shown.append(name) }
            return shown
        }
        forEachShown(in: directory) { name in
            shown.append(name)
            return true
        }
        return shown
    }

    /// Whether the kernel looks for whiteouts when it reads the directory (OVL_WHITEOUTS): where layers are merged, or
    /// were.
    private func mayHoldWhiteouts(_ directory: NodeID) -> Bool {
        isMerged(directory) || withReal(directory) { $0.marks.contains(.origin) }
    }

    /// Calls `body` with the names that a directory shows, until it returns false.
    private func forEachShown(in directory: NodeID, _ body: (Name) -> Bool) {
        let node = self[directory]
        var isWanted = true
        if node.upper != .none {
            upper.forEachChild(of: node.upper) { name, child in
                guard isWanted, !upper[child].isWhiteout else { return }
                isWanted = body(name)
            }
        }
        for (index, place) in node.lowers.enumerated() where isWanted {
            let tree = layers[Int(place.layer)]
            tree.forEachChild(of: place.inode) { name, child in
                guard isWanted else { return }
                if tree[child].attributes.kind == .whiteout, holds(.whiteoutsDoNotFillDirectory) { return }
                if tree[child].marks.contains(.whiteout), tree[place.inode].marks.contains(.hasAttributeWhiteouts) {
                    return
                }
                if node.upper != .none, upper.child(name, of: node.upper) != nil { return }
                for above in node.lowers[..<index] where layers[Int(above.layer)].child(name, of: above.inode) != nil {
                    return
                }
                isWanted = body(name)
            }
        }
    }

    /// ovl_check_empty_dir(): a merged directory is empty when it shows nothing, whatever whiteouts it holds.
    func checkMergedEmpty(_ directory: NodeID) throws(Errno) {
        var isEmpty = true
        forEachShown(in: directory) { _ in
            isEmpty = false
            return false
        }
        if !isEmpty, holds(.fullDirectoryStays) { throw .ENOTEMPTY }
    }

    /// A directory that only the upper layer holds is left to its filesystem, to which a whiteout is a name.
    func checkUpperEmpty(_ directory: NodeID) throws(Errno) {
        if !upper.isEmpty(self[directory].upper), holds(.fullUpperDirectoryStays) { throw .ENOTEMPTY }
    }

    /// The nearest lower layer that would show the name if the upper one had nothing there (ovl_lower_positive()).
    func lowerHolder(of dentry: Dentry) -> LayerID? {
        for place in self[dentry.parent].lowers {
            let tree = layers[Int(place.layer)]
            if let child = tree.child(dentry.name, of: place.inode) {
                return tree[child].isWhiteout ? nil : layerID(place)
            }
        }
        return nil
    }
}
