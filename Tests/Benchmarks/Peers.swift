import Glibc

/// A Docker Engine of this program's own, which ends with this value and takes everything with it; DOCKER_HOST names it
/// meanwhile.
final class DockerEngine {
    /// The client of the engine's own version; another one may come first in PATH.
    static let client = "/usr/bin/docker"

    /// Its folder, which goes after it.
    private let scratch: Scratch
    private let pid: pid_t
    /// What the engine waits on: it ends when nobody holds this any more.
    private let input: CInt

    /// - Throws: `BenchmarkError` where it does not start, which it says itself on standard error.
    init(in scratch: Scratch) throws {
        self.scratch = scratch
        let program = "Tests/peers/docker-engine"
        guard access(program, X_OK) == 0 else {
            throw BenchmarkError("\(program) is not here: run `make bench`, or this program from the clone")
        }
        let (asked, ask) = try Self.pipe()
        let (said, say) = try Self.pipe()
        input = ask
        do {
            defer {
                close(asked)
                close(say)
            }
            pid = try start([program, scratch.path + "/engine"], input: asked, output: say)
        }
        defer { close(said) }
        var line = [UInt8](repeating: 0, count: 256)
        let count = read(said, &line, line.count)
        guard count > 1 else { throw BenchmarkError("there is no Docker Engine to measure against") }
        setenv("DOCKER_HOST", String(decoding: line[..<(count - 1)], as: UTF8.self), 1)
        // The builder that the bounds are about.
        setenv("DOCKER_BUILDKIT", "0", 1)
    }

    /// Both ends of a pipe, closed on exec: (reading, writing).
    private static func pipe() throws -> (CInt, CInt) {
        var ends: [CInt] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw BenchmarkError("pipe failed: errno \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    deinit {
        unsetenv("DOCKER_HOST")
        close(input)
        while waitpid(pid, nil, 0) == -1, errno == EINTR {}
    }
}

/// Where podman and buildah keep images: in a folder of their own.
struct ContainersStorage {
    let path: String

    private var options: [String] {
        ["--root", path + "/root", "--runroot", path + "/run", "--storage-driver", "overlay"]
    }

    func podman(_ words: String...) -> [String] { ["podman"] + options + words }

    /// With runc, as Docker: crun wants a host whose cgroups are of one version.
    func buildah(_ words: String...) -> [String] { ["buildah"] + options + ["--runtime", "/usr/sbin/runc"] + words }
}
