import Glibc
import Synchronization
import Testing

@testable import Builder

/// Which stages are built at the same time, and what ends a build.
struct StageScheduleTests {
    private struct Failure: Error, Equatable { let stage: Int }

    /// Threads that wait for each other: only side by side they get through.
    private final class Meeting: Sendable {
        private let here = Mutex<Set<Int>>([])
        /// - Returns: whether so many came.
        func wait(_ stage: Int, for count: Int) -> Bool {
            here.withLock { _ = $0.insert(stage) }
            for _ in 0..<10_000 {
                if here.withLock({ $0.count }) >= count { return true }
                usleep(1000)
            }
            return false
        }
    }

    private func schedule(
        _ needs: [Int: Set<Int>], limit: Int = 8, control: BuildControl = BuildControl(),
        _ build: @escaping StageSchedule<Int>.Work
    ) throws -> [Int: Int] {
        try StageSchedule(needs: needs, limit: limit, control: control, build: build).run()
    }

    @Test func stagesThatDoNotNeedEachOtherMeet() throws {
        let meeting = Meeting()
        let built = try schedule([0: [], 1: [], 2: [], 3: [0, 1, 2]]) { stage, needed, _ in
            if stage == 3 { return needed.values.reduce(0, +) }
            return meeting.wait(stage, for: 3) ? stage + 1 : -1
        }
        #expect(built == [0: 1, 1: 2, 2: 3, 3: 6])
    }

    @Test func noMoreAreBuiltAtOnceThanAllowed() throws {
        let running = Mutex((now: 0, most: 0))
        let needs = Dictionary(uniqueKeysWithValues: (0..<12).map { ($0, $0 < 8 ? [] : Set([$0 - 8])) })
        for limit in [1, 2, 3] {
            running.withLock { $0 = (0, 0) }
            let built = try schedule(needs, limit: limit) { stage, needed, _ in
                running.withLock { running in
                    running.now += 1
                    running.most = max(running.most, running.now)
                }
                usleep(500)
                running.withLock { $0.now -= 1 }
                return needed.count
            }
            #expect(built.count == 12 && built.filter { $0.value == 1 }.count == 4)
            #expect(running.withLock { $0.most } <= limit)
        }
    }

    @Test func aChainIsBuiltOnTheCallersThread() throws {
        let caller = Int(truncatingIfNeeded: pthread_self())
        let built = try schedule([0: [], 1: [0], 2: [1]]) { _, _, _ in Int(truncatingIfNeeded: pthread_self()) }
        #expect(Set(built.values) == [caller])
    }

    @Test func theFirstStagesFailureCountsAndWhatStandsBehindItIsInterrupted() throws {
        let meeting = Meeting()
        let interrupted = Mutex<Set<Int>>([])
        let begun = Mutex<Set<Int>>([])
        let error = #expect(throws: Failure.self) {
            try schedule([0: [], 1: [], 2: [], 3: [0], 4: [1]]) { stage, _, control in
                begun.withLock { _ = $0.insert(stage) }
                if stage == 3 { return 3 }
                #expect(meeting.wait(stage, for: 3))
                switch stage {
                case 0: return 0
                case 1:
                    // A later one fails first.
                    usleep(20_000)
                    throw Failure(stage: 1)
                default:
                    // Ends only when it is told to.
                    for _ in 0..<10_000 {
                        do { try control.check() } catch {
                            interrupted.withLock { _ = $0.insert(stage) }
                            throw error
                        }
                        usleep(1000)
                    }
                    return -1
                }
            }
        }
        #expect(error == Failure(stage: 1))
        #expect(interrupted.withLock { $0 } == [2])
        #expect(!begun.withLock { $0.contains(4) })
    }

    @Test func whatStandsBeforeAFailureIsBuiltToItsEnd() throws {
        let hasFailed = Mutex(false)
        let finished = Mutex(false)
        let error = #expect(throws: Failure.self) {
            try schedule([0: [], 1: []]) { stage, _, control in
                if stage == 1 {
                    hasFailed.withLock { $0 = true }
                    throw Failure(stage: 1)
                }
                while !hasFailed.withLock({ $0 }) { usleep(1000) }
                usleep(20_000)
                try control.check()
                finished.withLock { $0 = true }
                return 0
            }
        }
        #expect(error == Failure(stage: 1) && finished.withLock { $0 })
    }

    @Test func anInterruptionEndsAll() throws {
        let control = BuildControl()
        let meeting = Meeting()
        #expect(throws: BuildControl.Interruption.self) {
            try schedule([0: [], 1: []], control: control) { stage, _, part in
                #expect(meeting.wait(stage, for: 2))
                control.interrupt()
                try part.check()
                return 0
            }
        }
    }
}
