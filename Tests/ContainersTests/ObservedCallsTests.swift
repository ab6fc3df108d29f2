import Events
import LayerModel
import Linux
import Testing
import Verification

private let processors = (try? CPUSet(of: 0).count) ?? 1

/// The observer held against a program that knows what it did.
@Suite(.enabled(if: isRoot, "containers need root on this host"))
struct ObservedCallsTests {
    /// Every stopped call in every form, from the main thread, another thread, a fork, a vfork, after an exec, after an
    /// exec by a thread, and from four of them at once; behind chroot(2), through descriptors that were passed on, of
    /// files that were renamed and deleted; and the calls that are refused.
    @Test(.timeLimit(.minutes(2)))
    func theRecordIsWhatTheProgramSays() throws {
        let calls = try ObservedCalls("all")
        let (callers, found) = calls.said()
        #expect(callers.count == 12)
        var recorded = calls.recorded()
        for (thread, caller) in callers {
            // The container numbers its threads otherwise than the host: a caller is known by its first line.
            let first = caller.lines.first { !$0.isHole }
            let match = recorded.first { lines in
                lines.value.contains { $0 == first } && lines.value.count >= caller.lines.count
            }
            let pid = try #require(match?.key, "nobody was recorded as \(caller.role) (thread \(thread))")
            compare(caller, with: recorded.removeValue(forKey: pid) ?? [])
        }
        #expect(recorded.isEmpty, "calls that the program did not make")
        // The model has an answer to every call that it is asked about, and the kernel's is the same.
        let verifier = Verifier(on: .current)
        for operation in calls.operations where operation.call != nil {
            let verdict = verifier.verdict(on: operation).verdict
            if case .unmodelled(let reason) = verdict,
                reason.hasPrefix("it depends on whether the caller opened the file")
            {
                #expect(operation.flags == "AT_EMPTY_PATH")
            } else {
                #expect(verdict == .confirmed, "\(operation.syscall) \(operation.arguments)")
            }
        }
        #expect(calls.found == found)
    }

    /// The calls that only look stop where a lesson asks for it, and change nothing.
    @Test func looksAreRecordedWhereALessonAsksForIt() throws {
        let calls = try ObservedCalls("looks", reads: true)
        let caller = try #require(calls.said().callers.first?.1)
        // What the program's start looks at comes first.
        let recorded = try #require(calls.recorded().values.first)
        compare(caller, with: Array(recorded.suffix(caller.lines.count)))
        #expect(calls.found.isEmpty)
        #expect(calls.operations.flatMap(\.effects).isEmpty)
        let unasked = try ObservedCalls("looks")
        #expect(unasked.operations.isEmpty && unasked.holes.isEmpty)
    }

    private func compare(_ caller: ObservedCalls.Caller, with recorded: [ObservedCalls.Line]) {
        for (index, said) in caller.lines.enumerated() {
            guard index < recorded.count else {
                Issue.record("\(caller.role): \(said) is missing at the end")
                return
            }
            let seen = recorded[index]
            if said.isHole {
                #expect(
                    seen.isHole && seen.call == said.call && seen.written.contains(said.written),
                    "\(caller.role) \(index)")
            } else {
                #expect(seen == said, "\(caller.role) \(index)")
            }
            if seen.call != said.call { return }
        }
        #expect(recorded.count == caller.lines.count, "\(caller.role)")
    }

    /// The filter is made to let one call through: what it does is found.
    @Test(arguments: [
        Syscall.mkdirat, .unlinkat, .renameat2, .symlink, .fchmodat, .fchownat, .truncate, .removexattr, .linkat,
    ])
    func whatTheObserverMissesTheLastLookFinds(_ missed: Syscall) throws {
        let calls = try ObservedCalls("one", leavingOut: [missed])
        #expect(!calls.operations.contains { $0.syscall == missed.rawValue })
        #expect(!calls.found.isEmpty, "\(missed.rawValue) was missed, and nobody noticed")
    }

    @Test func whatIsSeenLeavesTheLastLookNothing() throws {
        let calls = try ObservedCalls("one")
        #expect(calls.found == calls.said().found)
    }

    /// The program itself looks whether it, or what it starts, may run on fewer processors than before.
    @Test func aStormIsServedOnOneProcessorAndNobodyNotices() throws {
        let calls = try ObservedCalls("storm", "300")
        #expect(calls.holes.isEmpty)
        #expect(calls.operations.count == 5 * 2 * 300)
    }

    @Test(.enabled(if: processors > 1, "one processor cannot be taken away"), .timeLimit(.minutes(1)))
    func processesThatComputeAtOnceGetAllProcessorsBack() throws {
        #expect(try ObservedCalls("side by side", "\(processors)").holes.isEmpty)
    }

    /// exec by a thread kills the leader wherever it is, and no end of it is told: whoever waits for its call to return
    /// would wait for ever.
    @Test(.timeLimit(.minutes(1)))
    func aLeaderThatAThreadOvertakesHoldsNobodyUp() throws {
        let rounds = 100
        let calls = try ObservedCalls("overtaken", "\(rounds)")
        #expect(calls.operations.last?.call == .mkdir("/done", mode: 0o755))
        // It was hit within a call now and then, which is said; what such a call left may be found besides.
        let killed = calls.holes.filter { $0.reason.contains("killed inside the call") }
        #expect(!killed.isEmpty)
        for hole in calls.holes where !hole.reason.contains("killed inside the call") {
            #expect(["/one", "/other"].contains(hole.path), "\(hole)")
        }
        let programs = calls.events.count { if case .process(let event) = $0 { event.kind == .exec } else { false } }
        #expect(programs == rounds + 1)
    }

    /// 200 processes at once, half of whose calls are made by children that come and go.
    @Test(.timeLimit(.minutes(3)))
    func nothingIsLostUnderALoadOf200Processes() throws {
        let (processes, rounds) = (200, 4)
        let calls = try ObservedCalls("load", "\(processes)", "\(rounds)")
        #expect(calls.holes.isEmpty)
        let verifier = Verifier(on: .current)
        var counts: [String: Int] = [:]
        for operation in calls.operations {
            #expect(verifier.verdict(on: operation).verdict == .confirmed, "\(operation)")
            counts[operation.syscall, default: 0] += 1
            #expect(operation.errno == nil)
        }
        let each = processes * rounds
        #expect(counts.values.reduce(0, +) == 4 * each + 1)
        #expect(counts["mkdir"] ?? counts["mkdirat"] == 1)
        let effects = calls.operations.flatMap(\.effects).map(\.effect.kind)
        // A rename removes one name and creates another.
        #expect(effects.filter { $0 == .create }.count == 2 * each + 1)
        #expect(effects.filter { $0 == .remove }.count == 2 * each)
        #expect(calls.operations.map(\.sequence) == Array(1...4 * each + 1))
        let births = calls.events.count { if case .process(let event) = $0 { event.kind == .fork } else { false } }
        let ends = calls.events.count { if case .process(let event) = $0 { event.kind == .exit } else { false } }
        #expect(births == processes * (1 + rounds / 2))
        #expect(ends == births + 1)
    }
}
