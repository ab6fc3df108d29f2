import Containers
import Glibc
import Linux

/// A place for one container: a layer with a static busybox, shared and never written, and directories of its
/// own that go away with the scene.
final class Scene {
    let directory: String
    /// Layers above busybox's, the topmost first.
    var layers: [String] = []
    let id: String

    init() throws {
        _ = try Self.busybox.get()
        var template = Array("/tmp/teach-scene-XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { throw SceneError("mkdtemp failed") }
        directory = String(cString: path)
        id = String((0..<64).map { _ in "0123456789abcdef".randomElement()! })
    }

    deinit { shell("rm -rf \(directory)") }

    static let base = "/tmp/teach-tests-busybox-\(getuid())/layer"

    var upper: String { directory + "/upper" }

    /// The writable layer's directory, made before the container is: an observer opens it first.
    var madeUpper: String {
        mkdir(upper, 0o755)
        return upper
    }

    /// The lower layers from the bottom up.
    var lowers: [String] { (layers + [Self.base]).reversed() }

    func spec(_ arguments: String...) -> ContainerSpec {
        ContainerSpec(
            id: id, hostname: "scene",
            root: .overlay(
                OverlayRoot(
                    layers: layers + [Self.base], upper: upper, work: directory + "/work",
                    mountPoint: directory + "/merged")),
            arguments: arguments,
            environment: ["PATH=/usr/local/bin:/bin", "HOME=/root"])
    }

    /// A further layer on top, filled by a shell that runs in its directory.
    func addLayer(_ script: String) {
        let layer = "\(directory)/layer\(layers.count)"
        shell("mkdir \(layer) && cd \(layer) && { \(script); }")
        layers.insert(layer, at: 0)
    }

    /// Runs the container with its output in a file.
    func run(
        _ spec: ContainerSpec, observer: (any ProcessObserver)? = nil,
        started: (RunningContainer) throws -> Void = { _ in }
    ) throws -> (finished: FinishedContainer, output: String) {
        let path = directory + "/output"
        let file = try Descriptor(opening: path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, mode: 0o600)
        let null = try Descriptor(opening: "/dev/null", O_RDONLY)
        var spec = spec
        spec.streams = StandardStreams(input: null.number, output: file.number, error: file.number)
        let finished = try spec.run(observer: observer, started: started)
        return (finished, read(path))
    }

    func output(_ arguments: String...) throws -> String {
        var spec = spec()
        spec.arguments = arguments
        return try run(spec).output
    }

    /// The names directly in a directory, sorted.
    func names(_ path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Unpacked once from Debian's package, which is not installed.
    private static let busybox = Result<Void, any Error> {
        let root = "/tmp/teach-tests-busybox-\(getuid())"
        let made = shell(
            """
            test -e \(base)/bin/sh && exit 0
            set -e
            umask 022; mkdir -p \(root); new=$(mktemp -d \(root)/new-XXXXXX); chmod 755 $new; cd $new
            apt-get download busybox-static >/dev/null 2>&1; dpkg-deb -x busybox-static_*.deb package
            mkdir -p layer/bin layer/proc layer/dev layer/sys layer/tmp layer/etc layer/root
            cp package/bin/busybox layer/bin/busybox
            for name in $(layer/bin/busybox --list); do
                test $name = busybox || ln -s busybox layer/bin/$name
            done
            chmod 1777 layer/tmp; echo 'root:x:0:0:root:/root:/bin/sh' > layer/etc/passwd
            mv -T layer \(base) 2>/dev/null || test -e \(base)/bin/sh
            rm -rf $new
            """)
        if made != 0 { throw SceneError("busybox-static cannot be unpacked: is apt-get's list of packages there?") }
    }
}

struct SceneError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Runs a shell script to its end. Not with system(3), which makes this process ignore SIGINT meanwhile.
@discardableResult
func shell(_ script: String) -> Int32 {
    let words: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup(script)]
    defer { for word in words { free(word) } }
    var pid: pid_t = 0
    guard posix_spawn(&pid, "/bin/sh", nil, nil, words + [nil], environ) == 0 else { return -1 }
    var status: CInt = 0
    while waitpid(pid, &status, 0) == -1, errno == EINTR {}
    return status
}

func read(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer.prefix(count) }
    return String(decoding: bytes, as: UTF8.self)
}

/// The value behind `key` in text of lines `key<tab>value`, such as /proc/PID/status.
func value(_ key: String, in text: String) -> String? {
    text.split(separator: "\n").first { $0.hasPrefix(key + ":") }.map {
        String($0.dropFirst(key.count + 1).drop { $0 == " " || $0 == "\t" })
    }
}

let isRoot = geteuid() == 0

extension ContainerSpec {
    /// The union that a scene's container is made of.
    var overlay: OverlayRoot {
        get {
            guard case .overlay(let overlay) = root else { preconditionFailure("a scene's root is an overlay") }
            return overlay
        }
        set { root = .overlay(newValue) }
    }
}
