internal import LayerModel

/// rename(2), renameat2(2): the kernel's do_renameat2() and vfs_rename().
extension VirtualFilesystem {
    mutating func rename(
        _ old: Path, _ new: Path, _ flags: RenameFlags, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        let exchanges = flags.contains(.exchange)
        let excludeEachOther = exchanges && !flags.isDisjoint(with: [.noReplace, .whiteout])
        try refuse(.EINVAL, .renameFlagsExclude, if: excludeEachOther)
        let source = try walk(old, .name, caller)
        // What is missing is found out before the other name is looked up (lookup_one_qstr_excl()).
        let isMissing = source.lastName == .normal && source.node == nil
        let target = try walk(new, .name, caller, looksUpLast: !isMissing)
        if try isImpossible(.EBUSY, .rootIsNotRenamed, if: source.lastName != .normal) { return }
        let isRoot = target.lastName != .normal
        let taken: Errno = flags.contains(.noReplace) ? .EEXIST : .EBUSY
        if try isImpossible(taken, .rootIsNotReplaced, if: isRoot) { return }
        let object = try removable(source)
        let replaced = try target.found()
        try refuse(.EEXIST, .targetIsNotReplaced, if: replaced != nil && flags.contains(.noReplace))
        if try isImpossible(.ENOENT, .exchangeTakesTwo, if: replaced == nil && exchanges) { return }
        let other = replaced.map {
            Object(node: $0, dentry: target.dentry, attributes: driver.attributes(of: $0))
        }
        try checkSlashes(source, object, target, other, exchanges: exchanges)
        let isInside = object.isDirectory && driver.isAtOrBeneath(target.parent, object.node)
        if try isImpossible(.EINVAL, .directoryIsNotMovedIntoItself, if: isInside) { return }
        let isAbove = other.map { $0.isDirectory && driver.isAtOrBeneath(source.parent, $0.node) } ?? false
        let refusal: Errno = exchanges ? .EINVAL : .ENOTEMPTY
        if try isImpossible(refusal, .directoryIsNotReplacedFromWithin, if: isAbove) { return }
        // Two names of one object: nothing is to be done.
        if object.node == other?.node, holds(.sameFileIsNotRenamed) { return }
        try checkPermissions(object, other, target, exchanges: exchanges, caller)
        let targetName = Dentry(parent: target.parent, name: newName(target))
        if source.isDirect { account.know(source.dentry, old) }
        if target.isDirect { account.know(targetName, new) }
        // No union lets a process inside ask for the mark that is its own.
        let asksForWhiteout = flags.contains(.whiteout)
        try refuse(.EINVAL, .whiteoutIsNotAskedFor, if: asksForWhiteout && !driver.makesWhiteouts)
        let mark =
            asksForWhiteout
            ? newInode(
                .whiteout, mode: 0, in: source.parent, .device(DeviceNumber(major: 0, minor: 0)), caller) : nil
        try driver.rename(
            object.node, source.dentry, to: targetName, over: replaced, exchanging: exchanges,
            leaving: mark, &account)
        descriptors.move(object.node, from: source.dentry, to: targetName, &driver)
        if exchanges, let replaced { descriptors.move(replaced, from: targetName, to: source.dentry, &driver) }
    }

    /// A slash after the name of a non-directory is refused on either side.
    private func checkSlashes(
        _ source: Walk, _ object: Object, _ target: Walk, _ other: Object?, exchanges: Bool
    ) throws(Errno) {
        let isFile = exchanges && target.demandsDirectory && other?.isDirectory != true
        try refuse(.ENOTDIR, .exchangedSlashIsOfADirectory, if: isFile)
        guard !object.isDirectory else { return }
        let hasSlash = source.demandsDirectory || !exchanges && target.demandsDirectory
        try refuse(.ENOTDIR, .renamedSlashIsOfADirectory, if: hasSlash)
    }

    private func checkPermissions(
        _ object: Object, _ other: Object?, _ target: Walk, exchanges: Bool, _ caller: Credentials
    ) throws(Errno) {
        try checkRemoval(of: object, caller)
        if let other {
            try checkRemoval(of: other, caller)
            let differ = !exchanges && object.isDirectory != other.isDirectory
            try refuse(object.isDirectory ? .ENOTDIR : .EISDIR, .typesAgree, if: differ)
        } else {
            try requireChange(of: target.parent, caller)
        }
        guard object.dentry.parent != target.parent else { return }
        // A directory's `..` changes with its parent, which takes write permission on itself.
        if object.isDirectory { try checkNewParent(of: object, caller) }
        if exchanges, let other, other.isDirectory { try checkNewParent(of: other, caller) }
    }

    private func checkNewParent(of object: Object, _ caller: Credentials) throws(Errno) {
        try refuse(.EACCES, .newParentTakesWrite, if: !caller.permits(.write, on: object.attributes))
    }
}
