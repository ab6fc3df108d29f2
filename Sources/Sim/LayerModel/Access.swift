/// The kinds of access that a permission check is asked about, with the kernel's bits (access(2)).
public struct Access: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public static var read: Access { Access(rawValue: 4) }
    @inlinable public static var write: Access { Access(rawValue: 2) }
    /// Execution of a file, search of a directory.
    @inlinable public static var execute: Access { Access(rawValue: 1) }
}

/// What permission checks look at.
public protocol AccessControlled {
    var kind: NodeKind { get }
    /// The mode's twelve low bits.
    var permissions: UInt16 { get }
    var uid: UInt32 { get }
    var gid: UInt32 { get }
}

extension LayerEntry: AccessControlled {}

extension Credentials {
    /// The capabilities that bear on files, by their bit in linux/capability.h (capabilities(7)).
    public enum Capability: UInt64, Sendable, CaseIterable {
        case chown = 0
        case dacOverride = 1
        case dacReadSearch = 2
        case fileOwner = 3
        case fileSetID = 4
        case sysAdmin = 21
        case makeNode = 27
        case setFileCapabilities = 31
    }

    @inlinable public func has(_ capability: Capability) -> Bool { capabilities >> capability.rawValue & 1 == 1 }

    /// Whether the caller is in the group, as its own or a supplementary one.
    @inlinable public func isMember(of group: UInt32) -> Bool { gid == group || groups.contains(group) }

    /// Whether the caller owns the object or may act as its owner (CAP_FOWNER).
    @inlinable public func actsAsOwner(of entry: some AccessControlled) -> Bool { uid == entry.uid || has(.fileOwner) }

    /// Whether the caller may keep a set-group-id bit: it is in the group, or has CAP_FSETID
    /// (in_group_or_capable() of the kernel's fs/inode.c).
    @inlinable public func keepsSetGroupID(of group: UInt32) -> Bool { isMember(of: group) || has(.fileSetID) }

    /// Whether the mode bits or a capability allow the access; access control lists are not looked at
    /// (path_resolution(7), "Permissions" and "Bypassing permission checks").
    @inlinable @inline(__always)
    public func permits(_ access: Access, on entry: some AccessControlled) -> Bool {
        // What everybody may, each may, whoever it is.
        let everybody = UInt16(access.rawValue) &* 0o111
        return entry.permissions & everybody == everybody || permitsByClass(access, on: entry)
    }

    @inlinable func permitsByClass(_ access: Access, on entry: some AccessControlled) -> Bool {
        let shift: UInt16 = uid == entry.uid ? 6 : isMember(of: entry.gid) ? 3 : 0
        let granted = Access(rawValue: UInt8(entry.permissions >> shift & 7))
        if granted.isSuperset(of: access) { return true }
        if entry.kind == .directory {
            if !access.contains(.write), has(.dacReadSearch) { return true }
            return has(.dacOverride)
        }
        if access == .read, has(.dacReadSearch) { return true }
        return (!access.contains(.execute) || entry.permissions & 0o111 != 0) && has(.dacOverride)
    }

    /// Whether the sticky bit of `directory` keeps the caller from removing or renaming `entry` (inode(7), S_ISVTX).
    @inlinable public func isStopped(
        bySticky directory: some AccessControlled, removing entry: some AccessControlled
    ) -> Bool {
        directory.permissions & 0o1000 != 0 && uid != entry.uid && uid != directory.uid && !has(.fileOwner)
    }
}
