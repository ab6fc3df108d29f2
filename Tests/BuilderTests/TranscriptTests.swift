import Glibc
import Linux
import Synchronization
import Testing

@testable import Builder

/// What stages say is told in their order.
struct TranscriptTests {
    private func transcript(
        _ stages: [Int], _ output: CInt = -1, _ control: BuildControl = BuildControl(),
        say: (@Sendable (String) throws -> Void)? = nil
    ) -> (Transcript, @Sendable () -> [String]) {
        let lines = Lines()
        let listener = Transcript.Listener(
            say: say ?? { lines.add($0) }, warn: { lines.add("W " + $0) }, report: { lines.add("R " + $0) },
            download: { bytes, total in lines.add("D \(bytes)/\(total ?? 0)") }, output: output)
        let transcript = Transcript(of: stages, to: listener, control) {
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
        outputs[2].end()
        #expect(lines() == ["0a"])
        outputs[0].end()
        try transcript.finish()
        #expect(lines() == ["0a", "2a", "R 2b"])
        outputs[1].download(2, of: nil)
        try outputs[1].say("2c")
        outputs[1].end()
        try transcript.finish()
        #expect(lines() == ["0a", "2a", "R 2b", "D 2/0", "2c", "5a"])
    }

    @Test func oneWarningIsGivenOnce() throws {
        let (transcript, lines) = transcript([0, 1])
        for stage in [1, 0, 0] { try StageOutput(stage: stage, transcript: transcript).warn("same") }
        StageOutput(stage: 0, transcript: transcript).end()
        try transcript.finish()
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
        first.end()
        try transcript.finish()
        var read = [UInt8](repeating: 0, count: bytes.count + 6)
        let number = file.number
        let count = try call("pread") { pread(number, &read, read.count, 0) }
        #expect(Array(read[..<count]) == Array("first".utf8) + bytes)
    }

    /// A pipe that takes no more, as that of a pager that shows its first page.
    private func fullPipe() throws -> Pipe {
        let pipe = try Descriptor.pipe()
        let number = pipe.writing.number
        let flags = fcntl(number, F_GETFL)
        _ = fcntl(number, F_SETFL, flags | O_NONBLOCK)
        let zeros = [UInt8](repeating: 0, count: 4096)
        while write(number, zeros, zeros.count) > 0 {}
        _ = fcntl(number, F_SETFL, flags)
        return pipe
    }

    @Test(.timeLimit(.minutes(1)))
    func aReaderThatHasStoppedStopsNobodyButTheStageThatIsOnShow() throws {
        let pipe = try fullPipe()
        let (number, source) = (pipe.writing.number, pipe.reading.number)
        let control = BuildControl()
        let hasBegun = Mutex(false)
        let (transcript, _) = transcript([0, 1, 2], number, control) { line in
            hasBegun.withLock { $0 = true }
            try control.write((line + "\n").utf8, to: number)
        }
        let outputs = (0...2).map { StageOutput(stage: $0, transcript: transcript) }
        try outputs[1].say("1a")
        let first = try DedicatedThread.start {
            try? outputs[0].say("0a")
            outputs[0].end()
        }
        // From now on the first one waits in the middle of its line, for nobody reads.
        while !hasBegun.withLock({ $0 }) { usleep(1000) }
        let isPast = Mutex(false)
        let watch = try DedicatedThread.start {
            // Who is stopped beside it is let go, so that this test fails and does not hang.
            for _ in 0..<10_000 where !isPast.withLock({ $0 }) { usleep(1000) }
            if !isPast.withLock({ $0 }) { control.interrupt() }
        }
        try outputs[2].say("2a")
        try outputs[1].say("1b")
        outputs[2].download(1, of: nil)
        outputs[1].end()
        outputs[2].end()
        isPast.withLock { $0 = true }
        watch.join()
        try control.check()
        let reader = Lines()
        let drain = try DedicatedThread.start {
            var text: [UInt8] = []
            while text.count(where: { $0 == UInt8(ascii: "\n") }) < 4 {
                var bytes = [UInt8](repeating: 0, count: 4096)
                let count = read(source, &bytes, bytes.count)
                text += bytes.prefix(max(count, 0))
            }
            reader.add(String(decoding: text.filter { $0 != 0 }, as: UTF8.self))
        }
        first.join()
        try transcript.finish()
        drain.join()
        #expect(reader.all == ["0a\n1a\n1b\n2a\n"])
        withExtendedLifetime(pipe) {}
    }

    @Test(.timeLimit(.minutes(1)))
    func aBuildThatIsToEndWaitsForNoReader() throws {
        let pipe = try fullPipe()
        let number = pipe.writing.number
        let control = BuildControl()
        let (transcript, _) = transcript([0, 1], number, control) { try control.write($0.utf8, to: number) }
        try StageOutput(stage: 1, transcript: transcript).say("kept")
        let interruption = try DedicatedThread.start { control.interrupt() }
        #expect(throws: BuildControl.Interruption.self) {
            try StageOutput(stage: 0, transcript: transcript).say("told")
        }
        StageOutput(stage: 0, transcript: transcript).end()
        #expect(throws: BuildControl.Interruption.self) { try transcript.finish() }
        interruption.join()
        withExtendedLifetime(pipe) {}
    }

    /// A pipe that can be written to takes a page, and a line may be longer.
    @Test func aLineIsToldNoFurtherThanItsReaderTakesIt() throws {
        let pipe = try fullPipe()
        let (number, source) = (pipe.writing.number, pipe.reading.number)
        var page = [UInt8](repeating: 0, count: 4096)
        try call("read") { read(source, &page, page.count) }
        let control = BuildControl()
        let (transcript, _) = transcript([0], number, control) { try control.write($0.utf8, to: number) }
        control.interrupt()
        #expect(throws: BuildControl.Interruption.self) {
            try StageOutput(stage: 0, transcript: transcript).say(String(repeating: "x", count: 6000))
        }
        withExtendedLifetime(pipe) {}
    }
}
