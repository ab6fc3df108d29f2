public import Linux

/// One tree of cgroups, as this process sees it mounted.
public struct CgroupHierarchy: Hashable, Sendable {
    public var mountPoint: String
    /// The directory of this process's own cgroup. Containers go beneath it, so that whatever limits this
    /// process limits them too.
    public var own: String

    public init(mountPoint: String, own: String) {
        self.mountPoint = mountPoint
        self.own = own
    }
}

/// Which hierarchies this host has (cgroups(7); Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst).
public struct CgroupHost: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        case none, v1, hybrid, v2
    }

    public var unified: CgroupHierarchy?
    /// The v1 hierarchies by controller, such as `memory`.
    public var legacy: [String: CgroupHierarchy]

    public var kind: Kind {
        switch (unified != nil, legacy.isEmpty) {
        case (false, true): .none
        case (false, false): .v1
        case (true, false): .hybrid
        case (true, true): .v2
        }
    }

    /// Asks the kernel.
    ///
    /// - Throws: `SystemCallError` when /proc cannot be read.
    public static func detect() throws(SystemCallError) -> CgroupHost {
        CgroupHost(
            mountinfo: try CgroupFile.read("/proc/self/mountinfo"), cgroup: try CgroupFile.read("/proc/self/cgroup"))
    }

    /// Reads the texts of /proc/self/mountinfo and /proc/self/cgroup (proc(5)).
    public init(mountinfo: String, cgroup: String) {
        var membership: [Substring: Substring] = [:]  // controller, or "" for v2, to path
        for line in cgroup[...].parts("\n") {
            let fields = line.parts(":", maxSplits: 2, keepsEmpty: true)
            guard fields.count == 3 else { continue }
            if fields[1].isEmpty {
                membership[""] = fields[2]
            } else {
                for controller in fields[1].parts(",") { membership[controller] = fields[2] }
            }
        }
        legacy = [:]
        for line in mountinfo[...].parts("\n") {
            let fields = line.parts(" ")
            guard fields.count > 6, let dash = fields.lastIndex(of: "-"), dash + 3 < fields.count else { continue }
            let root = fields[3]
            let mountPoint = String(fields[4])
            if fields[dash + 1] == "cgroup2", let path = membership[""] {
                unified = unified ?? Self.hierarchy(mountPoint, root: root, path: path)
            } else if fields[dash + 1] == "cgroup" {
                for controller in fields[dash + 3].parts(",") {
                    guard let path = membership[controller], !controller.hasPrefix("name=") else { continue }
                    let key = String(controller)
                    legacy[key] = legacy[key] ?? Self.hierarchy(mountPoint, root: root, path: path)
                }
            }
        }
    }

    /// A mount may show a part of the tree only: `root` is the cgroup that lies at the mount point.
    private static func hierarchy(_ mountPoint: String, root: Substring, path: Substring) -> CgroupHierarchy {
        var beneath = path
        if root != "/", path.hasPrefix(root) { beneath = path.dropFirst(root.count) }
        let isOutside = path.hasPrefix("/..")
        let own = isOutside || beneath == "/" || beneath.isEmpty ? mountPoint : mountPoint + beneath
        return CgroupHierarchy(mountPoint: mountPoint, own: own)
    }
}

extension Substring {
    /// As `split`, but by bytes: these texts are read at every start, and characters would take five times as long.
    fileprivate func parts(_ separator: Unicode.Scalar, maxSplits: Int = .max, keepsEmpty: Bool = false) -> [Substring]
    {
        utf8.split(
            separator: UInt8(ascii: separator), maxSplits: maxSplits, omittingEmptySubsequences: !keepsEmpty
        ).map(Substring.init)
    }
}
