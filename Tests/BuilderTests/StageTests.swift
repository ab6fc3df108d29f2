import Glibc
import Linux
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

/// What stages say is told in their order.
struct TranscriptTests {
    private func transcript(_ stages: [Int], _ output: CInt = -1) -> (Transcript, @Sendable () -> [String]) {
        let lines = Lines()
        let listener = Transcript.Listener(
            say: { lines.add($0) }, warn: { lines.add("W " + $0) }, report: { lines.add("R " + $0) },
            download: { bytes, total in lines.add("D \(bytes)/\(total ?? 0)") }, output: output)
        let transcript = Transcript(of: stages, to: listener) {
            KeptUtterances(in: try Descriptor(opening: "/tmp", O_RDWR | 0o20_000_000 | O_DIRECTORY, mode: 0o600))
        }
        return (transcript, { lines.all })
    }

    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    @Test func aStageThatIsAheadIsToldWhenItsTurnComes() throws {
        let (transcript, lines) = transcript([0, 2, 5])
        let outputs = [0, 2, 5].map { StageOutput(stage: $0, transcript: transcript) }
        try outputs[2].say("5a")
        try outputs[1].say("2a")
        try outputs[1].report("2b")
        outputs[1].download(1, of: 2)
        try outputs[0].say("0a")
        #expect(lines() == ["0a"])
        try outputs[2].end()
        #expect(lines() == ["0a"])
        try outputs[0].end()
        #expect(lines() == ["0a", "2a", "R 2b"])
        outputs[1].download(2, of: nil)
        try outputs[1].say("2c")
        try outputs[1].end()
        #expect(lines() == ["0a", "2a", "R 2b", "D 2/0", "2c", "5a"])
    }

    @Test func oneWarningIsGivenOnce() throws {
        let (transcript, lines) = transcript([0, 1])
        for stage in [1, 0, 0] { try StageOutput(stage: stage, transcript: transcript).warn("same") }
        try StageOutput(stage: 0, transcript: transcript).end()
        #expect(lines() == ["W same"])
    }

    @Test func aCommandsOutputComesInItsPlaceByteForByte() throws {
        let file = try Descriptor(opening: "/tmp", O_RDWR | 0o20_000_000 | O_DIRECTORY, mode: 0o600)
        let (transcript, _) = transcript([0, 1], file.number)
        let ahead = StageOutput(stage: 1, transcript: transcript)
        // More than a pipe holds, and no text.
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try ahead.withDescriptor { descriptor in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = try call("write") { rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } }
                rest = rest.dropFirst(count)
            }
        }
        let first = StageOutput(stage: 0, transcript: transcript)
        try first.withDescriptor { descriptor in _ = try call("write") { write(descriptor, "first", 5) } }
        try first.end()
        var read = [UInt8](repeating: 0, count: bytes.count + 6)
        let number = file.number
        let count = try call("pread") { pread(number, &read, read.count, 0) }
        #expect(Array(read[..<count]) == Array("first".utf8) + bytes)
    }
}

/// Builds of several stages on the real kernel.
@Suite(.enabled(if: isRoot, "containers are made as root"))
struct SideBySideTests {
    /// Each of two stages waits in a pipe of a shared cache until the other is there, too.
    private let meeting = """
        FROM busybox AS a
        RUN --mount=type=cache,id=meet,target=/m mkfifo /m/p 2>/dev/null; timeout 60 sh -c 'echo from a > /m/p' && echo a
        FROM busybox AS b
        RUN --mount=type=cache,id=meet,target=/m mkfifo /m/p 2>/dev/null; timeout 60 cat /m/p && echo b > /b
        RUN echo second of b
        FROM busybox
        COPY --from=a /bin/busybox /a
        COPY --from=b /b /b
        RUN cat /b
        """

    @Test func independentStagesAreBuiltSideBySideAndToldInTheirOrder() throws {
        let scene = try Scene()
        let outcome = try scene.build(meeting) { $0.stagesAtOnce = 2 }
        #expect(outcome.error == nil)
        #expect(outcome.output == ["a", "from a", "second of b", "b"])
        let steps = outcome.lines.filter { $0.hasPrefix("Step ") }.map { String($0.prefix { $0 != "/" }) }
        #expect(steps == (1...9).map { "Step \($0)" })
        // Told line by line as by a build of one stage after the other.
        let again = try scene.build(meeting) { $0.stagesAtOnce = 2 }
        let alone = try scene.build(meeting) { $0.stagesAtOnce = 1 }
        #expect(again.lines == alone.lines && again.usesOfCache == 6 && again.id == outcome.id)
        #expect(scene.unfinished().isEmpty)
    }

    @Test func stagesThatLockOneCacheTakeTurns() throws {
        let scene = try Scene()
        let stage = "RUN --mount=type=cache,id=k,target=/k,sharing=locked mkdir /k/busy && sleep 0.1 && rmdir /k/busy"
        let dockerfile = """
            FROM busybox AS a
            \(stage) && echo a > /a
            FROM busybox AS b
            \(stage) && echo b > /b
            FROM busybox
            COPY --from=a /a /
            COPY --from=b /b /
            """
        #expect(try scene.build(dockerfile) { $0.stagesAtOnce = 2 }.error == nil)
    }

    @Test func theFirstStagesFailureIsToldAndTheOthersLeaveNothing() throws {
        let scene = try Scene()
        let dockerfile = """
            FROM busybox AS a
            RUN --mount=type=cache,id=meet,target=/m mkfifo /m/p; timeout 60 cat /m/p; exit 3
            FROM busybox AS b
            RUN --mount=type=cache,id=meet,target=/m while [ ! -p /m/p ]; do sleep 0.01; done; echo met > /m/p; sleep 600
            FROM busybox
            COPY --from=a /a /
            COPY --from=b /b /
            """
        let outcome = try scene.build(dockerfile) { $0.stagesAtOnce = 2 }
        #expect((outcome.error as? BuildError)?.exitStatus == 3)
        #expect(outcome.output == ["met"])
        #expect(!outcome.lines.contains { $0.contains("AS b") }, "what stands behind a failure is not told")
        #expect(scene.unfinished().isEmpty)
    }
}
