import Glibc
import RuntimeBundle

/// A bundle in a directory of its own, with a static busybox as its root filesystem; it goes away with this value.
final class Bundle {
    let path: String
    var config: String

    init(_ command: String...) throws {
        _ = try Self.root.get()
        var template = Array("/tmp/teach-bundle-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw SceneError("mkdtemp failed") }
        path = String(cString: made)
        guard shell("cp -a \(Self.rootPath) \(path)/rootfs") == 0 else { throw SceneError("the root cannot be copied") }
        config = RuntimeBundle.defaultConfig
        replace("\"args\": [\"sh\"]", with: "\"args\": [\(command.map { "\"\($0)\"" }.joined(separator: ", "))]")
    }

    deinit { shell("rm -rf \(path)") }

    var root: String { path + "/rootfs" }
    /// A name that no other bundle has: it is the name of the container's cgroup too.
    var id: String { String(path.dropFirst("/tmp/".count)) }

    /// Changes the config's text; what is to be replaced must be there.
    func replace(_ old: String, with new: String) {
        guard let range = config.firstRange(of: old) else { preconditionFailure("no \(old) in the config") }
        config.replaceSubrange(range, with: new)
    }

    /// Adds fields, such as `"umask": 0`, to the object that begins with `"name": {`.
    func add(_ fields: String, to name: String) { replace("\"\(name)\": {", with: "\"\(name)\": { \(fields),") }

    func write() { text(config, to: path + "/config.json") }

    func read() throws -> RuntimeBundle {
        write()
        return try RuntimeBundle(path, id: id)
    }

    /// What reading it complains about; `nil` where it does not.
    func complaint() -> String? {
        do {
            _ = try read()
            return nil
        } catch { return "\(error)" }
    }

    /// Runs it with the program itself.
    func run(_ words: [String]? = nil) throws -> (status: Int32, output: String, errors: String) {
        write()
        let words = words ?? ["run", "--bundle", path, id]
        let status = spawn([program] + words, output: path + "/output", errors: path + "/errors")
        return (status, contents(path + "/output"), contents(path + "/errors"))
    }

    private static let rootPath = "/tmp/teach-tests-bundle-\(getuid())/rootfs"

    /// Unpacked once from Debian's package, which need not be installed.
    private static let root = Result<Void, any Error> {
        let base = "/tmp/teach-tests-bundle-\(getuid())"
        let made = shell(
            """
            test -e \(rootPath)/bin/sh && exit 0
            set -e
            umask 022; mkdir -p \(base); new=$(mktemp -d \(base)/new-XXXXXX); chmod 755 $new; cd $new
            apt-get download busybox-static >/dev/null 2>&1; dpkg-deb -x busybox-static_*.deb package
            mkdir -p root/bin root/tmp root/etc; cp package/bin/busybox root/bin/busybox
            for name in $(root/bin/busybox --list); do
                test $name = busybox || ln -s busybox root/bin/$name
            done
            chmod 1777 root/tmp; echo 'root:x:0:0:root:/root:/bin/sh' > root/etc/passwd; echo 'root:x:0:' > root/etc/group
            mv -T root \(rootPath) 2>/dev/null || test -e \(rootPath)/bin/sh
            rm -rf $new
            """)
        if made != 0 { throw SceneError("busybox-static cannot be unpacked: is apt-get's list of packages there?") }
    }
}

struct SceneError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The program under test stands beside the test runner in the build folder.
let program: String = {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let runner = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
    return runner[..<(runner.lastIndex(of: "/") ?? runner.startIndex)] + "/teach-runc"
}()

/// Runs a program with an empty input to its end; a signal n counts as 128 + n.
func spawn(_ words: [String], output: String, errors: String) -> Int32 {
    guard let pid = start(words, output: output, errors: errors) else { return -1 }
    var status: CInt = 0
    while waitpid(pid, &status, 0) == -1, errno == EINTR {}
    return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
}

/// Starts a program with an empty input; whoever does must wait for it.
func start(_ words: [String], output: String = "/dev/null", errors: String = "/dev/null") -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    let arguments = words.map { strdup($0) }
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    return posix_spawnp(&pid, words[0], &actions, nil, arguments + [nil], environ) == 0 ? pid : nil
}

@discardableResult
func shell(_ script: String) -> Int32 { spawn(["sh", "-c", script], output: "/dev/null", errors: "/dev/null") }

func contents(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer.prefix(count) }
    return String(decoding: bytes, as: UTF8.self)
}

func text(_ text: String, to path: String) {
    guard let file = fopen(path, "w") else { return }
    fputs(text, file)
    fclose(file)
}

let isRoot = geteuid() == 0
