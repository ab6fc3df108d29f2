import Foundation
import Recording
import Testing

/// What the host refuses: descriptors, memory, short names.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct RefusalTests {
    @Test func tooFewOpenFilesAreToldOfBeforeAnythingIsDone() throws {
        let teach = try Program()
        defer { teach.remove() }
        let refused = try teach.shell("ulimit -n 40; teach run lesson3 --step 3")
        #expect(refused.status == 2)
        #expect(refused.errors.contains("may have 40 files open at once, and a lesson needs 64"), "\(refused.errors)")
        #expect(refused.errors.contains("ulimit -n 1024"))
        #expect(try teach.shell("ulimit -S -n 40; teach run lesson3 --step 3").status == 0, "a soft limit is raised")
        for limit in 4...16 {
            let result = try teach.shell("ulimit -n \(limit); docker run --rm lesson3 true")
            #expect([0, 125].contains(result.status), "\(limit): \(result.status) \(result.errors)")
            if result.status == 125 {
                #expect(result.errors.split(separator: "\n").count == 1, "\(limit): \(result.errors)")
                #expect(result.errors.contains("EMFILE"), "\(limit): \(result.errors)")
            }
            // Clearing up needs descriptors, too: what it could not remove is found by the next.
            #expect(try teach("clean").status == 0, "\(limit)")
            #expect(try teach("clean").output == "nothing was left\n", "\(limit)")
        }
        #expect(try teach.docker("ps", "-a", "-q").output.isEmpty)
    }

    /// Swift ends a program that gets no memory, wherever it is: to the next command that is a crash like any other.
    @Test func memoryThatIsRefusedIsACrashThatIsClearedUp() throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach("run", "lesson3", "--step", "3").status == 0)
        var ended: Set<Int32> = []
        for megabytes in [20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 240, 300] {
            let result = try teach.shell("ulimit -v \(megabytes * 1024); teach run lesson3 --step 3 > /dev/null")
            ended.insert(result.status)
            #expect(try teach("clean").status == 0, "\(megabytes)")
            let recording = try Recording(at: teach.home + "/home/recordings.sqlite")
            #expect(try recording.integrityProblems() == [], "\(megabytes)")
            #expect(try recording.runs().allSatisfy { $0.status != .running }, "\(megabytes)")
            #expect(try teach("clean").output == "nothing was left\n", "\(megabytes)")
        }
        print("memory refused: ended with \(ended.sorted())")
        #expect(ended.contains { $0 != 0 }, "no limit was small enough to matter")
        #expect(try teach("run", "lesson3", "--step", "3").status == 0)
    }

    @Test func aHomeWithALongNameIsAsGoodAsAnyOther() throws {
        let teach = try Program()
        defer { teach.remove() }
        let home = teach.home + "/" + String(repeating: "a-long-name/", count: 12) + "home"
        let result = try teach("run", "lesson3", "--step", "6", environment: ["TEACH_HOME": home])
        #expect(result.status == 0, "\(result.errors)")
        #expect(try teach("clean", environment: ["TEACH_HOME": home]).output == "nothing was left\n")
    }
}
