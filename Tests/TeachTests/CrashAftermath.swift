import Foundation
import Recording

/// What is on the machine after a kill, seen from outside: without teach's own means of finding it.
struct CrashAftermath {
    let teach: Program
    /// The directory of the cgroup that everything runs in.
    let cgroup: String?

    var home: String { teach.home + "/home" }

    /// What is wrong, a sentence each, and whether the kill had left something.
    ///
    /// - Parameters:
    ///   - runs: the number of runs that the record held before.
    ///   - output: what `teach run` had printed.
    func judge(
        runsBefore runs: Int, output: String, wasTeachKilled: Bool
    ) throws -> (problems: [String], wasLeft: Bool) {
        var problems: [String] = []
        // Containers, and what a lesson started, do not outlive teach; nobody has to come and end them.
        if let left = waitUntil(
            { processes.isEmpty && foreignMounts.isEmpty }, else: { "\(processes) \(foreignMounts)" })
        {
            problems.append("processes or mounts are left without anybody's doing: \(left)")
        }
        let isLeft = !folders.isEmpty || !cgroups.isEmpty
        let next = try teach("list")
        let notices = next.errors.split(separator: "\n").filter { $0.contains("teach clean") }
        if next.status != 0 { problems.append("the next command fails: \(next.errors)") }
        if notices.count != (isLeft ? 1 : 0) {
            problems.append("left are \(folders) and \(cgroups), and the next command says: \(next.errors)")
        }
        let processesSeen = try teach.docker("ps", "-a")
        if processesSeen.status != 0 || processesSeen.output.contains("Up ") {
            problems.append("docker ps -a says \(processesSeen.output) \(processesSeen.errors)")
        }

        let clean = try teach("clean")
        if clean.status != 0 || !clean.errors.isEmpty { problems.append("clean fails: \(clean.errors)") }
        if !folders.isEmpty || !cgroups.isEmpty || !processes.isEmpty || !hostMounts.isEmpty {
            problems.append(
                "clean leaves \(folders) \(cgroups) \(processes) \(hostMounts); it said \(clean.output)")
        }
        let again = runs % 8 == 0 ? try teach("clean").output : "nothing was left\n"
        if again != "nothing was left\n" { problems.append("a second clean finds more: \(again)") }
        problems += try recordProblems(runsBefore: runs, output: output, wasTeachKilled: wasTeachKilled)
        return (problems, isLeft)
    }

    private func recordProblems(runsBefore: Int, output: String, wasTeachKilled: Bool) throws -> [String] {
        guard FileManager.default.fileExists(atPath: home + "/recordings.sqlite") else { return [] }
        var problems: [String] = []
        let recording = try Recording(at: home + "/recordings.sqlite")
        defer { try? recording.close() }
        problems += recording.notices
        problems += try recording.integrityProblems()
        let runs = try recording.runs()
        if runs.contains(where: { $0.status == .running }) { problems.append("a run counts as running") }
        guard runs.count > runsBefore, let run = runs.first else { return problems }
        if wasTeachKilled, run.status == .failed { problems.append("run \(run.id) counts as failed") }
        let shown = try teach("show", "\(run.id)")
        if shown.status != 0 || !shown.output.contains("(\(run.status.rawValue),") {
            problems.append("the run cannot be shown: \(shown.output.prefix(200)) \(shown.errors)")
        }
        // A step was told of as done when the next one's heading stands behind it: then it is in the record, whole.
        let headings = output.matches(of: #/── (\d+) of \d+ ·/#).compactMap { Int($0.1) }
        let steps = try recording.steps(ofRun: run.id)
        for number in headings.dropLast() {
            guard let step = steps.first(where: { $0.description.number == number }), step.result != nil else {
                problems.append("step \(number) of run \(run.id) was told of and is not in the record")
                continue
            }
            if try recording.frameSettings(ofRun: run.id, step: number) == nil {
                problems.append("step \(number) of run \(run.id) has lost its frames")
            }
        }
        return problems
    }

    // MARK: - What is there

    /// Names that only an interrupted command leaves.
    private var folders: [String] {
        let manager = FileManager.default
        let runs = (try? manager.contentsOfDirectory(atPath: home + "/runs")) ?? []
        var found = runs.map { "runs/" + $0 }
        for folder in ["images", "layers", "cache", "containers"] {
            let names = (try? manager.contentsOfDirectory(atPath: home + "/" + folder)) ?? []
            found += names.filter { $0.hasPrefix(".") && $0 != ".lock" }.map { "\(folder)/\($0)" }
        }
        for run in (try? manager.contentsOfDirectory(atPath: home + "/frames")) ?? [] {
            let names = (try? manager.contentsOfDirectory(atPath: "\(home)/frames/\(run)")) ?? []
            found += names.filter { $0.hasSuffix(".partial") }.map { "frames/\(run)/\($0)" }
        }
        return found
    }

    private var cgroups: [String] {
        guard let cgroup else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: cgroup + "/teach")) ?? []
        return names.filter { $0.count == 64 }
    }

    /// The processes that have this home in their environment, or belong to a container's cgroup.
    private var processes: [Int32] {
        let mark = Array("TEACH_HOME=\(home)".utf8)
        let named = Self.processNumbers.filter { pid in
            guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/environ") else { return false }
            return data.split(separator: 0).contains { $0.elementsEqual(mark) }
        }
        let contained = cgroups.flatMap { id in
            let text = (try? String(contentsOfFile: "\(cgroup!)/teach/\(id)/cgroup.procs", encoding: .utf8)) ?? ""
            return text.split(separator: "\n").compactMap { Int32($0) }
        }
        return named + contained
    }

    private static var processNumbers: [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
    }

    private var hostMounts: [String] { Self.mounts(of: "self", home) }

    /// Mounts of this home's directories in anybody's mount namespace.
    private var foreignMounts: [String] {
        let manager = FileManager.default
        let own = try? manager.destinationOfSymbolicLink(atPath: "/proc/self/ns/mnt")
        return Self.processNumbers.flatMap { pid -> [String] in
            let other = try? manager.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/mnt")
            return other == nil || other == own ? [] : Self.mounts(of: "\(pid)", home)
        }
    }

    private static func mounts(of process: String, _ home: String) -> [String] {
        let text = FileManager.default.contents(atPath: "/proc/\(process)/mountinfo").map {
            String(decoding: $0, as: UTF8.self)
        }
        return (text ?? "").split(separator: "\n").filter { $0.contains(home) }.map { "\(process): \($0)" }
    }

    /// Waits for what the kernel still has to do: a killed process goes a moment later.
    ///
    /// - Returns: `nil` when it came true.
    private func waitUntil(_ holds: () -> Bool, else description: () -> String) -> String? {
        for _ in 0..<2000 {
            if holds() { return nil }
            usleep(5000)
        }
        return description()
    }
}
