import ArgumentParser
import Glibc
import LayerModel
import Scripts
import StorageDrivers
import Verification

/// A script and where it came from.
struct ScriptSource {
    /// The file as it was given; `standard input` for `-`.
    let name: String
    let script: Script
    /// The operations' places by their lines.
    private let places: [Int: Int]

    /// The longest text that is read, in bytes.
    private static let longest = 1 << 28

    /// - Throws: `LibraryError` where there is no file; `ScriptRefusal` where it is no script.
    init(_ file: String) throws {
        name = file == "-" ? "standard input" : file
        let text = try Self.text(file, name)
        do throws(ScriptError) {
            script = try Script(parsing: text)
        } catch {
            throw ScriptRefusal(name, error.problems)
        }
        places = Dictionary(
            script.operations.enumerated().map { ($0.element.number, $0.offset) },
            uniquingKeysWith: { first, _ in first })
        try checkLayers()
    }

    /// The union of the script's layers under a simulated driver, ready to run.
    ///
    /// - Parameter backing: What the layers lie on, where the driver leaves a choice; ext4 by default.
    func simulated(
        by driver: StorageDriverKind, options: [MountOption], on backing: BackingFilesystem? = nil
    ) throws -> ScriptRunner<SimulatedMount> {
        do {
            return try mounted(by: driver, options: options, on: backing)
        } catch let refusal as MountRefusal {
            throw LibraryError("\(name): \(refusal)")
        }
    }

    /// The same.
    ///
    /// - Throws: `MountRefusal` where the driver refuses the options or the layers; `LibraryError` for a layer that cannot
    ///   be made.
    func mounted(
        by driver: StorageDriverKind, options: [MountOption], on backing: BackingFilesystem?
    ) throws -> ScriptRunner<SimulatedMount> {
        do {
            let mount = try SimulatedMount(
                driver: driver, options: options, layers: LayerStack(script.layers),
                host: HostSettings(protections: .ofThisHost, backing: backing ?? .ext4))
            return ScriptRunner(script, on: mount)
        } catch let refusal as LayerRefusal {
            throw LibraryError("\(name): \(refusal)")
        }
    }

    /// Names this file in what the runner finds wrong with the script.
    func placing<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let problem as ScriptProblem {
            throw ScriptRefusal(name, [problem])
        }
    }

    /// The paths that the operation of a line names.
    func paths(of line: Int) -> [Path] { places[line].map { script.operations[$0].operation.paths } ?? [] }

    private func checkLayers() throws(LibraryError) {
        let count = script.layers.count
        if count > Script.mostLayers {
            throw LibraryError(
                "\(name) has \(count) layers; overlay2 mounts \(Script.mostLayers) at most and refuses more with EINVAL"
            )
        }
        if count > Script.mostDockerLayers {
            complain(
                "\(name) has \(count) layers; overlay2 mounts them, but Docker makes \(Script.mostDockerLayers) at most"
            )
        }
    }

    private static func text(_ file: String, _ name: String) throws(LibraryError) -> [UInt8] {
        let descriptor = file == "-" ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw LibraryError("\(file) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { if file != "-" { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count < 0 { throw LibraryError("\(name) cannot be read: \(String(cString: strerror(errno)))") }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            if bytes.count > longest {
                throw LibraryError("\(name) is longer than \(longest >> 20) MiB, which no script is; name another file")
            }
        }
    }
}

/// A script that cannot be read or run on, with each place.
struct ScriptRefusal: StatusCarrying {
    var name: String
    var problems: [ScriptProblem]

    init(_ name: String, _ problems: [ScriptProblem]) {
        self.name = name
        self.problems = problems
    }

    var sentence: String { problems.map { "\(name):\($0)" }.joined(separator: "\n") }
    /// EX_DATAERR of sysexits.h.
    var status: Int32 { 65 }
}
