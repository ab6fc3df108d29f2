internal import LayerModel

/// What the observed calls have left of one object of the upper layer; all names of one inode share it.
///
/// Everything that is told here changes by calls that stop, but for what `isWritten` takes away: a descriptor that is
/// open for writing, and memory mapped from one, change contents without a stop, and such memory stays when the
/// descriptor is closed. A write also takes away set-id bits and file capabilities (inode(7), capabilities(7)).
struct UpperObject {
    private var kind: NodeKind
    private var permissions: UInt16
    private var uid: UInt32
    private var gid: UInt32
    private var isOpaque: Bool
    private var size: Int64
    private var device: DeviceNumber?
    private var target: ByteString?

    /// Whether a call has opened it for writing since the account began: then its size is no longer known.
    var isWritten: Bool
    /// `nil` where nobody looked.
    var attributes: ExpectedAttributes?

    init(_ entry: LayerEntry, isWritten: Bool = false, attributes: ExpectedAttributes?) {
        kind = entry.kind
        permissions = entry.permissions
        uid = entry.uid
        gid = entry.gid
        isOpaque = entry.isOpaque
        size = entry.size
        device = entry.device
        target = entry.target
        self.isWritten = isWritten
        self.attributes = attributes
    }

    /// Takes over what another look has found of the same object.
    mutating func update(_ entry: LayerEntry) {
        self = UpperObject(entry, isWritten: isWritten, attributes: attributes)
    }

    var isDirectory: Bool { kind == .directory }

    /// Whether it can be the same object at all: an inode's number is given out again when it is gone.
    func canBe(_ found: LayerEntry) -> Bool {
        found.kind == kind && found.device == device && (target == nil || found.target == target)
    }

    /// What of `found` no observed call has made so, as nouns that can follow "another"; without the attributes.
    func differences(from found: LayerEntry) -> [String] {
        var nouns: [String] = []
        // The twelve bits, or those that a write leaves alone.
        let known: UInt16 = isWritten ? 0o1777 : 0o7777
        if found.permissions & known != permissions & known { nouns.append("mode") }
        if (found.uid, found.gid) != (uid, gid) { nouns.append("owner") }
        if found.isOpaque != isOpaque { nouns.append("opaque mark") }
        if kind == .file, !isWritten, found.size != size { nouns.append("size") }
        return nouns
    }
}

/// The extended attributes that an object should have by what was observed of it.
struct ExpectedAttributes {
    enum Value: Equatable {
        case bytes([UInt8])
        /// That of the lower layer's object that was copied up.
        case copied(from: Path, LayerID)
        /// It may have any value.
        case unknown
    }

    var values: [ByteString: Value] = [:]
    /// Whether the kernel may have given it an access control list, its directory's default one (acl(5)).
    var mayInheritList = false
    /// Whether a call may have taken its capabilities away (capabilities(7)).
    var mayLoseCapability = false

    /// Those that only calls change which stop. Others the kernel or the filesystem gives by itself: labels, checksums,
    /// properties.
    private static func isCalled(_ name: ByteString) -> Bool {
        name.hasPrefix("user.") || name.hasPrefix("trusted.") || isList(name) || name == capability
    }

    static func isList(_ name: ByteString) -> Bool { name.hasPrefix("system.posix_acl_") }
    static let capability: ByteString = "security.capability"
    static let defaultList: ByteString = "system.posix_acl_default"

    /// Whether `found` holds what was expected.
    ///
    /// - Parameters:
    ///   - found: names; their values are asked for only where it depends on them.
    ///   - isWritten: whether it may have been written.
    ///   - takes: whether the upper filesystem can hold an attribute; else a copy-up leaves it out.
    func hold(
        for found: [ByteString], isWritten: Bool, takes: (ByteString) -> Bool,
        foundValues: () throws -> [ByteString: [UInt8]],
        lowerValues: (Path, LayerID) throws -> [ByteString: [UInt8]]
    ) rethrows -> Bool {
        let names = Set(found.filter(Self.isCalled))
        for name in names where values[name] == nil {
            if !(Self.isList(name) && mayInheritList) { return false }
        }
        for (name, value) in values where Self.isCalled(name) && !names.contains(name) {
            if name == Self.capability, isWritten || mayLoseCapability { continue }
            if case .copied = value, !takes(name) { continue }
            return false
        }
        if names.isEmpty { return true }
        let found = try foundValues()
        for name in names {
            switch values[name] {
            case .bytes(let bytes): if found[name] != bytes { return false }
            case .copied(let path, let layer):
                // Capabilities name the user namespace's root, so that two of them may differ and mean the same.
                if name != Self.capability, found[name] != (try lowerValues(path, layer))[name] { return false }
            case .unknown, nil: continue
            }
        }
        return true
    }
}
