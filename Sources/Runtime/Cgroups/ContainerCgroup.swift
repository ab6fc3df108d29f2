public import Events
public import Linux

/// The cgroups of one container: one in the unified hierarchy wherever that may be written, and one in each
/// version 1 hierarchy that a limit needs and the unified one does not serve.
public final class ContainerCgroup: Sendable {
    public let unified: UnifiedCgroup?
    public let legacy: [LegacyCgroup]
    /// What could not be had though nothing depends on it: a sentence each, with its cure.
    public let warnings: [String]

    /// Makes them for the container `id`, whose folder is `owner`.
    ///
    /// - Throws: `CgroupError` when a limit cannot be set; nothing is left then.
    public init(_ id: String, owner: String = "", _ limits: CgroupLimits, on host: CgroupHost) throws(CgroupError) {
        var warnings: [String] = []
        let offered = host.unified.map(UnifiedCgroup.controllers) ?? []
        let inUnified = limits.controllers.filter(offered.contains)
        var unified: UnifiedCgroup?
        if let hierarchy = host.unified {
            do {
                unified = try UnifiedCgroup.make(id, owner: owner, in: hierarchy, limits, controllers: inUnified)
            } catch {
                guard inUnified.isEmpty else { throw CgroupError(limits: inUnified, cause: "\(error)") }
                warnings.append("the container has no cgroup of its own: \(error); \(CgroupError.cure)")
            }
        }
        var legacy: [LegacyCgroup] = []
        for controller in limits.controllers where !inUnified.contains(controller) {
            do {
                legacy.append(try Self.makeLegacy(id, owner, controller, host, limits))
            } catch {
                for cgroup in legacy { try? cgroup.remove() }
                try? unified?.remove()
                throw error
            }
        }
        self.unified = unified
        self.legacy = legacy
        self.warnings = warnings
    }

    private static func makeLegacy(
        _ id: String, _ owner: String, _ controller: String, _ host: CgroupHost, _ limits: CgroupLimits
    ) throws(CgroupError) -> LegacyCgroup {
        guard let hierarchy = host.legacy[controller] else {
            throw CgroupError(limits: [controller], cause: "no hierarchy of this host has that controller")
        }
        do {
            return try LegacyCgroup.make(id, owner: owner, controller, in: hierarchy, limits)
        } catch {
            throw CgroupError(limits: [controller], cause: "\(error)")
        }
    }

    private var all: [any Cgroup] { (unified.map { [$0] } ?? []) + legacy }

    /// The directories, the unified hierarchy's first.
    public var paths: [String] { all.map(\.path) }

    /// The figures of all of them.
    public func samples() -> [ResourceSample] { all.flatMap { $0.samples() } }

    /// Ends every process of the container.
    public func kill() { for cgroup in all { cgroup.kill() } }

    /// Ends what is left in them and removes them.
    ///
    /// - Throws: `SystemCallError` for the first that stays.
    public func remove() throws(SystemCallError) {
        var first: SystemCallError?
        for cgroup in all {
            do { try cgroup.remove() } catch { first = first ?? error }
        }
        if let first { throw first }
    }
}

/// A limit that was asked for and cannot be set.
public struct CgroupError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The controllers: `memory`, `pids`, `cpu`.
    public var limits: [String]
    public var cause: String

    static let cure =
        "run as root on a host whose /sys/fs/cgroup is mounted writable, or in a delegated "
        + "cgroup (systemd-run --user --scope -p Delegate=yes)"

    public var description: String {
        let limits = limits.joined(separator: " and ")
        return "the \(limits) limit cannot be set: \(cause); \(Self.cure), or leave the limit out"
    }
}
