import Glibc
import LayerModel
import Linux
import Testing

/// What a container leaves is removed, whatever it made.
@Suite struct TreeRemovalTests {
    /// A tree in a directory of its own.
    private final class Place {
        let path: String

        init() throws {
            // In memory where that can be: a disk takes its time over so many directories.
            let base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
            var template = Array("\(base)/teach-removal-XXXXXX".utf8CString)
            try #require(mkdtemp(&template) != nil)
            path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }

        deinit { try? removeTree(path) }

        var descriptor: CInt { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        var holdsNothing: Bool { rmdir(path) == 0 }
    }

    /// Deeper than a process may have files open (getrlimit(2)), and than a path may be long (PATH_MAX).
    @Test func aTreeAsDeepAsYouLikeIsRemoved() throws {
        let place = try Place()
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let depth = min(Int(limit.rlim_cur), 30_000) + 100
        var here = place.descriptor
        for level in 0..<depth {
            try #require(mkdirat(here, "directory", 0o755) == 0)
            let next = openat(here, "directory", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            // Names that are listed before and after it.
            if level % 1000 == 0 { for name in ["a", "z"] { close(openat(next, name, O_CREAT | O_WRONLY, 0o600)) } }
            close(here)
            here = next
        }
        close(here)
        try removeTree(place.path + "/directory")
        #expect(place.holdsNothing)
    }

    @Test func whatALinkPointsAtStays() throws {
        let (place, other) = (try Place(), try Place())
        close(open(other.path + "/kept", O_CREAT | O_WRONLY, 0o600))
        mkdir(place.path + "/tree", 0o755)
        symlink(other.path, place.path + "/tree/link")
        try removeTree(place.path + "/tree")
        #expect(place.holdsNothing)
        #expect(access(other.path + "/kept", F_OK) == 0)
        try removeTree(place.path + "/tree")
    }

    @Test func namesThatAreNoTextAndDirectoriesThatForbidWritingGo() throws {
        let place = try Place()
        mkdir(place.path + "/tree", 0o755)
        let tree = open(place.path + "/tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        let name: [CChar] = [-1, 10, 0]
        try #require(mkdirat(tree, name, 0o755) == 0)
        let inner = openat(tree, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        for number in 0..<300 { close(openat(inner, "\(number)", O_CREAT | O_WRONLY, 0o600)) }
        if geteuid() == 0 { fchmod(inner, 0) }
        close(inner)
        close(tree)
        try removeTree(place.path + "/tree")
        #expect(place.holdsNothing)
    }
}
