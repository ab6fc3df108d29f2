import Events
import GRDB
import Glibc
@testable import Recording
import Testing

@Suite struct RecordingTests {
    let directory = TemporaryDirectory()

    @Test func aNewRecordIsSoundAndEmpty() throws {
        let recording = try Recording(at: directory.record)
        #expect(try recording.runs() == [])
        #expect(try recording.integrityProblems() == [])
        #expect(recording.notices == [])
        #expect(throws: RecordingError.noRun("last")) { try recording.run() }
    }

    @Test func theSchemaIsReadFromTheDatabase() throws {
        let schema = try Recording(at: directory.record).schema()
        #expect(
            schema.tables.map(\.name) == [
                "runs", "steps", "containers", "container_events", "layers", "setup_steps", "processes", "operations",
                "effects", "holes", "samples", "warnings", "predictions", "expectations",
                "snapshots", "frame_settings", "frames",
            ])
        let effects = try #require(schema.tables.first { $0.name == "effects" })
        #expect(effects.foreignKeys == [.init(column: "operation", table: "operations", target: "id")])
        #expect(
            effects.columns.prefix(2) == [
                .init(name: "id", type: "INTEGER", isNullable: false, isPrimaryKey: true),
                .init(name: "seq", type: "INTEGER", isNullable: false, isPrimaryKey: false),
            ])
    }

    @Test func processesThatOpenAFreshRecordSideBySideAllSucceed() async throws {
        let path = directory.record
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    await #expect(processExitsWith: .success) { [path = path as String] in
                        let recording = try Recording(at: path)
                        try RunWriter(recording, .test()).finish(.finished)
                    }
                }
            }
        }
        let recording = try Recording(at: path)
        #expect(try recording.runs().map(\.status) == Array(repeating: .finished, count: 4))
        #expect(try recording.integrityProblems() == [])
    }

    @Test func threadsThatOpenAFreshRecordSideBySideAllSucceed() async throws {
        let path = directory.record
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 { group.addTask { try Recording(at: path).runs().count } }
            for try await count in group { #expect(count == 0) }
        }
    }

    @Test func aWriterThatIsKilledLeavesAnInterruptedRunWithWhatWasCommitted() async throws {
        let path = directory.record
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let writer = try RunWriter(try Recording(at: path), .test())
            writer.append(SampleRun(salt: 1).events, step: 1)
            try writer.flush()
            for _ in 0..<2000 { writer.append(SampleRun(salt: 1).events, step: 2) }
            kill(getpid(), SIGKILL)
        }
        let recording = try Recording(at: path)
        #expect(try recording.integrityProblems() == [])
        let run = try recording.run()
        #expect(run.status == .interrupted)
        #expect(try recording.operations(ofRun: run.id, step: 1).count == 3)
        // What came later is there in whole transactions: each has its container's events complete.
        #expect(try recording.operations(ofRun: run.id, step: 2).count % 3 == 0)
    }

    @Test func aRunWhoseWriterLivesGoesOn() throws {
        let writer = try RunWriter(try Recording(at: directory.record), .test())
        #expect(try Recording(at: directory.record).run().status == .running)
        try writer.finish(.failed)
        #expect(try Recording(at: directory.record).run().status == .failed)
    }

    @Test func aDamagedFileIsKeptUnderAToldName() throws {
        let garbage = Array("this is no database, however long one looks at it".utf8)
        write(garbage, to: directory.record)
        let said = Sentences()
        let recording = try Recording(at: directory.record, notify: { said.add($0) })
        #expect(contents(of: directory.record + ".damaged-1") == garbage)
        #expect(said.all == recording.notices)
        #expect(
            said.all == [
                "\(directory.record) was not a sound SQLite database (file is not a database), so it was kept as "
                    + "\(directory.record).damaged-1 and a new record begun"
            ])
        #expect(try recording.runs() == [])
    }

    @Test func aLockedRecordIsWaitedForAndThenNamed() throws {
        let recording = try Recording(at: directory.record)
        let other = try DatabaseQueue(path: directory.record)
        let said = Sentences()
        let impatient = try Recording(at: directory.record, patience: 1, notify: { said.add($0) })
        try other.inDatabase { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            #expect(throws: RecordingError.locked(path: directory.record)) { try RunWriter(impatient, .test()) }
            // Readers do not wait.
            #expect(try recording.runs() == [])
            try db.execute(sql: "ROLLBACK")
        }
        #expect(said.all == ["the record \(directory.record) is locked by another process; waiting for it"])
        try RunWriter(impatient, .test()).finish(.finished)
    }

    @Test func anUncommittedTransactionOfAnotherIsNotSeen() throws {
        let recording = try Recording(at: directory.record)
        try RunWriter(recording, .test()).finish(.finished)
        let other = try DatabaseQueue(path: directory.record)
        try other.inDatabase { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            try db.execute(sql: "DELETE FROM runs")
            #expect(try recording.runs().count == 1)
            try db.execute(sql: "ROLLBACK")
        }
    }

    @Test func aNewerSchemaIsRefusedAndLeftAlone() throws {
        try Recording(at: directory.record).close()
        try DatabaseQueue(path: directory.record).write { db in
            try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 from the future')")
        }
        #expect(throws: RecordingError.newer(path: directory.record)) { try Recording(at: directory.record) }
        #expect(directory.names.filter { $0.contains("damaged") } == [])
    }

    @Test func aMissingDirectoryIsNamed() {
        let error = #expect(throws: RecordingError.self) { try Recording(at: "/nowhere/recordings.sqlite") }
        #expect(error?.description.contains("/nowhere/recordings.sqlite") == true)
        #expect(error?.description.contains("TEACH_HOME") == true)
    }

    @Test func runsAreFoundByNumberByLessonAndAsTheLast() throws {
        let recording = try Recording(at: directory.record)
        for lesson in ["lesson3", "lesson4", "lesson3"] {
            try RunWriter(recording, .test(lesson)).finish(.finished)
        }
        #expect(try recording.run().id == 3)
        #expect(try recording.run("2").description.lesson == "lesson4")
        #expect(try recording.run("lesson3").id == 3)
        #expect(throws: RecordingError.ambiguous("les", lessons: ["lesson3", "lesson4"])) { try recording.run("les") }
        #expect(throws: RecordingError.noRun("9")) { try recording.run("9") }
    }

    @Test func everyKeyNamesARowAndOneThatDoesNotIsTold() throws {
        let recording = try Recording(at: directory.record)
        _ = try SampleRun(salt: 1).write(to: recording)
        _ = try SampleRun(salt: 2).write(to: recording)
        #expect(try recording.integrityProblems() == [])
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        try DatabaseQueue(path: directory.record, configuration: configuration).write { db in
            try db.execute(sql: "UPDATE effects SET operation = 999 WHERE id = 1")
        }
        #expect(try recording.integrityProblems() == ["a row of effects refers to one that does not exist"])
    }
}
