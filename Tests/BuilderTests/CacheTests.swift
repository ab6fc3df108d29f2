import Builder
import ContentStore
import Engine
import Glibc
import LayerModel
import Linux
import OCI
import Testing

/// When a step is found, and what is left of builds that fail.
@Suite(.enabled(if: isRoot, "containers are made as root"))
struct CacheTests {
    private let dockerfile = "FROM busybox\nRUN true\nCOPY f d /c/\nRUN echo after\n"

    private func scene() throws -> Scene {
        let scene = try Scene()
        try scene.file("f", "1\n")
        try scene.file("d/g", "2\n")
        return scene
    }

    @Test func aFilesTimeMakesNoDifference() throws {
        let scene = try scene()
        _ = try scene.build(dockerfile)
        let times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
        let context = scene.context
        try call("utimensat") { utimensat(AT_FDCWD, context + "/f", times, 0) }
        #expect(try scene.build(dockerfile).usesOfCache == 3)
    }

    @Test(arguments: ["content", "mode", "name", "new", "gone"])
    func whatACopyTakesMakesADifferenceAndAllThatFollows(change: String) throws {
        let scene = try scene()
        _ = try scene.build(dockerfile)
        let context = scene.context
        switch change {
        case "content": try scene.file("d/g", "3\n")
        case "mode": try call("chmod") { chmod(context + "/d/g", 0o600) }
        case "name": try call("rename") { rename(context + "/d/g", context + "/d/h") }
        case "new": try scene.file("d/new", "")
        default: try call("unlink") { unlink(context + "/d/g") }
        }
        let outcome = try scene.build(dockerfile) { $0.explains = true }
        #expect(outcome.usesOfCache == 1)
        let reasons = outcome.lines.filter { $0.hasPrefix(" ---> Cache") }
        let reason =
            switch change {
            case "content", "mode": "d/g has changed"
            case "name": "d/g is gone, and 1 more"
            case "new": "d/new is new"
            default: "d/g is gone"
            }
        #expect(
            reasons == [
                " ---> Cache hit: same parent, same instruction", " ---> Cache miss: " + reason,
                " ---> Cache miss: a step before it was made anew",
            ])
    }

    @Test func anArgumentMakesADifferenceWhereItIsFirstUsed() throws {
        let scene = try scene()
        let dockerfile = "FROM busybox\nARG V=1\nENV E=1\nRUN echo $V\n"
        _ = try scene.build(dockerfile)
        let outcome = try scene.build(dockerfile, arguments: ["V": "2"]) { $0.explains = true }
        #expect(outcome.usesOfCache == 2)
        #expect(outcome.lines.contains(" ---> Cache miss: the build argument V is \"2\" and was \"1\""))
        #expect(outcome.output == ["2"])
    }

    @Test func anInstructionThatChangedIsTold() throws {
        let scene = try scene()
        _ = try scene.build("FROM busybox\nRUN echo one\n")
        let outcome = try scene.build("FROM busybox\nRUN echo two\n") { $0.explains = true }
        #expect(outcome.lines.contains(" ---> Cache miss: the instruction was `RUN echo one`"))
    }

    @Test func theSameStepsGiveTheSameLayersElsewhere() throws {
        let dockerfile = "FROM busybox\nWORKDIR /w\nCOPY f d ./\nCOPY <<EOF /doc\ntext\nEOF\n"
        let layers = try (0..<2).map { _ in
            let scene = try scene()
            let context = scene.context
            let times = [timespec(tv_sec: 1_000_000_000, tv_nsec: 5), timespec(tv_sec: 1_000_000_000, tv_nsec: 5)]
            for name in ["f", "d/g"] { try call("utimensat") { utimensat(AT_FDCWD, "\(context)/\(name)", times, 0) } }
            let outcome = try scene.build(dockerfile)
            return try scene.image(outcome.id).layers.map(\.diffID)
        }
        #expect(layers[0].count == 4)
        #expect(layers[0] == layers[1])
    }

    @Test func aStepThatWasMadeBeforeAFailureIsFound() throws {
        let scene = try scene()
        let before = try scene.engine.store.images().map(\.id)
        let failed = try scene.build("FROM busybox\nRUN echo once > /x\nRUN echo half > /y; exit 3\n")
        let error = try #require(failed.error as? BuildError)
        #expect(
            error.description == "The command '/bin/sh -c echo half > /y; exit 3' returned a non-zero code: 3")
        #expect(error.exitStatus == 3)
        #expect(scene.unfinished().isEmpty)
        // The base, which the build has asked for, and what it came to: an image without a name, as Docker's.
        let images = try scene.engine.store.images()
        #expect(images.count == before.count + 2)
        let half = try #require(images.first { $0.reference == nil })
        #expect(try scene.engine.sweep()?.layers == [], "an image keeps its layers")
        #expect(try scene.build("FROM busybox\nRUN echo once > /x\nRUN cat /x\n").usesOfCache == 1)
        // It goes with the image that was made of it, and then the next build makes it anew.
        let whole = try #require(try scene.engine.store.images().first { $0.reference == nil })
        let gone = try scene.engine.removeImage("\(whole.id)")
        #expect(gone.prefix(2) == [.deleted(whole.id), .deleted(half.id)])
        #expect(gone.count == 3, "and the layer")
        #expect(try scene.build("FROM busybox\nRUN echo once > /x\nRUN cat /x\n").usesOfCache == 0)
    }

    @Test func whatABuildHasMadeIsTakenBackOnlyWhereNothingElseNeedsIt() throws {
        let scene = try scene()
        _ = try scene.build("FROM busybox\nRUN echo kept > /k\n") { $0.tags = [try! ImageReference("kept")] }
        let before = try scene.engine.store.images(all: true).map(\.id)
        var request = BuildRequest(
            dockerfile: Array("FROM busybox\nRUN echo kept > /k\nENV A=1\nRUN echo 1 > /one\nRUN exit 1\n".utf8),
            named: "Dockerfile", context: nil)
        request.network = .host
        let builder = try Builder(request, engine: scene.engine) { _ in
        } warn: { _ in
        }
        #expect(throws: BuildError.self) { try builder.run() }
        #expect(try scene.engine.store.images(all: true).count == before.count + 2)
        try builder.discard()
        #expect(Set(try scene.engine.store.images(all: true).map(\.id)) == Set(before))
        #expect(try scene.engine.sweep()?.layers.count == 1)
    }

    @Test func ofTwoImagesOfTheSameStepsTheNewestIsFoundAndThenTheOther() throws {
        let scene = try scene()
        let first = try scene.build("FROM busybox\nRUN echo > /x\n")
        let second = try scene.build("FROM busybox\nRUN echo > /x\n") { $0.usesCache = false }
        #expect(first.id != second.id)
        #expect(try scene.build("FROM busybox\nRUN echo > /x\n").id == second.id)
        _ = try scene.engine.removeImage(second.id)
        #expect(try scene.build("FROM busybox\nRUN echo > /x\n").id == first.id)
        _ = try scene.engine.removeImage(first.id)
        #expect(try scene.build("FROM busybox\nRUN echo > /x\n").usesOfCache == 0)
    }

    @Test func aBuildEndsWhenItIsAskedTo() throws {
        let scene = try scene()
        let control = BuildControl()
        let began = MonotonicClock.now
        let outcome = try scene.build("FROM busybox\nRUN sleep 60\n") { request in
            request.control = control
            let output = request.output
            try? DedicatedThread.start {
                // As soon as the command is told to run.
                var buffer = [UInt8](repeating: 0, count: 4096)
                for _ in 0..<2000 {
                    let count = pread(output, &buffer, buffer.count, 0)
                    let text = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
                    if text.contains("Running in") { break }
                    usleep(2000)
                }
                control.interrupt()
            }.detach()
        }
        #expect(outcome.error is BuildControl.Interruption)
        #expect(MonotonicClock.now - began < 50_000_000_000, "the command was not waited for")
        #expect(scene.unfinished().isEmpty)
    }

    @Test func namesAndLabelsAreGiven() throws {
        let scene = try scene()
        let outcome = try scene.build("FROM busybox\nCMD [\"x\"]\n") { request in
            request.tags = [try! ImageReference("one"), try! ImageReference("two:3")]
            request.labels = [("k", "v w")]
        }
        #expect(outcome.lines.contains("Step 3/3 : LABEL k=v w"))
        for name in ["one:latest", "two:3"] {
            let image = try scene.image(name)
            #expect("\(image.id)" == outcome.id)
            #expect(image.config.config?.ownLabels == ["k": "v w"])
            #expect(image.config.config?.cmd == ["x"])
        }
    }

    @Test func aBuildWithoutStepsIsItsBase() throws {
        let scene = try scene()
        let outcome = try scene.build("FROM busybox AS a\nFROM a\n") { $0.tags = [try! ImageReference("again")] }
        let base = try scene.image("busybox")
        #expect(outcome.id == "\(base.id)")
        #expect(try scene.image("again").id == base.id)
        let nothing = try scene.build("FROM scratch\n")
        #expect((nothing.error as? BuildError)?.description == "No image was generated. Is your Dockerfile empty?")
    }

    @Test func scratchHoldsWhatIsCopied() throws {
        let scene = try scene()
        let outcome = try scene.build("FROM scratch\nCOPY f /a/\nCOPY d /a/\n")
        let image = try scene.image(outcome.id)
        #expect(image.layers.count == 2)
        #expect(image.config.config?.env == ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])
        #expect(access(image.layers[1].directory + "/a/g", F_OK) == 0)
    }
}
