import Events
import LayerModel

@testable import Lessons

/// Recorded calls for tests, as the observer makes them.
enum Record {
    static func call(
        _ program: String, _ syscall: String, _ call: FileOperation?, pid: Int32 = 4711, flags: String = "",
        errno: Errno? = nil, answer: LayerID? = nil, _ effects: [ObservedEffect] = []
    ) -> ObservedOperation {
        ObservedOperation(
            sequence: 1, pid: pid, program: program, syscall: syscall, call: call,
            arguments: call?.paths.map(\.description) ?? [], flags: flags, credentials: .containerRoot, errno: errno,
            resolved: call?.paths ?? [], answer: answer, effects: effects)
    }

    static let parentOfMotd = ObservedEffect(LayerEffect(.parentCopyUp, "/etc", layer: .lower(3)))

    static let append = call(
        "sh", "openat", .open("/etc/motd", [.writeOnly, .append], mode: 0), flags: "O_WRONLY|O_APPEND",
        answer: .lower(3),
        [
            parentOfMotd,
            ObservedEffect(
                LayerEffect(.copyUp, "/etc/motd", layer: .lower(3), size: 52), allocated: 4096, shared: 0),
        ])

    static let secondAppend = call(
        "sh", "openat", .open("/etc/motd", [.writeOnly, .append], mode: 0), flags: "O_WRONLY|O_APPEND", answer: .upper)

    static let delete = call(
        "rm", "unlink", .unlink("/etc/issue"), answer: .lower(2),
        [ObservedEffect(LayerEffect(.whiteout, "/etc/issue", layer: .lower(2)))])

    static let refusedRename = call(
        "mv", "rename", .rename("/srv/www", "/srv/site", []), errno: .EXDEV, answer: .lower(2))

    static let makeDirectory = call(
        "mv", "mkdir", .mkdir("/srv/site", mode: 0o755), [ObservedEffect(LayerEffect(.create, "/srv/site"))])

    static let makeFile = call(
        "mv", "openat", .open("/srv/site/index.html", [.writeOnly, .create, .truncate], mode: 0o644),
        flags: "O_WRONLY|O_CREAT|O_TRUNC",
        [ObservedEffect(LayerEffect(.create, "/srv/site/index.html", size: 0), allocated: 0, shared: 0)])

    static let deleteChild = call(
        "mv", "unlink", .unlink("/srv/www/index.html"), answer: .lower(2),
        [
            ObservedEffect(LayerEffect(.parentCopyUp, "/srv/www", layer: .lower(2))),
            ObservedEffect(LayerEffect(.whiteout, "/srv/www/index.html", layer: .lower(2))),
        ])

    static let deleteDirectory = call(
        "mv", "rmdir", .rmdir("/srv/www"), answer: .upper,
        [
            ObservedEffect(LayerEffect(.remove, "/srv/www")),
            ObservedEffect(LayerEffect(.whiteout, "/srv/www", layer: .lower(2))),
        ])

    static func lookup(_ path: Path, _ layer: LayerID?) -> ObservedOperation {
        call(
            "cat", "openat", .open(path, [], mode: 0), flags: "O_RDONLY", errno: layer == nil ? .ENOENT : nil,
            answer: layer)
    }
}
