internal import LayerModel

/// ovl_rename() of fs/overlayfs/dir.c.
extension OverlayFilesystem {
    mutating func rename(
        _ node: NodeID, _ source: Dentry, to target: Dentry, over other: NodeID?, exchanging: Bool,
        leaving mark: Inode?, _ account: inout Account
    ) throws(Errno) {
        if let other, upperObject(of: node) != .none, upperObject(of: node) == upperObject(of: other),
            holds(.twoNodesOfOneFileAreStale)
        {
            throw .ESTALE
        }
        try checkMovable(node)
        if exchanging, let other {
            try checkMovable(other)
            try exchange(node, source, other, target, &account)
        } else {
            try move(node, source, to: target, over: other, &account)
        }
    }

    @inline(__always) private func isDirectory(_ node: NodeID) -> Bool { self[node].directory != .max }

    /// ovl_can_move(): a directory with a part in a lower layer stays, since without `redirect_dir` nothing in the
    /// upper layer could point back at that part. `mv` then copies and removes.
    @inline(__always) private func checkMovable(_ node: NodeID) throws(Errno) {
        guard isDirectory(node), hasLower(node), options.redirect != .on else { return }
        if holds(.lowerDirectoryCannotBeRenamed) { throw .EXDEV }
    }

    private mutating func move(
        _ node: NodeID, _ source: Dentry, to target: Dentry, over other: NodeID?, _ account: inout Account
    ) throws(Errno) {
        let replacedDirectory = other.flatMap { isDirectory($0) ? $0 : nil }
        let isPureUpper = replacedDirectory.map { upperObject(of: $0) != .none && !hasLower($0) } ?? false
        if let replacedDirectory, !isPureUpper { try checkMergedEmpty(replacedDirectory) }
        let holder = lowerHolder(of: source)
        let wasInUpper = isInUpper(node, source)
        try copyUp(node, at: source, isSilent: !holds(.renameCopiesUp), &account)
        let newParent = upperDirectory(target.parent, &account)
        // The index must count the names (ovl_nlink_start()).
        if let other, !isInUpper(other, target), needsIndex(other) {
            try copyUp(other, at: target, isSilent: true, &account)
        }
        try checkNamed(newParent)
        if !hidden.isEmpty, hidden.contains(target) { throw .ESTALE }
        let oldParent = upperObject(of: source.parent)
        try checkMatch(node, source)
        if let other { try checkMatch(other, target) }
        let mark = try mark(node, source, in: target.parent, &account)
        if let replacedDirectory, isPureUpper {
            do throws(Errno) {
                try checkUpperEmpty(replacedDirectory)
            } catch {
                // The upper filesystem refuses the rename when the mark has been set already.
                if mark == .opaque { account.add(.opaque, source, in: self) }
                if mark == .redirect { account.add(.redirect, source, in: self) }
                // xfs_rename() has its own word for it.
                throw backing == .xfs ? .EEXIST : error
            }
        }
        if wasInUpper { account.add(.remove, source, in: self) }
        if let other {
            if upperObject(of: other) != .none { upper.detach(target.name, in: newParent) }
            if upperObject(of: other) == .none, self[other].holds > 1 { lost[target] = false }
            dropLink(of: other)
            readAttributes(of: other)
            countLink(of: other, -1)
            forget(target)
        }
        account.cost.metadata += 2
        if let holder, upperWhiteout(at: target.name, in: newParent) {
            // The mark that was there changes places with what is moved.
            upper.exchange(source.name, in: oldParent, with: target.name, in: newParent)
            account.add(.whiteout, source, layer: holder, in: self)
        } else {
            removeWhiteout(at: target.name, in: newParent)
            upper.move(source.name, in: oldParent, to: target.name, in: newParent)
            if let holder, holds(.removingLowerLeavesWhiteout) {
                leaveWhiteout(source, holder, in: oldParent, movedTo: newParent, &account)
            }
        }
        tell(node, at: target, mark, &account)
        readAttributes(of: node)
        remember(node, at: target)
        loseName(source)
        if isDirectory(node) { place(node, at: target) }
    }

    private mutating func exchange(
        _ node: NodeID, _ source: Dentry, _ other: NodeID, _ target: Dentry, _ account: inout Account
    ) throws(Errno) {
        try copyUp(node, at: source, &account)
        upperDirectory(target.parent, &account)
        try copyUp(other, at: target, &account)
        try checkMatch(node, source)
        try checkMatch(other, target)
        let mark = try self.mark(node, source, in: target.parent, &account)
        let otherMark = try self.mark(other, target, in: source.parent, &account)
        upper.exchange(
            source.name, in: upperObject(of: source.parent), with: target.name, in: upperObject(of: target.parent))
        account.cost.metadata += 2
        tell(node, at: target, mark, &account)
        tell(other, at: source, otherMark, &account)
        readAttributes(of: node)
        readAttributes(of: other)
        hold(node)
        hold(other)
        forget(source)
        forget(target)
        remember(node, at: target)
        remember(other, at: source)
        release(node)
        release(other)
        if isDirectory(node) { place(node, at: target) }
        if isDirectory(other) { place(other, at: source) }
    }

    /// What must be noted on an object before it moves: where its part in the lower layers is, or, for a directory of
    /// the upper layer alone that comes into a merged one, that it is opaque, or it would merge there with whatever the
    /// lower layers hold under its new name.
    ///
    /// - Returns: The mark that the object got now.
    private mutating func mark(
        _ node: NodeID, _ source: Dentry, in newParent: NodeID, _ account: inout Account
    ) throws(Errno) -> Inode.Marks {
        let id = upperObject(of: node)
        let isDirectory = isDirectory(node)
        if isDirectory ? hasLower(node) : upper[id].marks.contains(.metacopy) {
            guard holds(.redirectIsNoted) else { return [] }
            let isNew = try redirect(node, source, isSameParent: source.parent == newParent, &account)
            return isNew ? .redirect : []
        } else if isDirectory, !upper[id].isOpaque, hasLower(newParent), holds(.movedDirectoryIsOpaque) {
            upper[id].marks.insert(.opaque)
            account.cost.metadata += 1
            return .opaque
        }
        return []
    }

    private mutating func tell(_ node: NodeID, at dentry: Dentry, _ mark: Inode.Marks, _ account: inout Account) {
        let id = upperObject(of: node)
        account.add(.create, dentry, size: upper[id].attributes.kind == .file ? upper[id].size : nil, in: self)
        if isDirectory(node), upper[id].isOpaque { account.add(.opaque, dentry, in: self) }
        if mark == .redirect { account.add(.redirect, dentry, in: self) }
    }

    /// ovl_set_redirect(): where the layers beneath hold what is moved.
    ///
    /// - Returns: Whether it was not noted yet.
    mutating func redirect(
        _ node: NodeID, _ source: Dentry, isSameParent: Bool, _ account: inout Account
    ) throws(Errno) -> Bool {
        let id = upperObject(of: node)
        let lower = self[node].lower
        let isAbsolute =
            !isSameParent || !holds(.redirectToASiblingIsRelative)
            || !isDirectory(node) && lower != .none && isHardLinked(lower)
        if let old = upper[id].redirect, holds(.absoluteRedirectStays),
            !isAbsolute || old.utf8.first == UInt8(ascii: "/")
        {
            return false
        }
        guard isAbsolute else {
            upper[id].redirect = names[source.name]
            account.cost.metadata += 1
            return true
        }
        var components: [String] = [upper[id].redirect ?? names[source.name]]
        var directory = source.parent
        while directory != root {
            let held = upperObject(of: directory)
            if let redirect = held == .none ? nil : upper[held].redirect {
                components.append(redirect.utf8.first == UInt8(ascii: "/") ? String(redirect.dropFirst()) : redirect)
                if redirect.utf8.first == UInt8(ascii: "/") { break }
            } else {
                components.append(names[name(of: directory)])
            }
            directory = parent(of: directory)
        }
        let path = "/" + components.reversed().joined(separator: "/")
        // `redirect_max` of the module is 256 by default.
        guard ByteString(path).count <= 256 else { throw .ENAMETOOLONG }
        upper[id].redirect = path
        account.cost.metadata += 1
        return true
    }
}
