import CLinux

/// A set of the pieces that root's power is cut into: bit N is capability N of linux/capability.h
/// (capabilities(7)).
public struct Capabilities: OptionSet, Hashable, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The set with these capabilities, by their lower-case names without `cap_`; `nil` if one is unknown.
    public init?(names: [String]) {
        var set: Capabilities = []
        for name in names {
            guard let bit = Self.names.firstIndex(of: name) else { return nil }
            set.insert(Capabilities(rawValue: 1 << UInt64(bit)))
        }
        self = set
    }

    /// The fourteen that a container keeps by default: those that Docker's documentation lists under "Runtime
    /// privilege and Linux capabilities".
    public static let container = Capabilities(names: [
        "chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "net_bind_service",
        "net_raw", "sys_chroot", "mknod", "audit_write", "setfcap",
    ])!

    /// What this thread may have at most without an exec. See capget(2).
    public static var permitted: Capabilities { Capabilities(rawValue: linux_permitted_capabilities()) }

    /// In the order of their numbers.
    private static let names = [
        "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
        "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
        "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
        "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
        "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
        "checkpoint_restore",
    ]
}

/// The five sets that a process begins with (capabilities(7), "Thread capability sets").
public struct CapabilitySets: Hashable, Sendable {
    public var bounding: Capabilities
    public var permitted: Capabilities
    public var effective: Capabilities
    public var inheritable: Capabilities
    /// Kept over the exec by a user who is not root; the kernel holds it within permitted and inheritable.
    public var ambient: Capabilities

    public init(
        bounding: Capabilities, permitted: Capabilities, effective: Capabilities, inheritable: Capabilities,
        ambient: Capabilities
    ) {
        self.bounding = bounding
        self.permitted = permitted
        self.effective = effective
        self.inheritable = inheritable
        self.ambient = ambient
    }

    /// The same in bounding, permitted and effective; nothing inheritable (CVE-2022-29162).
    public init(_ set: Capabilities) {
        self.init(bounding: set, permitted: set, effective: set, inheritable: [], ambient: [])
    }

    /// What can be had of them by a process that has at most `limit`, as the kernel would allow it.
    public func within(_ limit: Capabilities) -> CapabilitySets {
        let permitted = permitted.intersection(limit)
        let inheritable = inheritable.intersection(limit)
        return CapabilitySets(
            bounding: bounding.intersection(limit), permitted: permitted, effective: effective.intersection(permitted),
            inheritable: inheritable, ambient: ambient.intersection(permitted).intersection(inheritable))
    }
}

extension CapabilitySets: CustomStringConvertible {
    /// What the process can do at once; further sets where they differ.
    public var description: String {
        "\(effective)" + (permitted == effective ? "" : ", permitted \(permitted)")
            + (inheritable.isEmpty ? "" : ", inheritable \(inheritable)")
    }
}

extension Capabilities: CustomStringConvertible {
    public var description: String {
        let set = Self.names.indices.filter { rawValue >> UInt64($0) & 1 == 1 }.map { Self.names[$0] }
        return set.isEmpty ? "none" : set.joined(separator: " ")
    }
}
