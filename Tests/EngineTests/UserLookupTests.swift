import Glibc
import Linux
import Testing

@testable import Engine

/// `-u` is resolved against the image's own files, as Docker does it.
@Suite struct UserLookupTests {
    let lookup = UserLookup(
        passwd: "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n",
        group: "root:x:0:\nnode:x:1000:\nwheel:x:10:root,node\n")

    @Test func nobodyMeansRoot() throws {
        #expect(try lookup.resolve("") == .init(uid: 0, gid: 0, groups: [0, 10], home: "/root"))
    }

    @Test func aNameBringsItsGroupsAndItsHome() throws {
        #expect(try lookup.resolve("node") == .init(uid: 1000, gid: 1000, groups: [1000, 10], home: "/home/node"))
    }

    @Test func anUnknownNumberIsAllowedWithGroupZero() throws {
        #expect(try lookup.resolve("4711") == .init(uid: 4711, gid: 0, groups: [0], home: "/"))
    }

    @Test func anExplicitGroupDropsTheOthers() throws {
        #expect(try lookup.resolve("node:wheel") == .init(uid: 1000, gid: 10, groups: [10], home: "/home/node"))
        #expect(try lookup.resolve("0:7").gid == 7)
    }

    @Test func theFilesAreTheImagesWhereverItsLinksPoint() throws {
        let image = "/tmp/teach-tests-users-\(getpid())"
        try call("mkdir", image) { mkdir(image, 0o755) }
        defer { rmdir(image) }
        // Followed on the host, this would be the host's.
        try call("symlink", image) { symlink("/etc", image + "/etc") }
        defer { unlink(image + "/etc") }
        #expect(UserLookup(layers: [image]).passwd == "")
    }

    @Test func unknownNamesAreErrorsInDockersWords() {
        #expect(throws: EngineError("unable to find user mallory: no matching entries in passwd file")) {
            try lookup.resolve("mallory")
        }
        #expect(throws: EngineError("unable to find group cats: no matching entries in group file")) {
            try lookup.resolve("node:cats")
        }
    }
}
