import CLinux
import Glibc
import LayerModel
import Linux

/// Who makes a random call.
enum Caller: String, CaseIterable {
    /// Root with all that this test's process has.
    case root
    /// Root as a container has it.
    case containerRoot
    /// An ordinary user.
    case user

    var credentials: Credentials {
        switch self {
        case .root: Credentials(uid: 0, gid: 0, capabilities: UInt64.max)
        case .containerRoot: .containerRoot
        case .user: Credentials(uid: 1000, gid: 1000, capabilities: 0)
        }
    }

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
        case .user:
            try call("setresgid") { linux_syscall(Int(SYS_setresgid), -1, 1000, -1, 0, 0) }
            try call("setresuid") { linux_syscall(Int(SYS_setresuid), -1, 1000, -1, 0, 0) }
            defer {
                _ = linux_syscall(Int(SYS_setresuid), -1, 0, -1, 0, 0)
                _ = linux_syscall(Int(SYS_setresgid), -1, 0, -1, 0, 0)
            }
            return try body()
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
