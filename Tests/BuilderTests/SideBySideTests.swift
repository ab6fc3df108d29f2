import Builder
import ContentStore
import Engine
import Glibc
import Linux
import OCI
import Synchronization
import Testing

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

    @Test func whatIsNotNeededIsNamed() throws {
        let scene = try Scene()
        let dockerfile = "FROM busybox AS one\nFROM one AS test\nRUN false\nFROM busybox\nRUN false\nFROM one\n"
        let last = try scene.build(dockerfile + "FROM busybox AS behind\n") { $0.target = "3" }
        #expect(
            last.error == nil
                && last.warnings == [
                    "stages test and 2 are not needed for this image and are left out; --target 2 builds that one"
                ])
        let test = try scene.build("FROM busybox AS test\nRUN false\nFROM busybox\n")
        #expect(
            test.warnings == ["stage test is not needed for this image and is left out; --target test builds it"])
        #expect(try scene.build("FROM busybox AS one\nFROM one\n").warnings.isEmpty)
    }

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

    @Test func whatStagesBeginWithIsMadeOnce() throws {
        let scene = try Scene()
        let common = "WORKDIR /src\nRUN date +%N > /n\n"
        let dockerfile = """
            FROM busybox AS a
            \(common)RUN echo a > /a
            FROM busybox AS b
            \(common)RUN echo b > /b
            FROM busybox
            COPY --from=a /n /a /
            COPY --from=b /n /n2
            COPY --from=b /b /
            RUN cmp /n /n2 && cat /a /b
            """
        let outcome = try scene.build(dockerfile) { $0.stagesAtOnce = 2 }
        #expect(outcome.error == nil)
        #expect(outcome.output == ["a", "b"] && outcome.usesOfCache == 2)
        let again = try scene.build(dockerfile) { $0.stagesAtOnce = 2 }
        #expect(again.usesOfCache == 10 && again.id == outcome.id)
    }

    @Test func manyStagesAtOnceMakeWhatOneAfterTheOtherMakes() throws {
        let scene = try Scene()
        try scene.file("f", "of the context\n")
        let numbers = 0..<6
        let stages = numbers.map { "FROM busybox AS s\($0)\nCOPY f /f\nWORKDIR /w\nRUN echo \($0) > /w/n; cat /f\n" }
        let copies = numbers.map { "COPY --from=s\($0) /w/n /n\($0)\nCOPY --from=s\($0) /f /f\($0)\n" }
        let dockerfile = stages.joined() + "FROM busybox\n" + copies.joined() + "RUN cat /n?\n"
        let outcomes = try [6, 6, 6, 1].map { limit in
            try scene.build(dockerfile) { ($0.stagesAtOnce, $0.usesCache) = (limit, false) }
        }
        let history = try scene.image(outcomes[3].id).config.history?.map(\.createdBy)
        for outcome in outcomes {
            #expect(outcome.error == nil)
            #expect(outcome.lines == outcomes[3].lines)
            #expect(outcome.output == numbers.map { _ in "of the context" } + numbers.map { "\($0)" })
            #expect(try scene.image(outcome.id).config.history?.map(\.createdBy) == history)
        }
        #expect(scene.unfinished().isEmpty)
    }

    @Test func twoThatMakeOneCacheFolderGetTheSame() throws {
        let scene = try Scene()
        let store = scene.engine.store
        var first: UInt64 = 0
        let folder = try store.buildCacheFolder(Digest(of: [1])) { _ in
            // Another one is faster.
            first = try inode(store.buildCacheFolder(Digest(of: [1])) { _ in })
        }
        #expect(try inode(folder) == first)
        #expect(scene.unfinished().isEmpty)
    }

    private func inode(_ path: String) throws -> UInt64 {
        var status = stat()
        try call("stat", path) { stat(path, &status) }
        return UInt64(status.st_ino)
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

    @Test func anInterruptionEndsAllStages() throws {
        let scene = try Scene()
        let dockerfile = """
            FROM busybox AS a
            RUN --mount=type=cache,id=meet,target=/m mkfifo /m/p; timeout 60 cat /m/p
            RUN sleep 600
            FROM busybox AS b
            RUN --mount=type=cache,id=meet,target=/m while [ ! -p /m/p ]; do sleep 0.01; done; echo met > /m/p; sleep 600
            FROM busybox
            COPY --from=a /a /
            COPY --from=b /b /
            """
        let control = BuildControl()
        let commands = Mutex(0)
        let outcome = try scene.build(dockerfile) {
            ($0.stagesAtOnce, $0.control) = (2, control)
        } heard: { line in
            guard line.hasPrefix(" ---> Running in") else { return }
            // The second command of `a`: that of `b` runs, too, for they have met.
            let isSecond = commands.withLock { commands in
                commands += 1
                return commands == 2
            }
            if isSecond { control.interrupt() }
        }
        #expect(outcome.error is BuildControl.Interruption)
        #expect(outcome.output == ["met"])
        #expect(scene.unfinished().isEmpty)
    }
}
