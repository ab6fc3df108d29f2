import Builder
import ContentStore
import Engine
import Events
import Glibc
import LayerModel
import Linux
import Synchronization
import Testing
import Verification

/// What a build tells of itself where somebody observes it.
@Suite(.enabled(if: isRoot, "containers are made as root"))
struct RecordedBuildTests {
    /// Takes what is told, from whichever thread.
    private final class Record: Sendable {
        private let told = Mutex<[ContainerEvents]>([])

        func observation(of container: String) -> Observation {
            Observation(reads: false) { events in
                self.told.withLock { $0.append(ContainerEvents(container: container, events: events)) }
            }
        }

        var batches: [ContainerEvents] { told.withLock { $0 } }

        /// The events by container, in the order in which these were made.
        var containers: [[Event]] {
            var order: [String] = []
            var events: [String: [Event]] = [:]
            for batch in batches {
                if events[batch.container] == nil { order.append(batch.container) }
                events[batch.container, default: []] += batch.events
            }
            return order.map { events[$0] ?? [] }
        }

        var operations: [ObservedOperation] { containers.joined().compactMap(\.operation) }
        var holes: [Hole] { containers.joined().compactMap { if case .hole(let hole) = $0 { hole } else { nil } } }
    }

    private func build(_ dockerfile: String, in scene: Scene, status: Int32? = nil) throws -> Record {
        let record = Record()
        let outcome = try scene.build(dockerfile) {
            $0.network = .none
            $0.observe = { record.observation(of: $0) }
        }
        #expect((outcome.error as? BuildError)?.exitStatus == status, "\(String(describing: outcome.error))")
        // Whatever is built: nothing is left out, and the model says what the kernel does.
        #expect(record.holes == [])
        let verifier = Verifier(on: .current)
        for operation in record.operations {
            let (prediction, verdict) = verifier.verdict(on: operation)
            #expect(verdict == .confirmed, "\(operation.syscall) \(operation.arguments): \(prediction)")
        }
        return record
    }

    @Test func eachInstructionHasItsContainerItsStackAndItsLayer() throws {
        let scene = try Scene()
        try scene.file("f", "1\n")
        let record = try build(
            "FROM busybox\nENV A=1\nCOPY f /d/\nWORKDIR /d\nRUN rm f; echo 22 > g\nCMD [\"x\"]\n", in: scene)
        let containers = record.containers
        #expect(
            containers.map { $0.compactMap(\.life).map(\.kind) } == [
                [.created, .removed], [.created, .removed], [.created, .removed],
                [.created, .started, .exited, .removed], [.created, .removed],
            ])
        #expect(
            containers.map { $0.compactMap(\.life)[0].name } == [
                "ENV A=1", "COPY f /d/", "WORKDIR /d", "RUN rm f; echo 22 > g", "CMD [\"x\"]",
            ])
        let stacks = containers.map { $0.compactMap(\.layer) }
        #expect(stacks.map(\.count) == [0, 2, 3, 4, 0])
        let made = try #require(stacks[1].last)
        #expect(made.layer == .upper && made.size == 2 && made.createdBy.contains("#(nop) COPY file:"))
        #expect(stacks[2].last?.chainID == nil, "the directory was there: nothing is made")
        #expect(stacks[3].map(\.layer) == [.lower(1), .lower(2), .lower(3), .upper])
        #expect(stacks[3][1].chainID == made.chainID && stacks[3][1].createdBy == made.createdBy)
        // What a container is mounted on is told, and is no layer of the image.
        #expect(stacks[3][2].diffID == nil && stacks[3][2].createdBy.hasPrefix("no part of the image"))
        #expect(stacks[3][3].createdBy == "/bin/sh -c rm f; echo 22 > g" && stacks[3][3].size == 3)
        let effects = containers[3].compactMap(\.operation).flatMap(\.effects).map(\.effect)
        #expect(effects.contains(LayerEffect(.whiteout, "/d/f", layer: .lower(2))))
        #expect(record.operations.allSatisfy { $0.sequence > 0 && $0.nanoseconds >= 0 })
    }

    /// Every kind of file, over every kind that may be in its place.
    @Test func theBuildersOwnCallsAreAllAccountedFor() throws {
        let scene = try Scene()
        try scene.file("t/file", "1\n", mode: 0o4755)
        try scene.file("t/d/x", "2\n")
        try scene.link("t/link", to: "nowhere")
        let context = scene.context
        try call("link", "two") { link(context + "/t/file", context + "/t/two") }
        try call("mkfifo", "pipe") { mkfifo(context + "/t/pipe", 0o600) }
        let file = try Descriptor(opening: context + "/t/file", O_RDONLY)
        try setOpenAttribute("user.kind", Array("text".utf8), of: file)
        let tar = "cd '\(context)' && tar --xattrs -cf a.tar -C t ."
        #expect(system(tar) == 0)
        let record = try build(
            """
            FROM busybox
            COPY t /copied/
            COPY --chown=3:4 --chmod=700 t /copied/
            ADD a.tar /unpacked/deep
            ADD a.tar /unpacked/deep
            COPY <<END /unpacked/deep/file
            text
            END
            WORKDIR /a/b/c
            """, in: scene)
        let calls = Set(record.operations.map(\.syscall))
        #expect(
            calls == [
                "mkdirat", "openat", "linkat", "symlinkat", "mknodat", "unlinkat", "fchownat", "fchmodat", "utimensat",
                "fsetxattr", "lsetxattr",
            ])
        let replaced = record.containers[1].compactMap(\.operation).flatMap(\.effects).map(\.effect)
        #expect(replaced.contains(LayerEffect(.whiteout, "/copied/file", layer: .lower(2))))
        #expect(replaced.contains(LayerEffect(.copyUp, "/copied/d", layer: .lower(2))))
        // Paths are the image's, and what is written is what the call was given.
        let made = try #require(record.operations.first { $0.syscall == "openat" })
        #expect(made.resolved == ["/copied/d/x"] && made.arguments == ["x"])
    }

    @Test func anImageOfNothingIsRecordedToo() throws {
        let scene = try Scene()
        try scene.file("f", "1\n")
        let record = try build("FROM scratch\nCOPY f /d/\nCOPY f /d/g\n", in: scene)
        let effects = record.containers.map { $0.compactMap(\.operation).flatMap(\.effects).map(\.effect) }
        #expect(effects[0] == [LayerEffect(.create, "/d"), LayerEffect(.create, "/d/f", size: 0)])
        #expect(effects[1].map(\.kind) == [.parentCopyUp, .create])
    }

    @Test func whatIsFoundInTheCacheIsNotRecordedAsDone() throws {
        let scene = try Scene()
        _ = try build("FROM busybox\nRUN echo 1 > /x\n", in: scene)
        #expect(try build("FROM busybox\nRUN echo 1 > /x\n", in: scene).batches.isEmpty)
    }

    @Test func aCommandThatFailsLeavesItsCallsAndNoLayer() throws {
        let scene = try Scene()
        let record = try build("FROM busybox\nRUN echo 1 > /x; exit 3\n", in: scene, status: 3)
        let told = try #require(record.containers.first)
        #expect(told.compactMap(\.life).last { $0.kind == .exited }?.exitStatus == 3)
        #expect(told.compactMap(\.life).last?.kind == .removed)
        #expect(told.compactMap(\.layer).last.map { $0.layer == .upper && $0.chainID == nil } == true)
        #expect(told.compactMap(\.operation).flatMap(\.effects).map(\.effect.path) == ["/x"])
        #expect(scene.unfinished().isEmpty)
    }

    /// Mounts of a RUN, a script that is shown to it, and the directories of VOLUME are not the layer's.
    @Test func whatIsMountedIsNoPartOfTheRecord() throws {
        let scene = try Scene()
        try scene.file("f", "1\n")
        let record = try build(
            """
            FROM busybox
            VOLUME /data
            RUN --mount=type=cache,target=/c --mount=type=tmpfs,target=/t --mount=type=bind,target=/b \\
                cat /b/f > /c/x && cp /c/x /t/y && cp /t/y /z && echo lost > /data/lost
            RUN <<END
            #!/bin/sh
            rm /z
            END
            """, in: scene)
        let made = record.containers[1].compactMap(\.operation).flatMap(\.effects).map(\.effect)
        #expect(made.filter { $0.kind == .create }.map(\.path) == ["/z"])
        let warnings = record.containers[1].compactMap { if case .warning(let text) = $0 { text } else { nil } }
        #expect(warnings.count { $0.hasPrefix("VOLUME /data: the builder") } == 1)
        #expect(warnings.count { $0.hasPrefix("busybox:latest is a stand-in for Docker Hub's busybox") } == 1)
        #expect(warnings.count == 2)
        let later = record.containers[2].compactMap(\.operation).flatMap(\.effects).map(\.effect)
        #expect(later.contains { $0.kind == .whiteout && $0.path == "/z" })
    }

    @Test func aCopyOfManyFilesIsToldInFrames() throws {
        let scene = try Scene()
        for number in 0..<1500 { try scene.file("many/\(number)", "") }
        let record = try build("FROM busybox\nCOPY many /many/\n", in: scene)
        #expect(record.operations.count > 6000)
        #expect(record.operations.map(\.sequence) == Array(1...record.operations.count))
        #expect(record.batches.count > 5 && record.batches.allSatisfy { $0.events.count <= 4096 })
    }
}

extension Event {
    fileprivate var operation: ObservedOperation? {
        if case .operation(let operation) = self { operation } else { nil }
    }
    fileprivate var life: ContainerEvent? { if case .container(let event) = self { event } else { nil } }
    fileprivate var layer: StackedLayer? { if case .layer(let layer) = self { layer } else { nil } }
}
