internal import Glibc
internal import Linux
internal import Synchronization

/// Where one stage says what it does.
struct StageOutput: Sendable {
    let stage: Int
    let transcript: Transcript

    func say(_ line: String) throws { try transcript.add(.line(line), of: stage) }

    func warn(_ sentence: String) throws { try transcript.add(.warning(sentence), of: stage) }

    func report(_ sentence: String) throws { try transcript.add(.report(sentence), of: stage) }

    func download(_ bytes: Int64, of total: Int64?) { transcript.download(bytes, of: total, in: stage) }

    func end() { transcript.end(stage) }

    /// Runs a command with a descriptor for what it prints: the build's own or, before the stage's turn, a pipe, because
    /// the turn may come while the command runs.
    ///
    /// - Throws: `SystemCallError`; what `body` throws.
    func withDescriptor<Value>(_ body: (CInt) throws -> Value) throws -> Value {
        if let output = try transcript.descriptor(for: stage) { return try body(output) }
        return try Linux.Descriptor.pipe().withEnds { reading, writing in
            let drain = Drain(reading, self)
            let thread = try DedicatedThread.start { drain.run() }
            let number = writing.number
            let result = Result { try body(number) }
            _ = consume writing
            thread.join()
            let value = try result.get()
            try drain.check()
            return value
        }
    }
}

/// Takes what a command prints from a pipe, up to its end.
private final class Drain: Sendable {
    private let pipe: Linux.Descriptor
    private let output: StageOutput
    private let failure = Mutex<(any Error)?>(nil)

    init(_ pipe: consuming Linux.Descriptor, _ output: StageOutput) {
        self.pipe = pipe
        self.output = output
    }

    func run() {
        let number = pipe.number
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while let count = try? call("read", nil, { read(number, &buffer, buffer.count) }), count > 0 {
            do { try output.transcript.add(.bytes(Array(buffer[..<count])), of: output.stage) } catch {
                // The command must not wait for a pipe that nobody empties.
                failure.withLock { $0 = error }
            }
        }
    }

    /// - Throws: `SystemCallError` where something could not be kept.
    func check() throws { if let failure = failure.withLock({ $0 }) { throw failure } }
}
