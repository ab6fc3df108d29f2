internal import Cgroups
internal import ContentStore
internal import Glibc
internal import Linux
internal import OCI

/// Finds what interrupted commands have left, and removes it.
///
/// Each thing that must not outlive its maker is locked by it (`PresenceLock`, or the store's lease): what is found
/// unlocked was left. So what belongs to a process that is alive stays, whichever home or container it runs in.
public struct Cleaning {
    private let home: Home

    public init(home: Home) { self.home = home }

    /// What is left, in one sentence that names the cure; `nil` when nothing is. Changes nothing, and is quick.
    public func notice() -> String? {
        guard access(home.path, F_OK) == 0 else { return nil }
        var runs: [String] = []
        var kinds: [(one: String, many: String, count: Int)] = []
        func count(_ one: String, _ many: String) {
            if let index = kinds.firstIndex(where: { $0.one == one }) {
                kinds[index].count += 1
            } else {
                kinds.append((one, many, 1))
            }
        }
        for leftover in (try? find(everywhere: false)) ?? [] {
            switch leftover {
            case .run(let folder, _): runs.append(Self.number(ofRun: folder))
            case .container(.folder, _, _):
                count("a container half made or half removed", "containers half made or half removed")
            case .container(.container, _, _): count("a container that nobody runs", "containers that nobody runs")
            case .cgroup: count("a cgroup", "cgroups")
            case .unfinished: count("a part of an image half made", "parts of images half made")
            }
        }
        var things = kinds.map { $0.count == 1 ? $0.one : "\($0.count) \($0.many)" }
        if !runs.isEmpty {
            things.insert("the folder of run \(runs.joined(separator: " and of run "))", at: 0)
        }
        guard !things.isEmpty else { return nil }
        return "an interrupted command has left \(things.joined(separator: ", ")); `teach clean` clears up"
    }

    /// Removes the leftovers.
    ///
    /// - Returns: what was removed, a phrase each.
    /// - Throws: what the disk or the store refuses.
    public func run(frames: Bool = false) throws -> [String] {
        guard access(home.path, F_OK) == 0 else { return [] }
        var removed: [String] = []
        // Ending a run's processes is what leaves their cgroups behind.
        for run in try abandonedRuns() { removed += try remove(run) }
        for leftover in try find(everywhere: true) { removed += try remove(leftover) }
        // Making the store would need room, on a disk that may be full.
        if access(home.path + "/images/index.json", F_OK) == 0,
            let swept = try ContentStore(home: home.path).sweep(
                keeping: try home.usedLayers())
        {
            removed += swept.leftovers + swept.layers.map { "layer \($0)" } + swept.blobs.map { "blob \($0)" }
        }
        if frames, access(home.frames, F_OK) == 0 {
            try Folders.remove(home.frames)
            removed.append(home.frames)
        }
        return removed
    }

    /// Removes the cgroups of this home that nobody uses: what is left of a container that a signal has kept from being
    /// made, or from being taken down.
    ///
    /// - Throws: `CgroupError`, `SystemCallError`
    public func removeCgroups() throws {
        for cgroup in AbandonedCgroup.all(of: home.path, on: try CgroupHost.detect(), everywhere: false) {
            try cgroup.remove()
        }
    }

    // MARK: - Leftovers

    private enum Leftover {
        case run(folder: String, PresenceLock)
        case container(ContainerShelf.Leftover, ContainerShelf, PresenceLock)
        case cgroup(AbandonedCgroup)
        /// What the store had begun to write; its sweep removes it.
        case unfinished(String)
    }

    private func abandonedRuns() throws -> [Leftover] {
        try Self.names(in: home.runs).compactMap { name in
            let folder = home.runs + "/" + name
            return try PresenceLock.ifFree(folder).map { .run(folder: folder, $0) }
        }
    }

    private func find(everywhere: Bool) throws -> [Leftover] {
        var found = try abandonedRuns()
        let shelf = ContainerShelf(path: home.containers)
        found += try shelf.leftovers().map { .container($0.0, shelf, $0.1) }
        found += AbandonedCgroup.all(of: home.path, on: try CgroupHost.detect(), everywhere: everywhere).map {
            .cgroup($0)
        }
        if !everywhere { found += ContentStore.unfinished(beneath: home.path).map { .unfinished($0) } }
        return found
    }

    private func remove(_ leftover: Leftover) throws -> [String] {
        switch leftover {
        case .run(let folder, let lock):
            defer { withExtendedLifetime(lock) {} }
            let number = Self.number(ofRun: folder)
            let processes = LessonProcesses.end(ofRun: folder)
            // A picture is written beside its place under a name that says so, and then renamed.
            for name in Self.names(in: "\(home.frames)/\(number)", type: DT_REG) where name.hasSuffix(".partial") {
                unlink("\(home.frames)/\(number)/\(name)")
            }
            try Folders.remove(folder)
            let ended =
                processes == 0 ? "" : processes == 1 ? ", and ended a process" : ", and ended \(processes) processes"
            return ["what run \(number) had left\(ended)"]
        case .container(.folder(let folder), _, let lock):
            defer { withExtendedLifetime(lock) {} }
            try Folders.remove(folder)
            return [folder]
        case .container(.container(var record), let shelf, let lock):
            defer { withExtendedLifetime(lock) {} }
            if case .running(let pid, let startTime, _) = record.state, ProcessIdentity.startTime(of: pid) == startTime
            {
                kill(pid, SIGKILL)
            }
            if record.autoRemove == true {
                try shelf.remove(record.id)
                return ["the container \(record.name), which was to be removed when it ends"]
            }
            record.state = .exited(status: 255, at: .now)
            try shelf.update(record)
            return ["what kept the container \(record.name) from being started: it has exited"]
        case .cgroup(let cgroup):
            try cgroup.remove()
            return ["cgroup \(cgroup.path)"]
        case .unfinished(let path):
            return [path]
        }
    }

    /// The folder's name is the run's number and its process: `7-4711`.
    private static func number(ofRun folder: String) -> String {
        String((folder.split(separator: "/").last ?? "").prefix { $0 != "-" })
    }

    private static func names(in folder: String, type: Int = DT_DIR) -> [String] {
        (try? directoryNames(at: folder, ofType: type)) ?? []
    }
}
