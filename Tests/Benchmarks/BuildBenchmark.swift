import Glibc
import Recording

extension Benchmark {
    /// Whole processes, each with a store on a tmpfs, over the same base of busybox. Each step makes an image of its own,
    /// which buildah does when it is asked for layers; RUN has the host's network in all of them.
    static let build = Benchmark(
        name: "build", subject: "a Dockerfile of five steps: teach, Docker 20.10's classic builder and buildah"
    ) { report in
        let scratch = try Scratch()
        defer { withExtendedLifetime(scratch) {} }
        let log = Log(in: scratch)
        let context = scratch.path + "/context"
        try BuildContext.make(at: context)
        let base = scratch.path + "/base.tar"
        try makeRoot(scratch.path + "/rootfs")
        for name in ["mkdir", "wc", "cat"] { try spawn(["ln", "-s", "busybox", "\(scratch.path)/rootfs/bin/\(name)"]) }
        try spawn(["tar", "-C", scratch.path + "/rootfs", "--owner=0", "--group=0", "-cf", base, "."])
        let engine = try DockerEngine(in: scratch)
        defer { withExtendedLifetime(engine) {} }
        let storage = ContainersStorage(path: scratch.path + "/containers")
        let teach = try besideUs("teach")
        setenv("TEACH_HOME", scratch.path + "/home", 1)
        defer { unsetenv("TEACH_HOME") }
        try log.run([teach, "docker", "import", base, "bench-base"])
        try log.run([DockerEngine.client, "import", base, "bench-base"])
        try log.run(storage.podman("import", base, "bench-base"))

        let options = ["--network", "host", "-t", "bench", context]
        func ours(_ more: String...) -> () throws -> Void {
            { try log.run([teach, "docker", "build"] + more + options) }
        }
        func dockers(_ more: String...) -> () throws -> Void {
            { try log.run([DockerEngine.client, "build"] + more + options) }
        }
        func buildahs(_ more: String...) -> () throws -> Void {
            { try log.run(storage.buildah("bud", "--layers") + more + options) }
        }
        let whole = try inTurns(rounds: 15, [ours("--no-cache"), dockers("--no-cache"), buildahs("--no-cache")])
        report.ratio("build --no-cache, five steps: teach : Docker", ours: whole[0], peer: whole[1], bound: 0.1)
        report.ratio("the same: teach : buildah", ours: whole[0], peer: whole[2], bound: 0.2)
        let cached = try inTurns(rounds: 31, [ours(), dockers(), buildahs()])
        report.ratio(
            "build, all five steps from the cache: teach : Docker", ours: cached[0], peer: cached[1], bound: 0.5)
        report.ratio("the same: teach : buildah", ours: cached[0], peer: cached[2], bound: 1)

        let record = try RecordedBuilds(in: scratch)
        let recorded = try inTurns(rounds: 15, [{ try record.run(ours("--no-cache")) }, dockers("--no-cache")])
        let count = try record.finish()
        report.ratio(
            "build --no-cache, predicted and recorded: teach : Docker", ours: recorded[0], peer: recorded[1],
            bound: 0.15)
        guard count > 0 else { throw BenchmarkError("the builds have recorded no call, so the row above says nothing") }
    }
}

/// Builds inside a run, as a lesson's: each is done once its calls are predicted, compared, and handed to the writer.
private struct RecordedBuilds {
    private let recording: Recording
    private let writer: RunWriter
    private let listener: EventListener

    init(in scratch: Scratch) throws {
        recording = try Recording(at: scratch.path + "/recordings.sqlite")
        writer = try RunWriter(
            recording, RunDescription(lesson: "build", title: "", teach: "bench", filesystem: "tmpfs"),
            judge: RecordedLesson.judge)
        writer.beginStep(StepDescription(number: 1, title: "Builds", command: "docker build"))
        listener = try EventListener(for: writer)
    }

    func run(_ build: () throws -> Void) throws {
        setenv(EventSender.socketVariable, listener.path, 1)
        setenv(EventSender.stepVariable, "1", 1)
        defer {
            unsetenv(EventSender.socketVariable)
            unsetenv(EventSender.stepVariable)
        }
        try build()
    }

    /// Ends the run.
    ///
    /// - Returns: how many calls its record holds.
    func finish() throws -> Int {
        listener.stop()
        try writer.finish(.finished)
        var count = 0
        try recording.forEachLine(ofRun: writer.run) { if $0.kind == "operation" { count += 1 } }
        return count
    }
}

private enum BuildContext {
    /// A Dockerfile of five steps, and forty files of 160 KB together for its COPY.
    static func make(at path: String) throws {
        try spawn(["mkdir", "-p", path + "/app"])
        var files = SampleFiles(seed: 5)
        for (number, size) in files.sizes(count: 40, total: 160_000).enumerated() {
            try files.write(size: size, to: "\(path)/app/file\(number)")
        }
        let dockerfile = """
            FROM bench-base
            ENV STAGE=bench
            RUN mkdir -p /srv/app && echo one > /srv/one
            COPY app /srv/app
            RUN wc -c /srv/app/* > /srv/sizes
            CMD ["cat", "/srv/sizes"]

            """
        try SampleFiles.write(Array(dockerfile.utf8), to: path + "/Dockerfile")
    }
}
