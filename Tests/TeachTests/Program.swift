import Foundation
import Testing

/// The program under test, run as a user runs it, with a home of its own.
struct Program {
    let home: String
    /// The `cgroup.procs` of a cgroup that the program enters first.
    var cgroup: String?

    init() throws {
        home = NSTemporaryDirectory() + "teach-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(atPath: home) }

    struct Result {
        var status: Int32
        var output: String
        var errors: String
        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    /// `teach` stands beside the test runner in the build folder.
    static let path: String = {
        let runner = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (runner as NSString).deletingLastPathComponent + "/teach"
    }()

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// What the program finds in its environment.
    var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment
        environment["TEACH_HOME"] = home + "/home"
        environment["TEACH_SHARE"] = Self.root
        environment["COLUMNS"] = "100"
        environment["NO_COLOR"] = "1"
        return environment
    }

    func callAsFunction(_ arguments: String..., environment: [String: String] = [:]) throws -> Result {
        try run(Self.path, arguments, environment)
    }

    func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Result {
        try run(Self.path, arguments, environment)
    }

    /// `docker`, which is the same program by another name.
    func docker(_ arguments: String...) throws -> Result { try docker(arguments) }

    func docker(_ arguments: [String]) throws -> Result {
        let link = home + "/docker"
        if !FileManager.default.fileExists(atPath: link) {
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: Self.path)
        }
        return try run(link, arguments, [:])
    }

    /// Lines for a shell that finds `teach` and `docker` on its PATH.
    func shell(_ script: String, environment: [String: String] = [:]) throws -> Result {
        let programs = home + "/programs"
        if !FileManager.default.fileExists(atPath: programs) {
            try FileManager.default.createDirectory(atPath: programs, withIntermediateDirectories: true)
            for name in ["teach", "docker"] {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(programs)/\(name)", withDestinationPath: Self.path)
            }
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return try run(
            "/bin/sh", ["-c", script], environment.merging(["PATH": programs + ":" + path]) { $1 })
    }

    /// Lines for bash in the program's own folder. Foundation starts a process with SIGCHLD blocked, and dash would wait
    /// for its children for ever then.
    func bash(_ script: String) throws -> Result {
        try script.write(toFile: home + "/script", atomically: true, encoding: .utf8)
        return try shell("cd '\(home)' && exec bash script")
    }

    private func run(_ path: String, _ arguments: [String], _ variables: [String: String]) throws -> Result {
        let process = Process()
        process.executableURL = URL(filePath: cgroup == nil ? path : "/bin/sh")
        let entering = cgroup.map { ["-c", "echo 0 > \"$0\" && exec \"$@\"", $0, path] } ?? []
        process.arguments = entering + arguments
        process.environment = environment.merging(variables) { $1 }
        // Files and not pipes: a full pipe would hold the program up.
        let files = [home + "/stdout-" + UUID().uuidString, home + "/stderr-" + UUID().uuidString]
        for file in files { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: files[0]))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: files[1]))
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let deadline = Deadline(for: process)
        process.waitUntilExit()
        deadline.cancel()
        let texts = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }
        return Result(status: process.terminationStatus, output: texts[0], errors: texts[1])
    }

    /// The record of a run as objects.
    func events(_ run: String = "last") throws -> [[String: Any]] {
        try self("events", run, "--json").lines.map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }
}

/// Whether this process may make containers.
let isRoot = geteuid() == 0
