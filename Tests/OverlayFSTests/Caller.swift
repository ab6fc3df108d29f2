import CLinux
import Glibc
import LayerModel
import Linux

/// Who makes a call.
enum Caller: String, CaseIterable {
    /// Root with all that this test's process has.
    case root
    /// Root with the fourteen capabilities of a default container.
    case containerRoot
    /// An ordinary user, a member of the group 100.
    case member
    /// A user who owns some files, and is in no other group.
    case owner
    /// A user who may read everything (CAP_DAC_READ_SEARCH) and write nothing of others.
    case reader

    var credentials: Credentials {
        switch self {
        case .root: Credentials(uid: 0, gid: 0, capabilities: UInt64.max)
        case .containerRoot: Credentials(uid: 0, gid: 0, capabilities: Self.dockerCapabilities)
        case .member: Credentials(uid: 1000, gid: 1000, groups: [100], capabilities: 0)
        case .owner: Credentials(uid: 1001, gid: 1001, capabilities: 0)
        case .reader: Credentials(uid: 1002, gid: 1002, capabilities: 1 << 2)
        }
    }

    /// CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT,
    /// MKNOD, AUDIT_WRITE, SETFCAP: Docker's default (docker-run(1), "--cap-add").
    static let dockerCapabilities: UInt64 = [0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31].reduce(0) { $0 | 1 << $1 }

    /// Runs `body` as this caller on this thread alone. The C library would change every thread of the process, so
    /// the calls are made without it.
    func impersonate<Value>(_ body: () throws -> Value) throws -> Value {
        switch self {
        case .root: return try body()
        case .containerRoot:
            let (effective, permitted) = try Self.capabilities()
            try Self.setCapabilities(effective: effective & credentials.capabilities, permitted: permitted)
            defer { try? Self.setCapabilities(effective: effective, permitted: permitted) }
            return try body()
        case .member, .owner, .reader:
            let (uid, gid) = (Int(credentials.uid), Int(credentials.gid))
            try Self.setGroups(credentials.groups)
            try call("setresgid") { linux_syscall(Int(SYS_setresgid), gid, gid, 0, 0, 0) }
            try call("setresuid") { linux_syscall(Int(SYS_setresuid), uid, uid, 0, 0, 0) }
            defer {
                _ = linux_syscall(Int(SYS_setresuid), 0, 0, 0, 0, 0)
                _ = linux_syscall(Int(SYS_setresgid), 0, 0, 0, 0, 0)
                try? Self.setGroups([])
            }
            if credentials.capabilities != 0 {
                // The saved user is still root, so what is permitted is too.
                let permitted = try Self.capabilities().permitted
                try Self.setCapabilities(effective: credentials.capabilities, permitted: permitted)
            }
            return try body()
        }
    }

    private static func setGroups(_ groups: [UInt32]) throws {
        try call("setgroups") {
            groups.withUnsafeBytes {
                linux_syscall(Int(SYS_setgroups), groups.count, Int(bitPattern: $0.baseAddress), 0, 0, 0)
            }
        }
    }

    /// _LINUX_CAPABILITY_VERSION_3 and this thread.
    private static let header: [UInt32] = [0x2008_0522, 0]

    private static func capabilities() throws -> (effective: UInt64, permitted: UInt64) {
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

    private static func setCapabilities(effective: UInt64, permitted: UInt64) throws {
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
