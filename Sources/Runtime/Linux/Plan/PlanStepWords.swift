extension PlanStep {
    /// The call or the purpose, such as `mount overlay` or `pivot_root`.
    public var name: String {
        switch self {
        case .newSession: "new session"
        case .standardStreams: "standard streams"
        case .joinCgroup: "join cgroup"
        case .unshare: "unshare"
        case .makeMountsPrivate: "make mounts private"
        case .mountOverlay: "mount overlay"
        case .bindRoot: "bind root"
        case .makeMountPoint: "make mount point"
        case .mount(let mount): "mount \(mount.type)"
        case .bind: "bind"
        case .makeDevices: "make devices"
        case .bindDevices: "bind devices"
        case .makeLinks: "make links"
        case .mask: "mask paths"
        case .makeReadOnly: "make paths read-only"
        case .pivotRoot: "pivot_root"
        case .openTerminal: "open terminal"
        case .makeRootReadOnly: "make root read-only"
        case .setHostname: "sethostname"
        case .bringLoopbackUp: "bring loopback up"
        case .fileMask: "umask"
        case .workingDirectory: "working directory"
        case .closeDescriptors: "close descriptors"
        case .awaitParent: "await parent"
        case .loadSeccomp: "load seccomp"
        case .limitBoundingSet: "limit bounding set"
        case .becomeUser: "become user"
        case .keepCapabilities: "keep capabilities"
        case .setCapabilities: "set capabilities"
        case .raiseAmbient: "raise ambient capabilities"
        case .limitResources: "limit resources"
        case .forbidNewPrivileges: "no new privileges"
        case .dieWithParent: "die with parent"
        case .execute: "exec"
        }
    }

    /// The arguments, in words a reader understands; empty where the name says it all.
    public var detail: String {
        switch self {
        case .newSession, .awaitParent, .makeRootReadOnly, .keepCapabilities, .forbidNewPrivileges: ""
        case .standardStreams(let input, let output, let error): "0 from \(input), 1 from \(output), 2 from \(error)"
        case .joinCgroup(let path, _): path
        case .unshare(let namespaces): namespaces.description
        case .makeMountsPrivate: "/ and all beneath it"
        case .mountOverlay(let overlay):
            "\(overlay.lower.joined(separator: " over ")), writable \(overlay.upper), on \(overlay.target)"
        case .bindRoot(let path): path
        case .makeMountPoint(let path): "/\(path), which no layer holds"
        case .mount(let mount):
            "on /\(mount.target) (\(mount.flags)\(mount.options.isEmpty ? "" : ",")\(mount.options))"
        case .bind(let bind):
            "\(bind.source) on /\(bind.target)\(bind.flags.isEmpty ? "" : " (\(bind.flags))")"
        case .makeDevices(let nodes): nodes.map { "/\($0.path) \($0.major):\($0.minor)" }.joined(separator: ", ")
        case .bindDevices(let nodes): nodes.map { "/\($0.path)" }.joined(separator: ", ") + ", as the host has them"
        case .makeLinks(let links): links.map { "/\($0.path) -> \($0.target)" }.joined(separator: ", ")
        case .mask(let paths), .makeReadOnly(let paths): paths.map { "/\($0)" }.joined(separator: ", ")
        case .pivotRoot: "the union becomes /, the host's tree is detached"
        case .openTerminal(let terminal, _):
            "/dev/pts/ptmx, \(terminal.size.columns) columns and \(terminal.size.rows) rows"
        case .setHostname(let name): name
        case .bringLoopbackUp: "lo"
        case .fileMask(let mask): "0\(String(mask, radix: 8))"
        case .workingDirectory(let path): path
        case .closeDescriptors(let first): "\(first) and above, at exec"
        case .loadSeccomp(let program): "\(program.count) instructions"
        case .limitBoundingSet(let set), .raiseAmbient(let set): set.description
        case .setCapabilities(let sets): sets.description
        case .limitResources(let limits): limits.map { "\($0.name) \($0.soft):\($0.hard)" }.joined(separator: ", ")
        case .becomeUser(let user):
            "uid \(user.uid), gid \(user.gid), groups "
                + (user.groups.map { $0.map(String.init).joined(separator: " ") } ?? "as they are")
        case .dieWithParent: "SIGKILL"
        case .execute(let program): program.arguments.joined(separator: " ")
        }
    }
}
