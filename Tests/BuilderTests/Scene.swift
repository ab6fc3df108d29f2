import Builder
import ContentStore
import Engine
import Glibc
import LayerModel
import Linux
import OCI
import Synchronization

/// A home with its images and a context, which are gone when the test is over.
final class Scene: Sendable {
    let path: String
    let engine: LocalEngine
    var context: String { path + "/context" }

    init() throws {
        var template = Array("/tmp/teach-builder-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw SystemCallError(call: "mkdtemp", errno: Errno(rawValue: Glibc.errno))
        }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        engine = try LocalEngine(home: Home(path: path + "/home"))
        try call("mkdir", context) { [context] in mkdir(context, 0o755) }
    }

    deinit { try? removeTree(path) }

    /// Writes a file of the context, and the directories above it.
    func file(_ name: String, _ text: String, mode: mode_t = 0o644) throws {
        var made = context
        for part in name.split(separator: "/").dropLast() {
            made += "/" + part
            mkdir(made, 0o755)
        }
        let place = "\(context)/\(name)"
        unlink(place)
        let file = try Descriptor(opening: place, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        let number = file.number
        let bytes = Array(text.utf8)
        try call("write", name) { write(number, bytes, bytes.count) }
        try call("chmod", name) { chmod(place, mode) }
    }

    func link(_ name: String, to target: String) throws {
        let place = "\(context)/\(name)"
        try call("symlink", name) { symlink(target, place) }
    }

    struct Outcome {
        /// All that was printed, Docker's lines and the commands', with ids as `ID`.
        var lines: [String]
        var result: BuildResult?
        var error: (any Error)?
        var warnings: [String]

        var id: String { result.map { "\($0.id)" } ?? "" }
        var usesOfCache: Int { lines.count { $0 == " ---> Using cache" } }
        /// What the commands printed.
        var output: [String] {
            lines.filter {
                !$0.hasPrefix(" --->") && !$0.hasPrefix("Step ") && !$0.hasPrefix("Removing intermediate container")
            }
        }
    }

    /// Builds; a mistake is in the outcome.
    ///
    /// - Parameter heard: is given each line as it is said.
    func build(
        _ dockerfile: String, arguments: [String: String] = [:], withContext: Bool = true,
        _ change: (inout BuildRequest) -> Void = { _ in }, heard: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> Outcome {
        let output = "\(path)/output-\(UInt64.random(in: 0...(.max)))"
        let file = try Descriptor(opening: output, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, mode: 0o600)
        let number = file.number
        var request = BuildRequest(
            dockerfile: Array(dockerfile.utf8), named: "Dockerfile", context: withContext ? context : nil)
        request.arguments = arguments
        request.network = .host
        request.output = number
        change(&request)
        let warnings = Mutex<[String]>([])
        var outcome = Outcome(lines: [], warnings: [])
        do {
            let builder = try Builder(request, engine: engine) { line in
                let bytes = Array((line + "\n").utf8)
                _ = write(number, bytes, bytes.count)
                heard(line)
            } warn: { sentence in
                warnings.withLock { $0.append(sentence) }
            }
            outcome.result = try builder.run()
        } catch {
            outcome.error = error
        }
        outcome.warnings = warnings.withLock { $0 }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let count = pread(number, &buffer, buffer.count, 0)
        outcome.lines = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: true
        ).map { Self.withoutIDs(String($0)) }
        return outcome
    }

    static func bytes(of path: String) throws -> [UInt8] {
        let file = try Descriptor(opening: path, O_RDONLY)
        let number = file.number
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let count = try call("read", path) { Glibc.read(number, &buffer, buffer.count) }
        return Array(buffer[..<count])
    }

    /// Ids differ from build to build.
    private static func withoutIDs(_ line: String) -> String {
        line.split(separator: " ", omittingEmptySubsequences: false).map { word in
            word.count == 12 && word.allSatisfy(\.isHexDigit) ? "ID" : String(word)
        }.joined(separator: " ")
    }

    func image(_ name: String) throws -> Image { try engine.store.image(named: name) }

    /// The names in the home that say that something is half made.
    func unfinished() -> [String] { ContentStore.unfinished(beneath: path + "/home") }
}

let isRoot = geteuid() == 0

extension ExecutionConfig {
    /// The labels without those by which the base says what it is made from.
    var ownLabels: [String: String]? { labels?.filter { !$0.key.hasPrefix("teach.stand-in") } }
}
