import Foundation
import OCI
import Testing

@testable import Engine

/// Containers on disk: whole or not there.
@Suite struct ContainerShelfTests {
    let shelf = ContainerShelf(path: NSTemporaryDirectory() + "teach-shelf-" + UUID().uuidString)

    func record(_ name: String, id: String = ContainerName.randomID()) -> ContainerRecord {
        ContainerRecord(
            id: id, name: name, image: "lesson3", imageID: "sha256:0", created: .now, command: ["true"],
            environment: [], workingDirectory: "/", user: "", hostname: "h", limits: .init(), chainIDs: [],
            state: .created)
    }

    @Test func whatIsAddedIsFoundByNameAndByTheStartOfItsId() throws {
        defer { try? Folders.remove(shelf.path) }
        let one = record("one", id: String(repeating: "ab", count: 32))
        try shelf.add(one)
        try shelf.add(record("two", id: String(repeating: "ac", count: 32)))
        #expect(try shelf.find("one") == one)
        #expect(try shelf.find("abab") == one)
        #expect(throws: EngineError.self) { try shelf.find("a") }
        #expect(throws: EngineError("No such container: three", exitStatus: 1, kind: .notFound)) {
            try shelf.find("three")
        }
        try shelf.remove(one.id)
        #expect(try shelf.all().map(\.name) == ["two"])
        #expect(try shelf.leftovers().isEmpty)
    }

    @Test func aNameIsGivenOnce() throws {
        defer { try? Folders.remove(shelf.path) }
        try shelf.add(record("one"))
        #expect(throws: EngineError.self) { try shelf.add(record("one")) }
        #expect(try shelf.leftovers().isEmpty, "the draft of the refused one is gone")
    }

    @Test func aProcessThatIsGoneIsNotRunning() throws {
        defer { try? Folders.remove(shelf.path) }
        var one = record("one")
        try shelf.add(one)
        one.state = .running(pid: 99_999_999, startTime: 1, since: .now)
        try shelf.update(one)
        guard case .exited(let status, _) = try shelf.find("one").state else {
            Issue.record("it still counts as running")
            return
        }
        #expect(status == 255)
    }

    /// Neither a container that could not be read, nor left by a crash.
    @Test func whatIsNoFolderIsNoContainer() throws {
        defer { try? Folders.remove(shelf.path) }
        try shelf.add(record("one"))
        symlink("/etc", shelf.path + "/link")
        close(open(shelf.path + "/core", O_CREAT | O_WRONLY, 0o600))
        #expect(try shelf.all().map(\.name) == ["one"])
        #expect(try shelf.leftovers().isEmpty)
    }

    @Test func whatACrashLeftIsRecognised() throws {
        defer { try? Folders.remove(shelf.path) }
        try Folders.make(shelf.path + "/.new-0123")
        try Folders.make(shelf.path + "/.gone-4567")
        #expect(try shelf.all().isEmpty)
        #expect(try shelf.leftovers().count == 2)
    }

    @Test(arguments: [("a", false), ("ab", true), ("A_b.c-d", true), ("-ab", false), ("a b", false), ("", false)])
    func namesFollowDockersRule(name: String, isGood: Bool) {
        let passes = (try? ContainerName.validate(name)) != nil
        #expect(passes == isGood)
    }
}
