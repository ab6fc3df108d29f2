import ContentStore
import Glibc
import Linux
import Synchronization
import Testing

@testable import Builder

/// A step is found for what it was made from, and for nothing else.
@Suite(.enabled(if: isRoot, "containers are made as root"))
struct StaleCacheTests {
    @Test(arguments: ["COPY f /f", "COPY . /", "RUN --mount=target=/src cat /src/f > /f", "ADD f /f"])
    func aFileThatIsSavedWhileItsStepIsMadeIsNoHitForTheOldOne(instruction: String) throws {
        let scene = try Scene()
        try scene.file("f", "old\n")
        let dockerfile = "FROM busybox\n\(instruction)\n"
        let isSaved = Mutex(false)
        let first = try scene.build(dockerfile) {
            $0.explains = true
        } heard: { line in
            // The files have been looked at, and the step has not been found.
            guard line.hasPrefix(" ---> Cache miss") else { return }
            isSaved.withLock { $0 = true }
            try? scene.file("f", "new\n")
        }
        #expect(isSaved.withLock { $0 })
        #expect(first.error == nil)
        // What the image holds is what its step is found for.
        let again = try scene.build(dockerfile + "RUN cat /f\n")
        #expect(again.usesOfCache == 1 && again.output == ["new"])
        try scene.file("f", "old\n")
        let old = try scene.build(dockerfile + "RUN cat /f\n")
        #expect(old.usesOfCache == 0 && old.output == ["old"])
    }

    @Test func anArchiveThatIsSavedMeanwhileToo() throws {
        let scene = try Scene()
        let tars = try scene.build(
            "FROM busybox\nRUN mkdir /t; for w in old new; do echo $w > f; tar -cf /t/$w.tar f; done\n")
        let layer = try scene.image(tars.id).lowerDirectories[0]
        @Sendable func save(_ word: String) throws {
            let bytes = try String(decoding: Scene.bytes(of: "\(layer)/t/\(word).tar"), as: UTF8.self)
            try scene.file("f.tar", bytes)
        }
        try save("old")
        let dockerfile = "FROM busybox\nADD f.tar /\n"
        let first = try scene.build(dockerfile) {
            $0.explains = true
        } heard: { line in
            if line.hasPrefix(" ---> Cache miss") { try? save("new") }
        }
        #expect(first.error == nil)
        let again = try scene.build(dockerfile + "RUN cat /f\n")
        #expect(again.usesOfCache == 1)
        #expect(again.output == ["new"])
        try save("old")
        #expect(try scene.build(dockerfile + "RUN cat /f\n").output == ["old"])
    }

    @Test func aFileThatGoesAwayMeanwhileEndsTheBuildWithASentence() throws {
        let scene = try Scene()
        try scene.file("d/f", "1\n")
        let outcome = try scene.build("FROM busybox\nCOPY d /d\n") {
            $0.explains = true
        } heard: { line in
            if line.hasPrefix(" ---> Cache miss") { unlink(scene.context + "/d/f") }
        }
        #expect((outcome.error as? BuildError)?.description == "d/f went away while it was read: build again")
        #expect(scene.unfinished().isEmpty)
    }

    @Test func anOwnerInAnotherStageMakesADifferenceToWhatAMountShows() throws {
        let scene = try Scene()
        func owner(_ number: Int) throws -> Scene.Outcome {
            try scene.build(
                """
                FROM busybox AS source
                RUN mkdir /d && echo 1 > /d/f && chown \(number):\(number) /d/f
                FROM busybox
                RUN --mount=from=source,source=/d,target=/m stat -c %u:%g /m/f
                """)
        }
        #expect(try owner(5).output == ["5:5"])
        #expect(try owner(6).output == ["6:6"])
        #expect(try owner(5).usesOfCache == 2)
    }

    @Test func aFileWithTwoNamesIsHashedUnderBoth() throws {
        let scene = try Scene()
        try scene.file("d/a", "1\n")
        let context = scene.context
        try call("link") { link(context + "/d/a", context + "/d/b") }
        let dockerfile = "FROM busybox\nCOPY d /d\n"
        #expect(try scene.build(dockerfile).error == nil)
        #expect(try scene.build(dockerfile).usesOfCache == 1)
        try call("unlink") { unlink(context + "/d/b") }
        try scene.file("d/b", "2\n")
        #expect(try scene.build(dockerfile + "RUN cat /d/a /d/b\n").output == ["1", "2"])
    }

    @Test func locksOfCachesAreTakenInOneOrder() throws {
        let scene = try Scene()
        let folders = ["a", "b"].map { "\(scene.context)/\($0)" }
        for folder in folders { try call("mkdir") { mkdir(folder, 0o755) } }
        for order in [folders, folders.reversed()] {
            var first = try PresenceLock.waiting(for: folders[0])
            var pauses = 0
            let locks = try CacheLocks.take(Set(order)) {
                // While it waits for one, it holds none that stands behind it.
                pauses += 1
                let second = try PresenceLock.ifFree(folders[1])
                #expect(second != nil)
                if pauses == 2 { first = nil }
            }
            #expect(pauses == 2 && locks.count == 2)
            withExtendedLifetime((first, locks)) {}
        }
    }

    @Test func waitingForACacheEndsWithTheBuild() throws {
        let scene = try Scene()
        let dockerfile = "FROM busybox\nRUN --mount=type=cache,target=/c,sharing=locked true\n"
        _ = try scene.build(dockerfile)
        let mounts = scene.path + "/home/cache/mounts"
        let folder = try #require(try directoryNames(at: mounts, ofType: Int(DT_DIR)).first)
        let lock = try PresenceLock.waiting(for: "\(mounts)/\(folder)")
        let control = BuildControl()
        let outcome = try scene.build(dockerfile) {
            ($0.control, $0.usesCache) = (control, false)
        } heard: { line in
            if line.hasPrefix(" ---> Running in") { control.interrupt() }
        }
        withExtendedLifetime(lock) {}
        #expect(outcome.error is BuildControl.Interruption)
        #expect(scene.unfinished().isEmpty)
    }
}
