internal import Glibc
internal import LayerModel
internal import Linux

/// With what power containers will be made: as root, or without privilege in a user namespace, with many ids or one.
struct PrivilegeChecks {
    var entry = UserNamespace.Entry.ofThisProcess
    var namespace = UserNamespace.current
    var files = HostFiles()
    /// A number under /proc/sys.
    var setting: (String) -> Int? = kernelSetting

    /// What keeps this process from making containers, and the cure; `nil` when nothing does.
    var obstacle: (finding: String, cure: String)? {
        switch entry.stage {
        case .outside, .inside: nil
        case .notMade(let errno): notMade(Errno(rawValue: errno))
        case .notMapped(let errno), .withoutPower(let errno):
            isRestrictedByAppArmor
                ? Self.appArmor
                : (
                    "a user namespace can be made, and is without power (\(Errno(rawValue: errno).name))",
                    "allow it in the security module, or run as root: sudo"
                )
        }
    }

    var privilege: HostCheck {
        if let obstacle { return HostCheck("privilege", .fatal, obstacle.finding, cure: obstacle.cure) }
        if entry.stage == .inside {
            let ids = namespace.users.count > 1 ? "\(namespace.users.count) ids" : "one id"
            return HostCheck("privilege", .good, "rootless: user \(entry.uid) in a user namespace with \(ids)")
        }
        let capabilities = files.status("CapEff:").flatMap { UInt64($0, radix: 16) } ?? 0
        let needed: [(UInt64, String)] = [(21, "CAP_SYS_ADMIN"), (19, "CAP_SYS_PTRACE"), (27, "CAP_MKNOD")]
        let missing = needed.filter { capabilities & (1 << $0.0) == 0 }.map(\.1)
        guard missing.isEmpty else {
            return HostCheck(
                "privilege", .fatal, "root without \(missing.joined(separator: ", "))",
                cure: "give the container or service that you are in these capabilities (docker run --privileged)")
        }
        return HostCheck("privilege", .good, namespace.isInitial ? "root" : "root of a user namespace")
    }

    /// The subordinate ids of a user without privilege; `nil` for root.
    var subordinateIDs: HostCheck? {
        guard entry.stage == .inside else { return nil }
        let finding = "none mapped: in a container only user and group 0 exist"
        switch entry.narrowness {
        case nil: return HostCheck("ids", .good, "uids \(namespace.users), gids \(namespace.groups)")
        case .noRange: return HostCheck("ids", .warning, finding, cure: rangeCure)
        case .noTool:
            return HostCheck(
                "ids", .warning, "\(finding), as newuidmap is missing", cure: "sudo apt-get install uidmap")
        case .refused(let said):
            let why = said.isEmpty ? "newuidmap refused" : said
            return HostCheck(
                "ids", .warning, "\(finding) (\(why))",
                cure: "see that newuidmap and newgidmap are set-uid root: sudo chmod u+s /usr/bin/newuidmap "
                    + "/usr/bin/newgidmap; in a container, that it does not set no_new_privs")
        }
    }

    /// Whether something lies over a part of /proc: then the kernel lets a user namespace mount no new one, which
    /// would show it (mount_too_revealing() of fs/namespace.c). Over an empty directory it is no matter.
    var coveredProc: HostCheck? {
        guard entry.stage == .inside else { return nil }
        let mountPoints = files.text("/proc/self/mountinfo").split(separator: "\n").compactMap { line in
            line.split(separator: " ").dropFirst(4).first.map(String.init)
        }
        let covered = mountPoints.first { $0.hasPrefix("/proc/") && $0 != "/proc/sys/fs/binfmt_misc" }
        return covered.map {
            HostCheck(
                "proc", .warning, "something is mounted on \($0), so the kernel may refuse a container its own /proc",
                cure: "start the container around this one with --security-opt systempaths=unconfined (docker) or "
                    + "unmask=ALL (podman)")
        }
    }

    // MARK: - Words

    private func notMade(_ errno: Errno) -> (finding: String, cure: String) {
        if setting("user/max_user_namespaces") == 0 {
            return (
                "user namespaces are off (user.max_user_namespaces is 0)",
                "sudo sysctl -w user.max_user_namespaces=15000, or run as root: sudo"
            )
        }
        if setting("kernel/unprivileged_userns_clone") == 0 {
            return (
                "user namespaces are off for users (kernel.unprivileged_userns_clone is 0)",
                "sudo sysctl -w kernel.unprivileged_userns_clone=1, or run as root: sudo"
            )
        }
        if isRestrictedByAppArmor { return Self.appArmor }
        switch errno {
        case .ENOSPC, .EUSERS:
            return (
                "no user namespace can be made: too many are in use, or too many around this one (\(errno.name))",
                "raise the limit: sudo sysctl -w user.max_user_namespaces=15000"
            )
        case .EINVAL, .ENOSYS:
            return (
                "the kernel has no user namespaces (\(errno.name))",
                "boot one with CONFIG_USER_NS, or run as root: sudo"
            )
        default:
            return (
                "the container or sandbox around this process lets it make no user namespace (\(errno.name))",
                "start that one with --privileged or --security-opt seccomp=unconfined, or leave the chroot"
            )
        }
    }

    private var isRestrictedByAppArmor: Bool { setting("kernel/apparmor_restrict_unprivileged_userns") ?? 0 > 0 }

    private static let appArmor = (
        finding: "AppArmor keeps users' namespaces without power (kernel.apparmor_restrict_unprivileged_userns is 1)",
        cure:
            "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give teach a profile that says `userns,`"
    )

    /// The line of usermod(8) that gives the user 65536 ids after everybody else's.
    private var rangeCure: String {
        var first: UInt64 = 100_000
        for fields in fields("/etc/subuid") + fields("/etc/subgid") where fields.count == 3 {
            if let start = UInt64(fields[1]), let count = UInt64(fields[2]) { first = max(first, start + count) }
        }
        let own = "\(entry.uid)"
        let user = fields("/etc/passwd").first { $0.count > 2 && $0[2] == own }.map { String($0[0]) } ?? "USER"
        let range = "\(first)-\(first + 65535)"
        return "sudo usermod --add-subuids \(range) --add-subgids \(range) \(user)"
    }

    /// The lines of a file whose fields colons separate.
    private func fields(_ file: String) -> [[Substring]] {
        files.text(file).split(separator: "\n").map { $0.split(separator: ":", omittingEmptySubsequences: false) }
    }
}

extension LocalEngine {
    /// Refuses to work on layers and containers where the step into a user namespace failed.
    ///
    /// - Throws: `EngineError` that names the cure.
    public static func requirePower() throws(EngineError) {
        if let obstacle = PrivilegeChecks().obstacle { throw EngineError("\(obstacle.finding); \(obstacle.cure)") }
    }
}
