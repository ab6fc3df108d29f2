internal import LayerModel

/// truncate(2), chmod(2), chown(2) and utimensat(2): the kernel's checks in fs/open.c, fs/utimes.c and fs/attr.c.
extension VirtualFilesystem {
    mutating func truncate(
        _ path: Path, size: Int64, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        if try isImpossible(.EINVAL, .sizeIsNotNegative, if: size < 0) { return }
        let walk = try walk(path, .follow, caller)
        let object = try existing(walk)
        try refuse(.EISDIR, .directoryIsNotCut, if: object.isDirectory)
        try refuse(.EINVAL, .onlyFilesAreCut, if: object.kind != .file && !object.isDirectory)
        try refuse(.EACCES, .cuttingTakesWrite, if: !caller.permits(.write, on: object.attributes))
        try cut(object, size: size, isByName: true, caller, &account)
    }

    mutating func truncate(
        _ number: Descriptor, size: Int64, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        if try isImpossible(.EINVAL, .sizeIsNotNegative, if: size < 0) { return }
        let file = try descriptors.file(number)
        try refuse(.EINVAL, .onlyFilesAreCut, if: file.kind != .file || !file.isWritable)
        try cut(object(of: file), size: size, caller, &account)
    }

    /// do_truncate(): set-ids stay only if the caller has CAP_FSETID. truncate(2) alone asks for no new time where the
    /// size stays.
    mutating func cut(
        _ object: Object, size: Int64, isByName: Bool = false, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        var change = removedPrivileges(of: object.node, caller) ?? AttributeChange()
        change.size = size
        if !isByName || driver.size(of: object.node) != size { change.modified = clock }
        try driver.change(object.node, at: object.dentry, change, &account)
    }

    func object(of file: OpenFile) -> Object {
        Object(node: file.node, dentry: file.dentry, attributes: driver.attributes(of: file.node))
    }

    mutating func changeMode(
        _ operand: Operand, _ mode: UInt16, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        let walk = try walk(operand.path, operand.resolution == .noFollow ? .noFollow : .follow, caller)
        let object = try existing(walk)
        if walk.isDirect { account.know(walk.dentry, operand.path) }
        try changeMode(object, mode, caller, &account)
    }

    mutating func changeMode(
        _ number: Descriptor, _ mode: UInt16, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        try changeMode(object(of: descriptors.file(number)), mode, caller, &account)
    }

    /// Whoever is not in the group may not set the set-group-id bit, which is silently left out.
    private mutating func changeMode(
        _ object: Object, _ mode: UInt16, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        try refuse(.EOPNOTSUPP, .linkHasNoMode, if: object.kind == .symlink)
        try refuse(.EPERM, .ownerChangesMode, if: !caller.actsAsOwner(of: object.attributes))
        let isKept = caller.keepsSetGroupID(of: object.attributes.gid) || !holds(.setGroupIDNeedsTheGroup)
        let change = AttributeChange(permissions: mode & (isKept ? 0o7777 : 0o5777))
        try driver.change(object.node, at: object.dentry, change, &account)
    }

    mutating func changeOwner(
        _ operand: Operand, uid: UInt32?, gid: UInt32?, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        try changeOwner(existing(operand, caller), uid: uid, gid: gid, caller, &account)
    }

    mutating func changeOwner(
        _ number: Descriptor, uid: UInt32?, gid: UInt32?, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        try changeOwner(object(of: descriptors.file(number)), uid: uid, gid: gid, caller, &account)
    }

    /// Anything but a directory loses its set-ids and its file capabilities.
    private mutating func changeOwner(
        _ object: Object, uid: UInt32?, gid: UInt32?, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        let old = object.attributes
        let isOwner = caller.uid == old.uid
        let mayUser = uid == nil || isOwner && uid == old.uid
        let mayGroup = gid.map { isOwner && ($0 == old.gid || caller.isMember(of: $0)) } ?? true
        try refuse(.EPERM, .userIsGivenByRoot, if: !mayUser && !caller.has(.chown))
        try refuse(.EPERM, .groupIsGivenByMember, if: !mayGroup && !caller.has(.chown))
        var change = AttributeChange(uid: uid, gid: gid)
        if !object.isDirectory {
            if holds(.newOwnerDropsSetIDs) {
                change.droppedSetIDs = droppedSetIDs(old, caller)
                // What drops a set-id bit is a change of the mode too, and that is the owner's.
                let isChange = old.permissions & change.droppedSetIDs != 0
                try refuse(.EPERM, .setIDsAreDroppedByTheOwner, if: isChange && !caller.actsAsOwner(of: old))
            }
            change.dropsCapability = holds(.changeDropsFileCapability)
        }
        try driver.change(object.node, at: object.dentry, change, &account)
    }

    mutating func changeTimes(
        _ operand: Operand, _ access: FileTime, _ modification: FileTime, _ caller: Credentials,
        _ account: inout Account
    ) throws(Errno) {
        // Two UTIME_OMIT succeed before the path is even looked at.
        if access == .omit, modification == .omit, holds(.omittedTimesChangeNothing) { return }
        let object = try existing(operand, caller)
        guard access.isValid, modification.isValid else { throw .EINVAL }
        let isOwner = caller.actsAsOwner(of: object.attributes)
        let touches = access == .now && modification == .now
        try refuse(.EPERM, .ownerGivesTimes, if: !touches && !isOwner)
        let mayTouch = isOwner || caller.permits(.write, on: object.attributes)
        try refuse(.EACCES, .writerTouches, if: touches && !mayTouch)
        let change = AttributeChange(
            accessed: access.nanoseconds(at: clock), modified: modification.nanoseconds(at: clock))
        try driver.change(object.node, at: object.dentry, change, &account)
    }

    // MARK: The calls that only look

    mutating func access(_ operand: Operand, _ mode: UInt8, _ caller: Credentials) throws(Errno) {
        try refuse(.EINVAL, .accessHasThreeBits, if: mode & ~7 != 0)
        let object = try existing(operand, caller)
        let access = Access(rawValue: mode)
        try refuse(.EACCES, .accessAsksModeBits, if: !caller.permits(access, on: object.attributes))
    }

    mutating func readLink(_ path: Path, _ caller: Credentials) throws(Errno) -> String {
        let walk = try walk(path, .noFollow, caller)
        let object = try existing(walk)
        try refuse(.EINVAL, .onlyLinksAreRead, if: object.kind != .symlink)
        return driver.target(of: object.node)
    }

    mutating func readDirectory(_ path: Path, _ caller: Credentials) throws(Errno) -> [String] {
        let walk = try walk(path, .follow, caller)
        let object = try existing(walk)
        if try isImpossible(.ENOTDIR, .onlyDirectoriesAreListed, if: !object.isDirectory) { return [] }
        try refuse(.EACCES, .modeBitsAreAsked, if: !caller.permits(.read, on: object.attributes))
        return try driver.names(in: object.node).map { driver.names[$0] }
    }
}

extension FileTime {
    fileprivate var isValid: Bool {
        if case .given(_, let nanoseconds) = self { nanoseconds < 1_000_000_000 } else { true }
    }

    /// As near as the filesystem can keep it; `nil` leaves the time as it is.
    fileprivate func nanoseconds(at now: Int64) -> Int64? {
        switch self {
        case .now: return now
        case .omit: return nil
        case .given(let seconds, let nanoseconds):
            let (product, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
            if overflows { return seconds < 0 ? .min : .max }
            let (sum, isLate) = product.addingReportingOverflow(Int64(nanoseconds))
            return isLate ? .max : sum
        }
    }
}
