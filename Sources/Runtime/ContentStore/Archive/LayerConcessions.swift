internal import Linux

/// What a layer became otherwise than its archive says, because a user namespace does not allow more
/// (user_namespaces(7)): a file of an owner without a number there is root's, and without its set-id bits, as those
/// would now mean root; a device node is left out, and so is an attribute that only the host's root may set.
struct LayerConcessions {
    let namespace: UserNamespace
    private var owners = Tally()
    private var devices = Tally()
    private var attributes = Tally()

    private struct Tally {
        var count = 0
        var first = ""

        mutating func add(_ what: @autoclosure () -> String) {
            if count == 0 { first = what() }
            count += 1
        }
    }

    init(_ namespace: UserNamespace) { self.namespace = namespace }

    /// The owner and the permissions that an entry can have here.
    mutating func attributes(of entry: ArchiveEntry) -> (uid: UInt32, gid: UInt32, permissions: UInt16) {
        if namespace.users.contains(entry.uid), namespace.groups.contains(entry.gid) {
            return (entry.uid, entry.gid, entry.permissions)
        }
        owners.add("/\(entry.path) of \(entry.uid):\(entry.gid)")
        let kept: UInt16 = entry.kind == .directory ? 0o7777 : 0o1777
        return (0, 0, entry.permissions & kept)
    }

    /// Whether the entry is a device that cannot be made here.
    mutating func leavesOut(_ entry: ArchiveEntry) -> Bool {
        guard !namespace.isInitial else { return false }
        switch entry.kind {
        case .characterDevice, .blockDevice:
            devices.add("/\(entry.path)")
            return true
        default: return false
        }
    }

    /// Notes an attribute that was refused.
    mutating func leftOut(attribute: String, of entry: ArchiveEntry) {
        attributes.add("\(attribute) of /\(entry.path)")
    }

    /// A sentence for each kind.
    var sentences: [String] {
        var sentences: [String] = []
        if owners.count > 0 {
            sentences.append(
                "\(owners.count) files of the layer belong to root here, first \(owners.first): these ids are not among "
                    + "the uids \(namespace.users) and the gids \(namespace.groups)")
        }
        if devices.count > 0 {
            sentences.append(
                "\(devices.count) device nodes of the layer were left out, first \(devices.first): a user namespace "
                    + "cannot make them")
        }
        if attributes.count > 0 {
            sentences.append(
                "\(attributes.count) attributes of the layer were left out, first \(attributes.first): only the host's "
                    + "root may set them")
        }
        return sentences
    }
}
