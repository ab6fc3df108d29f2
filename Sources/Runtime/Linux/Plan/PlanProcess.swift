import CLinux
import Glibc
public import LayerModel

/// What the child says about one step of its plan.
public enum PlanReport: Hashable, Sendable {
    /// The step at this place (from 0) is done.
    case done(step: Int, nanoseconds: Int64)
    /// The step failed, and with it the plan: the child ends. The subject is what exactly was acted on, where
    /// the step has several.
    case failed(step: Int, subject: String?, errno: Errno, nanoseconds: Int64)
    /// The child waits for `letGo()`.
    case waiting(step: Int)
    /// The last report: what follows is exec, or a failure of it. The time is CLOCK_MONOTONIC's.
    case executing(step: Int, since: Int64)
}

extension Plan {
    /// Clones a child into new namespaces, and into the v2 cgroup whose directory is open as `cgroup` unless that
    /// is -1; the child runs the plan. The thread that calls must live as long as the child. See clone3(2).
    ///
    /// - Throws: `SystemCallError` when there is no child; what goes wrong in it is reported by it.
    public func launch(namespaces: Namespaces, cgroup: CInt = -1) throws(SystemCallError) -> PlanProcess {
        let lowered = LoweredPlan(self)
        let report = try Descriptor.pipe()
        let go = try Descriptor.pipe()
        var pidfd: CInt = -1
        var plan = CLinux.plan()
        plan.report = (report.reading.number, report.writing.number)
        plan.go = (go.reading.number, go.writing.number)
        let pid = lowered.instructions.withUnsafeBufferPointer { instructions in
            plan.instructions = instructions.baseAddress
            plan.count = instructions.count
            return plan_launch(&plan, namespaces.rawValue, cgroup, &pidfd)
        }
        guard pid > 0 else {
            throw SystemCallError(call: "clone3", subject: "\(namespaces)", errno: .init(rawValue: -pid))
        }
        return PlanProcess(
            pid: pid, pidfd: Descriptor(owning: pidfd), report: report.intoReading(), go: go.intoWriting(),
            subjects: lowered.subjects)
    }
}

extension Pipe {
    fileprivate consuming func intoReading() -> Descriptor { reading }
    fileprivate consuming func intoWriting() -> Descriptor { writing }
}

/// The child that runs a plan, seen from its parent.
public struct PlanProcess: ~Copyable {
    public let pid: Int32
    /// Names the process even when `pid` has been given to another. See pidfd_open(2).
    public let pidfd: Descriptor
    private let report: Descriptor
    private let go: Descriptor
    private let subjects: [String?]

    init(
        pid: Int32, pidfd: consuming Descriptor, report: consuming Descriptor, go: consuming Descriptor,
        subjects: [String?]
    ) {
        self.pid = pid
        self.pidfd = pidfd
        self.report = report
        self.go = go
        self.subjects = subjects
    }

    /// The next reports: waits for at least one, and answers none once the child has turned into its program
    /// or is gone.
    ///
    /// - Throws: `SystemCallError`
    public borrowing func reports() throws(SystemCallError) -> [PlanReport] {
        let descriptor = report.number
        let subjects = subjects
        let size = MemoryLayout<plan_record>.stride
        var records = [plan_record](repeating: plan_record(), count: 64)
        // The child writes whole records, and a pipe's reader gets them whole as long as it asks for a multiple.
        let count = try call("read", "the set-up's reports") {
            records.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        }
        return records.prefix(count / size).map { PlanReport($0, subjects) }
    }

    /// The reports that are there already; never waits.
    ///
    /// - Throws: `SystemCallError`
    public borrowing func arrivedReports() throws(SystemCallError) -> [PlanReport] {
        let descriptor = report.number
        try call("fcntl") { fcntl(descriptor, F_SETFL, O_NONBLOCK) }
        defer { _ = fcntl(descriptor, F_SETFL, 0) }
        var all: [PlanReport] = []
        do {
            while case let next = try reports(), !next.isEmpty { all += next }
        } catch  where error.errno == .EAGAIN {}
        return all
    }

    /// Ends the child's waiting.
    ///
    /// - Throws: `SystemCallError`; EPIPE where the child has been killed meanwhile.
    public borrowing func letGo() throws(SystemCallError) {
        let descriptor = go.number
        // Its end is this call's error and no signal to the whole process.
        try call("write", "the set-up's pipe") { signals_write_byte(descriptor, 1) }
    }

    /// Sends a signal. See pidfd_send_signal(2).
    ///
    /// - Throws: `SystemCallError`
    public borrowing func send(signal: CInt) throws(SystemCallError) {
        let descriptor = pidfd.number
        try call("pidfd_send_signal") { linux_send_signal(descriptor, signal) }
    }

    /// Waits until the process is gone and reaps it. See waitid(2).
    ///
    /// - Throws: `SystemCallError`
    public borrowing func wait() throws(SystemCallError) -> WaitStatus {
        let descriptor = pidfd.number
        var signalled: CInt = 0
        let status = try call("waitid") { linux_wait(descriptor, &signalled) }
        return signalled != 0 ? .signalled(status) : .exited(status)
    }
}

extension PlanReport {
    fileprivate init(_ record: plan_record, _ subjects: [String?]) {
        let step = Int(record.step)
        switch record.kind {
        case PLAN_STEP_DONE: self = .done(step: step, nanoseconds: record.nanoseconds)
        case PLAN_WAITING: self = .waiting(step: step)
        case PLAN_EXECUTING: self = .executing(step: step, since: record.nanoseconds)
        default:
            self = .failed(
                step: step, subject: subjects[Int(record.instruction)], errno: Errno(rawValue: record.error),
                nanoseconds: record.nanoseconds)
        }
    }
}
