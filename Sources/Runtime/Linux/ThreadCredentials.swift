internal import CLinux
internal import Glibc
public import LayerModel

/// Makes calls as somebody else, on this thread alone: the C library would change every thread of the process, so
/// they are made without it. See setresuid(2), capset(2).
public enum ThreadCredentials {
    /// Runs `body` with these ids, groups and effective capabilities, and then becomes user 0 with all that is permitted
    /// again. The thread must be user 0.
    ///
    /// - Throws: `SystemCallError`; what `body` throws.
    public static func run<Value>(as credentials: Credentials, _ body: () throws -> Value) throws -> Value {
        let sets = try capabilities()
        let wanted = credentials.capabilities & sets.permitted
        if credentials.uid == 0, credentials.gid == 0, credentials.groups.isEmpty {
            guard wanted != sets.effective else { return try body() }
            try setCapabilities(effective: wanted, permitted: sets.permitted)
            defer { try? setCapabilities(effective: sets.effective, permitted: sets.permitted) }
            return try body()
        }
        let (uid, gid) = (Int(credentials.uid), Int(credentials.gid))
        if !credentials.groups.isEmpty { try setGroups(credentials.groups) }
        defer {
            // The saved ids are still root's, so that this may be done; the user first, for it brings the power back.
            _ = linux_syscall(Int(SYS_setresuid), 0, 0, 0, 0, 0)
            _ = linux_syscall(Int(SYS_setresgid), 0, 0, 0, 0, 0)
            if !credentials.groups.isEmpty { try? setGroups([]) }
            try? setCapabilities(effective: sets.effective, permitted: sets.permitted)
        }
        try call("setresgid") { linux_syscall(Int(SYS_setresgid), gid, gid, 0, 0, 0) }
        try call("setresuid") { linux_syscall(Int(SYS_setresuid), uid, uid, 0, 0, 0) }
        // A change from user 0 to another empties the effective set.
        if uid == 0 || wanted != 0 { try setCapabilities(effective: wanted, permitted: sets.permitted) }
        return try body()
    }

    /// Takes the thread's supplementary groups away, which every caller would have besides its own.
    ///
    /// - Throws: `SystemCallError`
    public static func dropGroups() throws(SystemCallError) { try setGroups([]) }

    private static func setGroups(_ groups: [UInt32]) throws(SystemCallError) {
        try call("setgroups") {
            groups.withUnsafeBytes {
                linux_syscall(Int(SYS_setgroups), groups.count, Int(bitPattern: $0.baseAddress), 0, 0, 0)
            }
        }
    }

    /// _LINUX_CAPABILITY_VERSION_3 and this thread.
    private static let header: [UInt32] = [0x2008_0522, 0]

    private static func capabilities() throws(SystemCallError) -> (effective: UInt64, permitted: UInt64) {
        var header = header
        var data = [UInt32](repeating: 0, count: 6)
        try call("capget") {
            header.withUnsafeMutableBytes { header in
                data.withUnsafeMutableBytes { data in
                    linux_syscall(
                        Int(SYS_capget), Int(bitPattern: header.baseAddress), Int(bitPattern: data.baseAddress), 0, 0, 0
                    )
                }
            }
        }
        return (UInt64(data[0]) | UInt64(data[3]) << 32, UInt64(data[1]) | UInt64(data[4]) << 32)
    }

    private static func setCapabilities(effective: UInt64, permitted: UInt64) throws(SystemCallError) {
        var header = header
        func low(_ value: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: value) }
        let data = [low(effective), low(permitted), 0, low(effective >> 32), low(permitted >> 32), 0]
        try call("capset") {
            header.withUnsafeMutableBytes { header in
                data.withUnsafeBytes { data in
                    linux_syscall(
                        Int(SYS_capset), Int(bitPattern: header.baseAddress), Int(bitPattern: data.baseAddress), 0, 0, 0
                    )
                }
            }
        }
    }
}
