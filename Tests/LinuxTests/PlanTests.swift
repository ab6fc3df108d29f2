import Glibc
import LayerModel
import Linux
import Testing

@Suite struct PlanTests {
    @Test func aPlanReadsAsAList() {
        let plan = Plan([
            .newSession, .setHostname("web"), .mount(FilesystemMount("proc", on: "proc", [.noSetUID, .readOnly])),
            .becomeUser(UserIdentity(uid: 1, gid: 2, groups: [2, 3])),
        ])
        #expect(
            plan.description == """
                1  new session
                2  sethostname: web
                3  mount proc: on /proc (ro,nosuid)
                4  become user: uid 1, gid 2, groups 2 3
                """)
    }

    @Test func aCommandWithoutASlashIsLookedForInThePath() {
        let program = Program(arguments: ["sh", "-c", "true"], environment: ["PATH=/a::/b"])
        #expect(program.candidates == ["/a/sh", "./sh", "/b/sh"])
        #expect(Program(arguments: ["bin/sh"], environment: []).candidates == ["bin/sh"])
        #expect(Program(arguments: ["x"], environment: []).candidates.first == "/usr/local/sbin/x")
    }

    @Test func namesOfCapabilitiesAreTheirNumbers() {
        #expect(Capabilities.container.rawValue == 0xa804_25fb)
        #expect(Capabilities(names: ["sys_admin"])?.rawValue == 1 << 21)
        #expect(Capabilities(names: ["checkpoint_restore"])?.rawValue == 1 << 40)
        #expect(Capabilities(names: ["all"]) == nil)
        #expect(Capabilities(rawValue: 0b101).description == "chown dac_read_search")
    }

    /// A plan needs no namespace: it is only a child that does what it is told.
    @Test func stepsAreReportedInOrderUpToTheOneThatFails() throws {
        try DedicatedThread.run {
            let plan = Plan([
                .newSession, .fileMask(0o22), .workingDirectory("/"), .closeDescriptors(from: 3),
                .execute(Program(candidates: ["/no/such", "/dev/null"], arguments: ["x"], environment: [])),
            ])
            let process = try plan.launch(namespaces: [])
            var reports: [PlanReport] = []
            while case let next = try process.reports(), !next.isEmpty { reports += next }
            #expect(try process.wait() == .exited(125))
            #expect(reports.count == 6)
            guard case .done(0, let nanoseconds) = reports[0] else { throw Unexpected() }
            #expect(nanoseconds > 0)
            guard case .executing(4, _) = reports[4] else { throw Unexpected() }
            guard case .failed(4, nil, .EACCES, _) = reports[5] else { throw Unexpected() }
        }
    }

    @Test func aForcedFaultFailsWithoutBeingDone() throws {
        try DedicatedThread.run {
            let plan = Plan([.newSession, .setHostname("never")]).failing(at: 1, with: .ENOSPC)
            let process = try plan.launch(namespaces: [])
            let reports = try process.reports()
            #expect(try process.wait() == .exited(125))
            guard case .failed(1, _, .ENOSPC, _) = reports.last else { throw Unexpected() }
        }
    }

    @Test func theChildWaitsForItsParent() throws {
        try DedicatedThread.run {
            let program = Program(candidates: ["/bin/true"], arguments: ["true"], environment: [])
            let process = try Plan([.newSession, .awaitParent, .execute(program)]).launch(namespaces: [])
            #expect(try process.reports().last == .waiting(step: 1))
            #expect(try process.arrivedReports() == [])
            try process.letGo()
            while case let next = try process.reports(), !next.isEmpty {}
            #expect(try process.wait() == .exited(0))
        }
    }

    /// Somebody else has killed it: an error of the one call, no signal that ends the process.
    @Test func aChildThatIsGoneIsNotLetGo() throws {
        try DedicatedThread.run {
            let program = Program(candidates: ["/bin/true"], arguments: ["true"], environment: [])
            let process = try Plan([.newSession, .awaitParent, .execute(program)]).launch(namespaces: [])
            #expect(try process.reports().last == .waiting(step: 1))
            try process.send(signal: SIGKILL)
            #expect(try process.wait() == .signalled(SIGKILL))
            var error: SystemCallError?
            // Another test's child may hold the pipe's other end until it executes.
            for _ in 0..<5000 where error == nil {
                do { try process.letGo() } catch let failure as SystemCallError { error = failure }
                usleep(1000)
            }
            #expect(error?.errno == .EPIPE)
            var pending = sigset_t()
            sigpending(&pending)
            #expect(sigismember(&pending, SIGPIPE) == 0)
        }
    }

    @Test func theChildDiesWithTheThreadThatMadeIt() throws {
        let pid = try DedicatedThread.run {
            let program = Program(candidates: ["/bin/sleep"], arguments: ["sleep", "1000"], environment: [])
            let process = try Plan([.dieWithParent, .execute(program)]).launch(namespaces: [])
            while case let next = try process.reports(), !next.isEmpty {}
            return process.pid
        }
        var status: CInt = 0
        #expect(waitpid(pid, &status, 0) == pid)
        #expect(status == SIGKILL)
    }

    @Test func anImpossibleCloneSaysWhatItWas() throws {
        let error = #expect(throws: SystemCallError.self) {
            _ = try DedicatedThread.run { try Plan([.newSession]).launch(namespaces: [], cgroup: 0).pid }
        }
        #expect(error?.call == "clone3")
    }

    struct Unexpected: Error {}
}
