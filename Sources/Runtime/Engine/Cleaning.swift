internal import Cgroups
internal import ContentStore
internal import Glibc
internal import Linux

/// Finds what interrupted commands have left, and removes it.
public struct Cleaning {
    private let home: Home

    public init(home: Home) { self.home = home }

    /// Removes the leftovers; what belongs to a process that is alive stays.
    ///
    /// - Returns: what was removed, a phrase each.
    /// - Throws: what the disk or the store refuses.
    public func run(frames: Bool = false) throws -> [String] {
        guard access(home.path, F_OK) == 0 else { return [] }
        let engine = try LocalEngine(home: home)
        var removed: [String] = []
        for run in Self.names(in: home.runs) {
            // The folder's name is the run's number and its process: `7-4711`.
            let pid = run.split(separator: "-").last.flatMap { Int32($0) }
            if let pid, ProcessIdentity.startTime(of: pid) != nil { continue }
            try Folders.remove(home.runs + "/" + run)
            removed.append("what run \(run.prefix { $0 != "-" }) had left")
        }
        for folder in try engine.containers.leftovers() {
            try Folders.remove(folder)
            removed.append(folder)
        }
        let used = Set(try engine.containers.all().flatMap(\.chainIDs))
        if let swept = try engine.store.sweep(keeping: used) {
            removed += swept.leftovers + swept.layers.map { "layer \($0)" } + swept.blobs.map { "blob \($0)" }
        }
        removed += try emptyCgroups()
        if frames, access(home.frames, F_OK) == 0 {
            try Folders.remove(home.frames)
            removed.append(home.frames)
        }
        return removed
    }

    /// Cgroups of containers that have no process any more: rmdir(2) refuses all others (cgroups(7)).
    private func emptyCgroups() throws -> [String] {
        let host = try CgroupHost.detect()
        var removed: [String] = []
        for hierarchy in (host.unified.map { [$0] } ?? []) + host.legacy.values {
            let parent = hierarchy.own + "/teach"
            for name in Self.names(in: parent) where rmdir(parent + "/" + name) == 0 {
                removed.append("cgroup \(parent)/\(name)")
            }
            _ = rmdir(parent)
        }
        return removed
    }

    private static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != "..", entry.pointee.d_type == UInt8(DT_DIR) { names.append(name) }
        }
        return names.sorted()
    }
}
