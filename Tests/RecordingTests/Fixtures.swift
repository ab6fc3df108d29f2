import Events
import Glibc
import LayerModel
import Recording
import Synchronization

/// A directory that is gone with the value.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/recording-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    var record: String { path + "/recordings.sqlite" }

    var names: [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    deinit {
        for name in names { unlink(path + "/" + name) }
        rmdir(path)
    }
}

/// What was said, in order.
final class Sentences: Sendable {
    private let list = Mutex<[String]>([])
    var all: [String] { list.withLock { $0 } }
    func add(_ sentence: String) { list.withLock { $0.append(sentence) } }
}

func write(_ bytes: [UInt8], to path: String) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    precondition(Glibc.write(file, bytes, bytes.count) == bytes.count)
    close(file)
}

func contents(of path: String) -> [UInt8] {
    let file = open(path, O_RDONLY)
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = read(file, &bytes, bytes.count)
    return Array(bytes.prefix(max(0, count)))
}

extension RunDescription {
    static func test(_ lesson: String = "lesson3") -> RunDescription {
        var run = RunDescription(lesson: lesson, title: "Layers", teach: "0.1", filesystem: "ext4")
        run.kernel = "6.18"
        run.architecture = "x86_64"
        return run
    }
}

/// A container's events as the runtime makes them; `salt` stands for everything that differs between two runs.
struct SampleRun {
    var salt: Int
    var container: String { String(repeating: String(salt % 10), count: 64) }
    var pid: Int32 { 1000 + Int32(salt) }

    /// `echo x >> /etc/motd`, which is copied up from layer 1.
    var append: ObservedOperation {
        let lower = LayerEntry(
            kind: .file, permissions: 0o644, size: 12, inode: UInt64.max - UInt64(salt), attributes: ["user.a", "b\""])
        let upper = LayerEntry(kind: .file, permissions: 0o644, size: 12, inode: 7)
        let directory = LayerEntry(kind: .directory, permissions: 0o755, links: 2)
        return ObservedOperation(
            sequence: salt + 1, pid: pid, program: "sh", syscall: "openat",
            call: .open("/etc/motd", [.writeOnly, .append], mode: 0), arguments: ["/etc/motd"],
            flags: "O_WRONLY|O_APPEND", credentials: .containerRoot, value: 3, nanoseconds: 5000 + Int64(salt),
            resolved: ["/etc/motd"], answer: .lower(1),
            evidence: Evidence(
                rows: [
                    .init(path: "/etc", layer: .upper, entry: nil),
                    .init(path: "/etc", layer: .lower(1), entry: directory),
                    .init(path: "/etc/motd", layer: .upper, entry: nil),
                    .init(path: "/etc/motd", layer: .lower(1), entry: lower),
                ], listed: ["/etc"]),
            after: [
                .init(path: "/etc", layer: .upper, entry: directory),
                .init(path: "/etc/motd", layer: .upper, entry: upper),
            ],
            effects: [
                ObservedEffect(LayerEffect(.parentCopyUp, "/etc", layer: .lower(1))),
                ObservedEffect(
                    LayerEffect(.copyUp, "/etc/motd", layer: .lower(1), size: 12), allocated: 4096, shared: 0),
            ])
    }

    /// `mv /etc /e`, refused.
    var rename: ObservedOperation {
        ObservedOperation(
            sequence: salt + 2, pid: pid, program: "mv", syscall: "rename", call: .rename("/etc", "/e", []),
            arguments: ["/etc", "/e"], credentials: Credentials(uid: 5, gid: 6, capabilities: 0), errno: .EXDEV,
            resolved: ["/etc", nil])
    }

    /// `rm /etc/motd`, with marks of devices and of overlayfs.
    var unlink: ObservedOperation {
        let whiteout = LayerEntry(
            kind: .whiteout, permissions: 0, device: DeviceNumber(major: 0, minor: 0), isOpaque: true,
            redirect: "/old", isMetacopy: true)
        return ObservedOperation(
            sequence: salt + 3, pid: pid, program: "rm", syscall: "unlink", call: .unlink("/etc/motd"),
            arguments: ["etc/motd"], credentials: .containerRoot, resolved: ["/etc/motd"], answer: .upper,
            after: [.init(path: "/etc/motd", layer: .upper, entry: whiteout)],
            effects: [ObservedEffect(LayerEffect(.whiteout, "/etc/motd", layer: .lower(1)))])
    }

    var events: ContainerEvents {
        ContainerEvents(
            container: container,
            events: [
                .container(
                    ContainerEvent(kind: .created, name: "n\(salt)", image: "demo:1", command: ["sh", "-c", "a \"b\""])),
                .layer(
                    StackedLayer(
                        layer: .lower(1), diffID: "sha256:1", chainID: "sha256:1", createdBy: "COPY . /", size: 12)),
                .layer(StackedLayer(layer: .upper, createdBy: "", size: 0)),
                .setup(
                    SetupStep(
                        index: 1, name: "mount overlay", detail: "upperdir=/c/\(container)/upper", errno: nil,
                        nanoseconds: 100 + Int64(salt))),
                .setup(SetupStep(index: 2, name: "mount proc", detail: "", errno: .EPERM, nanoseconds: 3)),
                .process(ProcessEvent(kind: .exec, pid: pid, program: "/bin/sh", arguments: ["sh", "-c"])),
                .operation(append), .operation(rename), .operation(unlink),
                .hole(Hole(pid: pid, syscall: "io_uring_setup", reason: "it is refused")),
                .sample(ResourceSample(name: "memory.peak", value: 4096 + Int64(salt))),
                .process(ProcessEvent(kind: .exit, pid: pid, exitStatus: 3)),
                .container(
                    ContainerEvent(kind: .exited, name: "n\(salt)", image: "demo:1", command: [], exitStatus: 3)),
                .warning("in \(container.prefix(12)): two\nlines"),
            ])
    }

    /// Confirms the append, refutes the rename, has no rule for the unlink.
    @Sendable static func judge(_ operation: ObservedOperation) -> Judgement? {
        switch operation.syscall {
        case "openat": Judgement(.outcome(operation.outcome), of: operation)
        case "rename":
            Judgement(.outcome(Outcome(effects: [LayerEffect(.create, "/e", size: 1)])), of: operation)
        case "unlink": Judgement(.unmodelled("a rule is missing"), of: operation)
        default: nil
        }
    }

    /// Writes the whole run and gives its number.
    func write(to recording: Recording) throws -> Int64 {
        let writer = try RunWriter(recording, .test(), judge: Self.judge)
        writer.beginStep(StepDescription(number: 1, example: "s37-a", title: "Append", command: "echo x >> /etc/motd"))
        writer.add(
            LessonPrediction(question: "Which layer?", expected: "upper", answer: "1", outcome: "upper"), step: 1)
        writer.append(events, step: 1)
        writer.finishStep(1, StepResult(exitStatus: 3, nanoseconds: 9 + Int64(salt), stdout: "\(salt)\n", stderr: ""))
        writer.add(LessonExpectation(text: "a copy-up", held: true), step: 1)
        writer.add(FrameCaption(number: 1, title: "After", description: "The file is above."), step: 1)
        try writer.finish(.finished, timings: RunTimings(runtime: 1, observing: 2, recording: 3, drawing: 4))
        return writer.run
    }
}
