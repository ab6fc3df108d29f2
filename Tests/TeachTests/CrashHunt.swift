import CLinux
import CTracing
import Foundation
import LayerModel
import Linux

/// Runs teach under ptrace(2) and kills one of its processes at a chosen system call.
///
/// teach traces its containers itself, and a process has one tracer only. So a container's first process is followed
/// through its plan and let go when it waits for its parent (`await parent`); where the kill shall come later in the
/// plan, the `docker` that wants to trace it is made to believe that it does.
final class CrashHunt {
    struct Outcome {
        /// Whether the victim was killed where it should be.
        var isHit = false
        /// The title of the lesson's step that was under way at the kill.
        var step: String?
        /// Whether the container had come to its command then; before, its program is still teach.
        var isExecuted = false
        /// How `teach run` ended.
        var status: WaitStatus = .exited(0)
        /// How many calls each place had, as far as they were counted.
        var calls: [CrashPlace: Int] = [:]
        /// Of each container that was born before the hunt was over: whether a shell stood above its `docker` then.
        var isUnderShell: [Bool] = []
    }

    private enum Role { case teach, shell, shellChild, docker, container, other }

    private var output = ""
    /// `nil` only counts.
    private let cell: CrashCell?
    /// Which of the place's calls, from 0.
    private let ordinal: Int
    /// Which of the run's containers, from 0.
    private let container: Int
    private var cursor: SetupCursor
    private let awaiting: Int

    private var outcome = Outcome()
    private var roles: [pid_t: Role] = [:]
    private var leaders: [pid_t: pid_t] = [:]
    private var unborn: [pid_t: Int32] = [:]
    private var root: pid_t = 0
    private var shell: pid_t = 0
    private var docker: pid_t = 0
    private var child: pid_t = 0
    private var containers = 0
    private var isDetached = false
    private var heldDocker: pid_t = 0
    private var skipped: Set<pid_t> = []
    private var isCreating = false
    private var isObserving = false
    private var isOver = false
    private var phases: CrashPhases

    init(
        home: String, steps: [SetupCursor.Step], cell: CrashCell?, ordinal: Int = 0, container: Int = 0
    ) {
        self.cell = cell
        self.ordinal = ordinal
        self.container = container
        cursor = SetupCursor(steps)
        phases = CrashPhases(home: home)
        awaiting = steps.firstIndex { $0.name == "await parent" } ?? steps.count
    }

    /// Whether only teach's own calls matter.
    private var isAboutPhases: Bool {
        if case .phase? = cell?.place { true } else { cell == nil && countsPhases }
    }
    var countsPhases = true

    /// Whether the container is to be followed beyond the point where its `docker` becomes its tracer.
    private var isFollowedToTheEnd: Bool {
        switch cell?.place {
        case .setup(let index): index > awaiting
        case nil: true
        default: false
        }
    }

    /// Runs the program, on a thread of its own, to the end of all that can be waited for.
    func run(_ arguments: [String], _ environment: [String: String], cgroup: String?, output: String) throws -> Outcome
    {
        self.output = output
        return try DedicatedThread.run {
            let file = try Descriptor(opening: output, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
            let entrance = try cgroup.map { try Descriptor(opening: $0, O_WRONLY).release() } ?? -1
            defer { if entrance >= 0 { close(entrance) } }
            var begin: CInt = -1
            let words = arguments.map { strdup($0) } + [nil]
            let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
            defer { (words + variables).forEach { free($0) } }
            root = tracing_spawn(arguments[0], words, variables, entrance, file.number, file.number, &begin)
            guard root > 0, trace_seize(root) == 0 else {
                throw SystemCallError(call: "ptrace", subject: arguments[0], errno: Errno(rawValue: errno))
            }
            tracing_begin(begin)
            roles[root] = .teach
            leaders[root] = root
            while true {
                var status: Int32 = 0
                let pid = trace_wait(&status)
                if pid < 0 { break }
                if status & 0x7F == 0x7F {
                    stopped(pid, status)
                } else if pid == root {
                    outcome.status =
                        status & 0x7F == 0 ? .exited((status >> 8) & 0xFF) : .signalled(status & 0x7F)
                }
            }
            return outcome
        }
    }

    // MARK: - Stops

    private func stopped(_ pid: pid_t, _ status: Int32) {
        guard let role = roles[pid] ?? roleOfProcess(of: pid) else {
            // A child's first stop may come before its parent's.
            unborn[pid] = status
            return
        }
        let event = Int(trace_event(status))
        let signal = (status >> 8) & 0xFF
        if isOver { return letGo(pid, event == 0 && signal != SIGTRAP | 0x80 ? signal : 0) }
        switch event {
        case TRACE_EVENT_FORK, TRACE_EVENT_VFORK, TRACE_EVENT_CLONE: born(of: pid, role, event)
        case TRACE_EVENT_EXEC: executed(pid, role)
        case 0 where signal == SIGTRAP | 0x80: if called(pid, role) { return }
        case 0:
            resume(pid, signal)
            return
        default: break
        }
        if isOver { letGo(pid, 0) } else { resume(pid, 0) }
    }

    /// What a new thread's process is: of a thread that was let go, no stop tells that it has made one.
    private func roleOfProcess(of pid: pid_t) -> Role? {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Tgid:") }
        guard let leader = line.flatMap({ pid_t($0.dropFirst(5).trimmingCharacters(in: .whitespaces)) }), leader != pid,
            let role = roles[leader]
        else { return nil }
        roles[pid] = role
        leaders[pid] = leader
        return role
    }

    private func resume(_ pid: pid_t, _ signal: Int32) {
        let follows: Bool
        switch roles[pid] {
        case .teach: follows = isAboutPhases
        case .shell, .shellChild:
            // What it is shows at exec.
            if isAboutPhases, roles[pid] == .shellChild || pid == shell { return letGo(pid, signal) }
            follows = false
        case .docker: follows = leaders[pid] == docker && containers == container
        case .container: follows = true
        default: return letGo(pid, signal)
        }
        _ = follows ? trace_continue_to_exit(pid, signal) : trace_continue(pid, signal)
    }

    private func letGo(_ pid: pid_t, _ signal: Int32) {
        roles[pid] = roles[pid] ?? .other
        _ = tracing_detach(pid, signal)
    }

    private func born(of parent: pid_t, _ role: Role, _ event: Int) {
        var message: UInt = 0
        guard trace_event_message(parent, &message) == 0 else { return }
        let pid = pid_t(message)
        let leader = leaders[parent] ?? parent
        if event == TRACE_EVENT_CLONE, access("/proc/\(leader)/task/\(pid)", F_OK) == 0 {
            roles[pid] = role
            leaders[pid] = leader
        } else {
            leaders[pid] = pid
            if role == .docker, event == TRACE_EVENT_FORK { outcome.isUnderShell.append(shell != 0) }
            switch role {
            // The shell, or a program of the host's that makes the image: exec will tell.
            case .teach: roles[pid] = .shell
            case .shell: roles[pid] = .shellChild
            case .docker where event == TRACE_EVENT_FORK && containers == container && child == 0:
                roles[pid] = .container
                child = pid
            default:
                if role == .docker, event == TRACE_EVENT_FORK, child == 0 { containers += 1 }
                roles[pid] = .other
            }
        }
        if let status = unborn.removeValue(forKey: pid) { stopped(pid, status) }
    }

    private func executed(_ pid: pid_t, _ role: Role) {
        switch role {
        case .shell, .shellChild:
            let name = name(of: pid)
            if role == .shell, name == "sh" {
                shell = pid
                phases.shellBegan()
                return
            }
            guard name == "docker" else {
                roles[pid] = .other
                return
            }
            // A shell turns into its last command.
            if role == .shell { shell = 0 }
            roles[pid] = .docker
            if child == 0 { docker = pid }
            isCreating = false
        case .container:
            roles[pid] = .other
            isDetached = true
        default: break
        }
    }

    private func name(of pid: pid_t) -> String {
        (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8))?.trimmingCharacters(in: .newlines) ?? ""
    }

    // MARK: - Calls

    /// - Returns: whether the process is dealt with already.
    private func called(_ pid: pid_t, _ role: Role) -> Bool {
        var info = trace_syscall()
        guard trace_syscall_info(pid, &info) == 0 else { return false }
        guard info.stop == 1 else {
            if skipped.remove(pid) != nil { _ = tracing_answer(pid, 0) }
            return false
        }
        let arguments = withUnsafeBytes(of: info.arguments) { Array($0.bindMemory(to: UInt64.self)) }
        let call = StoppedCall(number: Int(info.number), arguments: arguments) { Self.text(pid, arguments[$0]) }
        switch role {
        case .teach:
            guard let phase = phases.phase(of: call, pid) else { return false }
            reached(.phase(phase))
        case .container:
            cursor.enter(call)
            if cursor.index >= 0 { reached(.setup(cursor.index)) }
            if isOver { return false }
            if !isFollowedToTheEnd, cursor.index == awaiting, call.is(0, 63) {
                isDetached = true
                roles[pid] = .other
                letGo(pid, 0)
                if heldDocker != 0 {
                    isObserving = true
                    resume(heldDocker, 0)
                    heldDocker = 0
                }
                return true
            }
        case .docker where leaders[pid] == docker:
            if child == 0 {
                if !isCreating, call.is(83, nil) || call.is(258, 34) {
                    isCreating = call.text(call.is(83, nil) ? 0 : 1).contains("/.new-")
                }
                if isCreating { reached(.creating) }
            } else if call.is(101, 117), arguments[0] == 0x4206 {
                if isFollowedToTheEnd {
                    _ = tracing_skip(pid)
                    skipped.insert(pid)
                } else if !isDetached {
                    heldDocker = pid
                    return true
                } else {
                    isObserving = true
                }
            } else if isObserving {
                reached(.observing)
            }
        default: break
        }
        return false
    }

    /// One more call of a place; the kill, if it is the one.
    private func reached(_ place: CrashPlace) {
        let count = outcome.calls[place, default: 0]
        outcome.calls[place] = count + 1
        guard let cell, cell.place == place, count == ordinal else { return }
        let victim =
            switch cell.victim {
            case .teach: root
            case .shell: shell
            case .docker: docker
            case .container: child
            }
        guard victim > 0, ProcessIdentity.startTime(of: victim) != nil else { return }
        let program = child > 0 ? try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(child)/exe") : nil
        outcome.isExecuted = program.map { !$0.hasSuffix("/teach") } ?? false
        outcome.isHit = kill(victim, SIGKILL) == 0
        outcome.step = step()
        isOver = true
        // Everybody else goes on untraced: each is stopped once more, to be let go.
        for pid in roles.keys { _ = tracing_interrupt(pid) }
        if heldDocker != 0 { letGo(heldDocker, 0) }
        for pid in unborn.keys { letGo(pid, 0) }
    }

    /// The last heading that teach has printed: `── 3 of 20 · Many directories, one tree ──…`.
    private func step() -> String? {
        let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
        return text.matches(of: #/── \d+ of \d+ · (.*?) ─/#).last.map { String($0.1) }
    }

    private static func text(_ pid: pid_t, _ address: UInt64) -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = trace_read(pid, address, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count].prefix { $0 != 0 }, as: UTF8.self) : ""
    }
}
