internal import LayerModel

/// A user namespace, as far as it bears on files: which ids have a number in it. See user_namespaces(7).
public struct Confinement: Hashable, Sendable {
    public var users: [ClosedRange<UInt32>]
    public var groups: [ClosedRange<UInt32>]

    public init(users: [ClosedRange<UInt32>], groups: [ClosedRange<UInt32>]) {
        self.users = users
        self.groups = groups
    }
}

extension Overlay2 {
    /// What a user namespace changes about the rules:
    /// - the kernel asks the host's namespace for CAP_MKNOD where a device is made, and for CAP_SYS_ADMIN where an
    ///   attribute is `trusted.`, so nobody inside has them (vfs_mknod(), xattr_permission());
    /// - an owner without a number inside is EINVAL, once the path is found (chown_common());
    /// - a `security.` attribute is for the root of the namespace that the upper filesystem was mounted in;
    /// - overlayfs keeps its own marks under `user.overlay.`.
    func prediction(
        of operation: FileOperation, by credentials: Credentials, within confinement: Confinement,
        over layers: inout some LayerReading
    ) -> Prediction {
        var rules = self
        rules.confinement = nil
        switch operation {
        case .mknod:
            return rules.prediction(of: operation, by: credentials.without(.makeNode), over: &layers)
        case .chown(let operand, let uid, let gid):
            let isMapped =
                uid.map { id in confinement.users.contains { $0.contains(id) } } ?? true
                && gid.map { id in confinement.groups.contains { $0.contains(id) } } ?? true
            if isMapped { return rules.prediction(of: operation, by: credentials, over: &layers) }
            // Changing nothing is always allowed, so what this is refused for is the path.
            let found = rules.prediction(of: .chown(operand, uid: nil, gid: nil), by: credentials, over: &layers)
            guard case .outcome(let outcome) = found, outcome.errno == nil else { return found }
            return .outcome(Outcome(errno: .EINVAL))
        case .rename(let old, let new, _) where old != new:
            let found = rules.prediction(of: operation, by: credentials, over: &layers)
            // Seen on Linux 6.18: renaming one name of a copied-up file onto another one ends with ESTALE now and then, where
            // the kernel remembers them as two files, and with nothing done (rename(2)) where it knows better.
            guard case .outcome(Outcome(errno: nil, effects: [])) = found else { return found }
            return .unmodelled("it depends on what the kernel remembers of the file's two names")
        case .setxattr(_, let name, _), .removexattr(_, let name):
            if name.hasPrefix("user.overlay.") { return .unmodelled("the name is one of overlayfs's own") }
            if name.hasPrefix("trusted.") {
                return rules.prediction(of: operation, by: credentials.without(.sysAdmin), over: &layers)
            }
            if name.hasPrefix("security."), name != "security.capability", credentials.has(.sysAdmin) {
                return .unmodelled("the upper filesystem's driver and who mounted it decide about \(name)")
            }
            return rules.prediction(of: operation, by: credentials, over: &layers)
        default:
            return rules.prediction(of: operation, by: credentials, over: &layers)
        }
    }
}

extension Credentials {
    fileprivate func without(_ capability: Capability) -> Credentials {
        var credentials = self
        credentials.capabilities &= ~(1 << capability.rawValue)
        return credentials
    }
}
