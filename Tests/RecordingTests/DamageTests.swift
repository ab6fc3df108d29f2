import Events
import GRDB
import Glibc
@testable import Recording
import Testing

/// A record that was overwritten, cut or spoiled inside is set aside with all that belongs to it, and told of.
@Suite struct DamageTests {
    let directory = TemporaryDirectory()

    /// A record whose writer was killed, so that its last pages lie in the log beside it.
    private func leaveALog() async throws {
        let path = directory.record
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let writer = try RunWriter(try Recording(at: path), .test())
            writer.append(SampleRun(salt: 1).events, step: 1)
            try writer.flush()
            kill(getpid(), SIGKILL)
        }
        #expect(!contents(of: path + "-wal").isEmpty)
    }

    @Test(arguments: [0, 50, 5000])
    func aLogBesideAFileThatIsNoDatabaseIsKeptWithIt(bytes: Int) async throws {
        try await leaveALog()
        let log = contents(of: directory.record + "-wal")
        let garbage = [UInt8](repeating: 0x5A, count: bytes)
        write(garbage, to: directory.record)
        let recording = try Recording(at: directory.record)
        #expect(recording.notices.count == 1)
        #expect(recording.notices.first?.contains("\(directory.record).damaged-1") == true)
        #expect(contents(of: directory.record + ".damaged-1") == garbage)
        #expect(contents(of: directory.record + ".damaged-1-wal") == log)
        #expect(try recording.runs() == [])
        #expect(try recording.integrityProblems() == [])
    }

    @Test func aLogBesideASoundFileIsTakenIn() async throws {
        try await leaveALog()
        let recording = try Recording(at: directory.record)
        #expect(recording.notices == [])
        #expect(recording.interrupted == [1])
        #expect(try recording.operations(ofRun: 1, step: 1).count == 3)
    }

    @Test func damageInsideIsNamedAndSetAsideOnRequest() throws {
        do {
            let recording = try Recording(at: directory.record)
            for salt in 1...100 { _ = try SampleRun(salt: salt).write(to: recording) }
            try recording.close()
        }
        #expect(try Recording.setAsideIfDamaged(at: directory.record) == nil, "a sound one stays where it is")
        // The pages of the second half: those that opening reads, of the schema and the runs, come before.
        var bytes = contents(of: directory.record)
        let middle = bytes.count / 8192 * 4096
        for index in middle..<bytes.count where index % 4096 < 64 { bytes[index] = 0x5A }
        write(bytes, to: directory.record)
        #expect(directory.names == ["recordings.sqlite", "recordings.sqlite.lock"])
        let error = #expect(throws: RecordingError.self) {
            let recording = try Recording(at: directory.record)
            for run in try recording.runs() { _ = try recording.operations(ofRun: run.id, step: 1) }
        }
        #expect(error?.description.contains("`teach clean` sets it aside") == true, "\(String(describing: error))")
        #expect(try Recording.setAsideIfDamaged(at: directory.record) == directory.record + ".damaged-1")
        // SQLite may have written to pages of its own since; the damaged ones are as they were.
        let kept = contents(of: directory.record + ".damaged-1")
        #expect(kept.count >= bytes.count)
        for page in stride(from: middle, to: bytes.count, by: 4096) {
            #expect(kept[page..<page + 64] == bytes[page..<page + 64], "page \(page / 4096)")
        }
        #expect(try Recording(at: directory.record).runs() == [])
    }
}
