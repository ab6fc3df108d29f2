import Glibc
import Linux
import Synchronization
import Testing

@testable import Builder

/// What stages say is told in their order.
struct TranscriptTests {
    private func transcript(_ stages: [Int], _ output: CInt = -1) -> (Transcript, @Sendable () -> [String]) {
        let lines = Lines()
        let listener = Transcript.Listener(
            say: { lines.add($0) }, warn: { lines.add("W " + $0) }, report: { lines.add("R " + $0) },
            download: { bytes, total in lines.add("D \(bytes)/\(total ?? 0)") }, output: output)
        let transcript = Transcript(of: stages, to: listener) {
            KeptUtterances(in: try Descriptor(opening: "/tmp", O_RDWR | 0o20_000_000 | O_DIRECTORY, mode: 0o600))
        }
        return (transcript, { lines.all })
    }

    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    @Test func aStageThatIsAheadIsToldWhenItsTurnComes() throws {
        let (transcript, lines) = transcript([0, 2, 5])
        let outputs = [0, 2, 5].map { StageOutput(stage: $0, transcript: transcript) }
        try outputs[2].say("5a")
        try outputs[1].say("2a")
        try outputs[1].report("2b")
        outputs[1].download(1, of: 2)
        try outputs[0].say("0a")
        #expect(lines() == ["0a"])
        try outputs[2].end()
        #expect(lines() == ["0a"])
        try outputs[0].end()
        #expect(lines() == ["0a", "2a", "R 2b"])
        outputs[1].download(2, of: nil)
        try outputs[1].say("2c")
        try outputs[1].end()
        #expect(lines() == ["0a", "2a", "R 2b", "D 2/0", "2c", "5a"])
    }

    @Test func oneWarningIsGivenOnce() throws {
        let (transcript, lines) = transcript([0, 1])
        for stage in [1, 0, 0] { try StageOutput(stage: stage, transcript: transcript).warn("same") }
        try StageOutput(stage: 0, transcript: transcript).end()
        #expect(lines() == ["W same"])
    }

    @Test func aCommandsOutputComesInItsPlaceByteForByte() throws {
        let file = try Descriptor(opening: "/tmp", O_RDWR | 0o20_000_000 | O_DIRECTORY, mode: 0o600)
        let (transcript, _) = transcript([0, 1], file.number)
        let ahead = StageOutput(stage: 1, transcript: transcript)
        // More than a pipe holds, and no text.
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try ahead.withDescriptor { descriptor in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = try call("write") { rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } }
                rest = rest.dropFirst(count)
            }
        }
        let first = StageOutput(stage: 0, transcript: transcript)
        try first.withDescriptor { descriptor in _ = try call("write") { write(descriptor, "first", 5) } }
        try first.end()
        var read = [UInt8](repeating: 0, count: bytes.count + 6)
        let number = file.number
        let count = try call("pread") { pread(number, &read, read.count, 0) }
        #expect(Array(read[..<count]) == Array("first".utf8) + bytes)
    }
}
