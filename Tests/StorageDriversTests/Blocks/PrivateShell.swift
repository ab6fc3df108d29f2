import Foundation
import Testing

/// Runs a shell script in a mount namespace of its own, so that what it mounts (and the loop devices under that) goes
/// with it, whatever happens.
enum PrivateShell {
    /// - Returns: What it printed. A script that fails is an issue of the test.
    static func run(_ script: String, in folder: URL) throws -> String {
        let file = folder.appending(path: "script-\(UUID().uuidString)")
        try Data(("set -eu\ncd '\(folder.path)'\n" + script).utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
        process.arguments = [
            "--kill-after=5", "120", "unshare", "--mount", "--propagation", "private", "/bin/bash", file.path,
        ]
        let (output, errors) = (Pipe(), folder.appending(path: "errors-\(UUID().uuidString)"))
        _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let said = try String(contentsOf: errors, encoding: .utf8)
        #expect(process.terminationStatus == 0, "the script ended with \(process.terminationStatus): \(said)")
        return text
    }

    /// A folder for one test, removed after it.
    static func withFolder(_ body: (URL) throws -> Void) throws {
        // A short name: ext4 keeps where it was mounted last, which takes a block more, as far as that fits 64 bytes
        // (ext4_sample_last_mounted() of fs/ext4/file.c).
        let name = "teach-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        let folder = FileManager.default.temporaryDirectory.appending(path: name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }
}

/// A small generator of which a seed gives the same numbers everywhere (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
