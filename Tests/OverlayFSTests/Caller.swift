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

    /// Runs `body` as this caller on this thread alone.
    func impersonate<Value>(_ body: () throws -> Value) throws -> Value {
        try ThreadCredentials.run(as: credentials, body)
    }
}
