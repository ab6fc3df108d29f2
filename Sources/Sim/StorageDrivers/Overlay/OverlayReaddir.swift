internal import HashTreeCollections
internal import LayerModel

/// What directories show, and whether they count as empty: fs/overlayfs/readdir.c.
extension OverlayFilesystem {
    /// What a directory shows: the layers in turn, each hidden by those above it.
    mutating func names(in directory: NodeID) throws(Errno) -> [Name] {
        try checkListable(directory)
        var shown: [Name] = []
        if !mayHoldWhiteouts(directory) {
            // The directory of the one layer is read as it is, with marks that mean nothing there.
            let node = self[directory]
            let (tree, id) =
                node.upper != .none ? (upper, node.upper) : (layers[Int(node.lower.layer)], node.lower.inode)
            tree.forEachChild(of: id) { name, _ in shown.append(name) }
            return shown
        }
        var doubtful: Set<Name> = []
        forEachShown(in: directory) { name, isDoubtful in
            shown.append(name)
            if isDoubtful { doubtful.insert(name) }
            return true
        }
        if doubtful.isEmpty { return shown }
        // ovl_cache_update(): what no lookup finds, and what none may find, is not listed.
        var found: [Name] = []
        var refusals: [Errno] = []
        for name in shown {
            if doubtful.contains(name) {
                do throws(Errno) {
                    if try lookup(name, in: directory) == nil { continue }
                } catch {
                    refusals.append(error)
                    continue
                }
            }
            found.append(name)
        }
        // getdents(2) tells no error where it has told a name: one is told where a second refusal comes right after the
        // first, as it does in a directory of nothing else.
        if found.isEmpty, refusals.count > 1 { throw refusals[1] }
        return found
    }

    /// iterate_dir(): what has lost its name in the upper layer is not read.
    private func checkListable(_ directory: NodeID) throws(Errno) {
        let held = upperObject(of: directory)
        if held != .none { try checkNamed(held) }
    }

    /// Whether the kernel looks for whiteouts when it reads the directory (OVL_WHITEOUTS): where layers are merged, or
    /// were.
    private func mayHoldWhiteouts(_ directory: NodeID) -> Bool {
        isMerged(directory) || !holds(.directoryOfOneLayerIsListedAsItIs)
            || withReal(directory) { $0.marks.contains(.origin) }
    }

    /// Whether a directory may hold whiteouts in the form of files with an attribute.
    ///
    /// - Parameter isLast: Whether its layer is the last that was searched for it.
    func showsAttributeWhiteouts(_ place: LowerObject, isLast: Bool) -> Bool {
        !isLast && layers[Int(place.layer)].withInode(place.inode) { $0.marks.contains(.hasAttributeWhiteouts) }
    }

    /// Calls `body` with the names that a directory shows, until it returns false. A name is doubtful if the kernel looks
    /// it up before it lists it: a file that may be a whiteout, and what the upper layer holds with a mark that leads to
    /// a lower one.
    private func forEachShown(in directory: NodeID, _ body: (Name, _ isDoubtful: Bool) -> Bool) {
        let node = self[directory]
        let lowers = lowers(of: directory)
        var isWanted = true
        if node.upper != .none {
            upper.forEachChild(of: node.upper) { name, child in
                guard isWanted, !upper[child].isWhiteout || !holds(.whiteoutsAreNotListed) else { return }
                let isHidden = !hidden.isEmpty && hidden.contains(Dentry(parent: directory, name: name))
                isWanted = body(name, isHidden || !upper[child].marks.isDisjoint(with: [.metacopy, .redirect]))
            }
        }
        let last = options.redirect == .nofollow ? self.lowers(of: parent(of: directory)).last?.layer ?? 0 : 0
        let hasAttributeWhiteouts =
            !layersWithAttributeWhiteouts.isEmpty
            && lowers.contains { showsAttributeWhiteouts($0, isLast: $0.layer == last) }
        for (index, place) in lowers.enumerated() where isWanted {
            let tree = layers[Int(place.layer)]
            let mayBeFiles = hasAttributeWhiteouts && layersWithAttributeWhiteouts.contains(place.layer)
            tree.forEachChild(of: place.inode) { name, child in
                guard isWanted else { return }
                let kind = tree[child].attributes.kind
                if kind == .whiteout, holds(.whiteoutsDoNotFillDirectory) { return }
                if node.upper != .none, upper.child(name, of: node.upper) != nil, holds(.upperNamesHideLowerOnes) {
                    return
                }
                for above in lowers[..<index] where layers[Int(above.layer)].child(name, of: above.inode) != nil {
                    return
                }
                isWanted = body(name, mayBeFiles && kind == .file)
            }
        }
    }

    /// ovl_check_empty_dir(): a merged directory is empty when it shows nothing, whatever whiteouts it holds.
    func checkMergedEmpty(_ directory: NodeID) throws(Errno) {
        try checkListable(directory)
        var isEmpty = true
        // A whiteout in the form of a file counts as one.
        forEachShown(in: directory) { _, _ in
            isEmpty = false
            return false
        }
        if !isEmpty, holds(.fullDirectoryStays) { throw .ENOTEMPTY }
    }

    /// A directory that only the upper layer holds is left to its filesystem, to which a whiteout is a name.
    func checkUpperEmpty(_ directory: NodeID) throws(Errno) {
        if !upper.isEmpty(upperObject(of: directory)), holds(.fullUpperDirectoryStays) { throw .ENOTEMPTY }
    }
}
