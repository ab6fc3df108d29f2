import Glibc

/// A directory of a benchmark's own, in memory where it can be, because a disk's journal is everybody's; it goes
/// away with this value.
final class Scratch {
    let path: String

    init() throws {
        let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/teach-bench-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw BenchmarkError("mkdtemp failed: errno \(errno)") }
        path = String(cString: made)
    }

    deinit { _ = try? spawn(["rm", "-rf", path]) }
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Runs a program, looked for in PATH, to its end.
///
/// - Throws: `BenchmarkError` when it cannot be started or does not exit with 0.
func spawn(_ words: [String]) throws {
    let status = try exitStatus(words)
    guard status == 0 else { throw BenchmarkError("\(words.joined(separator: " ")) ended with status \(status)") }
}

/// The same, but any status is an answer; a signal n counts as 128 + n.
func exitStatus(_ words: [String]) throws -> Int32 { wait(for: try start(words)) }

/// This program.
func ownPath() throws -> String {
    guard let path = realpath("/proc/self/exe", nil) else { throw BenchmarkError("/proc is not mounted") }
    defer { free(path) }
    return String(cString: path)
}

/// A program that was built with this one.
func besideUs(_ name: String) throws -> String {
    let own = try ownPath()
    let path = own[..<own.lastIndex(of: "/")!] + "/" + name
    guard access(path, X_OK) == 0 else {
        throw BenchmarkError("\(path) is missing: build it first, as make bench does")
    }
    return path
}

/// A root directory with Debian's static busybox as `true`, `sh` and the like, and the mount points that every
/// runtime wants.
func makeRoot(_ path: String) throws {
    try spawn([
        "mkdir", "-p", "\(path)/bin", "\(path)/proc", "\(path)/dev", "\(path)/sys", "\(path)/tmp", "\(path)/etc",
    ])
    try spawn(["cp", "/bin/busybox", "\(path)/bin/busybox"])
    for name in ["true", "sh", "id", "sleep"] { try spawn(["ln", "-s", "busybox", "\(path)/bin/\(name)"]) }
}
