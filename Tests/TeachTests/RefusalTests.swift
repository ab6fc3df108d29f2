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

    @Test func whatIsNotThereOrCannotBeMadeIsToldWithItsCure() throws {
        let teach = try Program()
        defer { teach.remove() }
        let home = try teach("run", "lesson3", environment: ["TEACH_HOME": "/proc/nowhere"])
        #expect(home.status == 2)
        #expect(home.errors.contains("/proc/nowhere cannot be made") && home.errors.contains("name another one"))
        for words in [["image", "nosuch"], ["graph", "nosuch:1", "--text"]] {
            let image = try teach.run(words)
            #expect(image.status == 1 && image.errors.contains("No such image: nosuch:"), "\(words)")
            #expect(image.errors.contains("`docker images` lists those that are here"), "\(words)")
        }
    }

    /// Swift ends a program that gets no memory, wherever it is: so what may be mapped is looked at first.
    @Test func tooLittleMemoryIsToldOfBeforeAnythingIsDone() throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach("run", "lesson3", "--step", "3").status == 0)
        let runs = try Recording(at: teach.home + "/home/recordings.sqlite").runs().count
        var refused: [Int] = []
        var hasBeenLoaded = false
        for megabytes in stride(from: 20, through: 300, by: 10) {
            for command in ["teach run lesson3 --step 3", "docker run --rm lesson3 true"] {
                let result = try teach.shell("ulimit -v \(megabytes * 1024); timeout -k 1 60 \(command)")
                let sentences = result.errors.split(separator: "\n")
                // At first the program cannot even be loaded: execve(2) kills it (SIGSEGV, 139), or ld.so says so (127).
                let isLoaded = result.status != 127 && (result.status != 139 || hasBeenLoaded)
                hasBeenLoaded = hasBeenLoaded || isLoaded || result.status == 127
                #expect(result.status == 0 || sentences.count == 1, "\(megabytes): \(result.errors)")
                if isLoaded, result.status != 0 {
                    // What is reserved at once depends on the threads' luck: later it may be refused, too, in a sentence.
                    if result.errors.contains("may map \(megabytes) MiB of memory") { refused.append(megabytes) }
                    #expect(result.status == (command.hasPrefix("docker") ? 125 : 2), "\(megabytes): \(result.status)")
                    #expect(result.errors.contains("ulimit -v unlimited"), "\(result.errors)")
                }
            }
        }
        #expect(!refused.isEmpty, "no limit was small enough to matter")
        #expect(try teach.shell("ulimit -S -v \(refused[0] * 1024); teach list").status == 0, "a soft limit is raised")
        let recording = try Recording(at: teach.home + "/home/recordings.sqlite")
        #expect(try recording.integrityProblems() == [])
        #expect(try recording.runs().allSatisfy { $0.status != .running } && recording.runs().count > runs)
        #expect(try teach("clean").output == "nothing was left\n")
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
