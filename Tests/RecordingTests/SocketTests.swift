import Events
import Glibc
import LayerModel
import Recording
import Testing

@Suite struct SocketTests {
    let directory = TemporaryDirectory()

    @Test func whatIsAcknowledgedIsInTheRecord() throws {
        let recording = try Recording(at: directory.record)
        let writer = try RunWriter(recording, .test())
        let listener = try EventListener(for: writer)
        let sender = try EventSender(to: listener.path, step: 4)
        try sender.send(SampleRun(salt: 1).events)
        try sender.finish()
        // Neither the listener nor the writer has been asked to end.
        #expect(try recording.operations(ofRun: writer.run, step: 4).map(\.syscall) == ["openat", "rename", "unlink"])
    }

    @Test func otherProcessesSendToTheOneWriter() async throws {
        let recording = try Recording(at: directory.record)
        let writer = try RunWriter(recording, .test())
        let listener = try EventListener(for: writer)
        let path = listener.path
        await withTaskGroup { group in
            for _ in 0..<3 {
                group.addTask {
                    await #expect(processExitsWith: .success) { [path = path as String] in
                        setenv(EventSender.socketVariable, path, 1)
                        setenv(EventSender.stepVariable, "2", 1)
                        let sender = try #require(try EventSender.ofEnvironment())
                        for _ in 0..<500 { try sender.send(SampleRun(salt: 1).events) }
                        try sender.finish()
                    }
                }
            }
        }
        listener.stop()
        try writer.finish(.finished)
        #expect(try recording.operations(ofRun: writer.run, step: 2).count == 3 * 500 * 3)
    }

    @Test func whatASenderLeftBehindIsHeardBeforeTheStop() throws {
        let recording = try Recording(at: directory.record)
        let writer = try RunWriter(recording, .test())
        let listener = try EventListener(for: writer)
        do {
            let sender = try EventSender(to: listener.path, step: 1)
            for _ in 0..<50 { try sender.send(SampleRun(salt: 1).events) }
            try sender.flush()
        }
        listener.stop()
        try writer.finish(.finished)
        #expect(try recording.operations(ofRun: writer.run, step: 1).count == 150)
    }

    /// A process that is killed says nothing, so its silence has to say it.
    @Test(arguments: [false, true])
    func aSenderThatTakesNoLeaveLeavesAHole(takesLeave: Bool) throws {
        let recording = try Recording(at: directory.record)
        let writer = try RunWriter(recording, .test())
        let listener = try EventListener(for: writer)
        do {
            let sender = try EventSender(to: listener.path, step: 3)
            try sender.send(
                ContainerEvents(container: SampleRun(salt: 1).events.container, events: [.warning("so far")]))
            if takesLeave { try sender.finish() } else { try sender.flush() }
        }
        listener.stop()
        try writer.finish(.finished)
        let holes = try recording.lines(ofRun: writer.run, step: 3).filter { $0.kind == "hole" }
        #expect(holes.count == (takesLeave ? 0 : 1))
    }

    @Test func theSocketIsPrivateAndGoesAway() throws {
        let writer = try RunWriter(try Recording(at: directory.record), .test())
        let listener = try EventListener(for: writer, beneath: directory.path)
        let parent = String(listener.path.dropLast("/events".count))
        var status = stat()
        #expect(stat(parent, &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o700)
        listener.stop()
        #expect(stat(parent, &status) == -1)
        let error = #expect(throws: RecordingError.self) { try EventSender(to: listener.path, step: 1) }
        #expect(error?.description.contains("is `teach run` still there?") == true)
    }

    @Test(
        arguments: [
            ([20, 0, 0, 0, 1, 0], "ended in the middle of an event"),
            (
                [1, 0, 0, 0, 99],
                "sent what is no event (an unknown frame at byte 1 of a frame), and what followed is lost"
            ),
        ] as [([UInt8], String)])
    func bytesThatAreNoEventsAreAWarningInTheRecord(bytes: [UInt8], warning: String) throws {
        let recording = try Recording(at: directory.record)
        let writer = try RunWriter(recording, .test())
        let listener = try EventListener(for: writer)
        let peer = connectedSocket(to: listener.path)
        #expect(write(peer, bytes, bytes.count) == bytes.count)
        close(peer)
        listener.stop()
        try writer.finish(.finished)
        let lines = try recording.lines(ofRun: writer.run).filter { $0.kind == "warning" }
        #expect(lines.map { $0.text("text") } == ["a process that sends events \(warning)"])
    }

    @Test func aSenderThatNeverEndsIsCutWhenPatienceEnds() throws {
        let recording = try Recording(at: directory.record)
        let writer = try RunWriter(recording, .test())
        let listener = try EventListener(for: writer)
        let sender = try EventSender(to: listener.path, step: 1)
        try sender.send(SampleRun(salt: 1).events)
        try sender.flush()
        listener.stop(within: 1)
        #expect(throws: RecordingError.self) { try sender.finish() }
        try writer.finish(.finished)
        #expect(try recording.operations(ofRun: writer.run, step: 1).count == 3)
        #expect(try recording.lines(ofRun: writer.run).contains { $0.text("text")?.contains("still open") == true })
    }

    @Test func theEnvironmentOfAnOrdinaryCommandNamesNoSender() throws {
        // Tests share this process's environment, so the variable is looked at and not changed.
        guard getenv(EventSender.socketVariable) == nil else { return }
        let sender = try EventSender.ofEnvironment()
        #expect(sender == nil)
    }

    private func connectedSocket(to path: String) -> CInt {
        let peer = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(peer, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(result == 0)
        return peer
    }
}
