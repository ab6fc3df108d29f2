/// The kinds of namespace that a process can be cloned into, with the kernel's values (namespaces(7)).
public struct Namespaces: OptionSet, Hashable, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let mount = Namespaces(rawValue: 0x0002_0000)
    public static let cgroup = Namespaces(rawValue: 0x0200_0000)
    public static let uts = Namespaces(rawValue: 0x0400_0000)
    public static let ipc = Namespaces(rawValue: 0x0800_0000)
    public static let pid = Namespaces(rawValue: 0x2000_0000)
    public static let network = Namespaces(rawValue: 0x4000_0000)

    /// All that a container has of its own by default.
    public static let container: Namespaces = [.mount, .pid, .uts, .ipc, .network, .cgroup]
}

extension Namespaces: CustomStringConvertible {
    /// The names of /proc/PID/ns, such as `mnt, pid`.
    public var description: String {
        let names: [(Namespaces, String)] = [
            (.mount, "mnt"), (.pid, "pid"), (.uts, "uts"), (.ipc, "ipc"), (.network, "net"), (.cgroup, "cgroup"),
        ]
        return names.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
    }
}
