internal import Glibc
internal import Linux
internal import Synchronization

/// What the stages of a build say, told in the Dockerfile's order: what a stage says before its turn is kept on disk.
final class Transcript: Sendable {
    /// Whom it is told to.
    struct Listener: Sendable {
        /// Is given each line of Docker's output.
        var say: @Sendable (String) -> Void
        /// Is given a sentence that the user should know besides; the same one once.
        var warn: @Sendable (String) -> Void
        /// Is given a sentence about what takes a while.
        var report: @Sendable (String) -> Void
        /// Is given how far a download has come: the bytes and, where they are known, of how many.
        var download: @Sendable (Int64, Int64?) -> Void
        /// Where commands write to.
        var output: CInt
    }

    enum Utterance: Sendable {
        case line(String)
        case warning(String)
        case report(String)
        /// Of a command.
        case bytes([UInt8])
    }

    private struct State {
        /// Which of the stages is told now.
        var turn = 0
        var isBuilt: Set<Int> = []
        var kept: [Int: KeptUtterances] = [:]
        var warnings: Set<String> = []
    }

    private let stages: [Int]
    private let listener: Listener
    private let makeFile: @Sendable () throws -> KeptUtterances
    private let state = Mutex(State())

    /// - Parameters:
    ///   - stages: in their order.
    ///   - makeFile: makes a place for what a stage says before its turn.
    init(
        of stages: [Int], to listener: Listener, keepingIn makeFile: @escaping @Sendable () throws -> KeptUtterances
    ) {
        self.stages = stages
        self.listener = listener
        self.makeFile = makeFile
    }

    /// Tells something, or keeps it until it is the stage's turn.
    ///
    /// - Throws: `SystemCallError` where it can be neither.
    func add(_ utterance: Utterance, of stage: Int) throws {
        try state.withLock { state in
            if stages[state.turn] == stage { return try tell(utterance, &state) }
            if state.kept[stage] == nil { state.kept[stage] = try makeFile() }
            try state.kept[stage]?.append(utterance)
        }
    }

    /// Tells how far a download has come, but only while it is the stage's turn.
    func download(_ bytes: Int64, of total: Int64?, in stage: Int) {
        state.withLock { if stages[$0.turn] == stage { listener.download(bytes, total) } }
    }

    /// The stage is built: it is the next one's turn, which may be built, too.
    ///
    /// - Throws: `SystemCallError` where what was kept cannot be read.
    func end(_ stage: Int) throws {
        try state.withLock { state in
            state.isBuilt.insert(stage)
            while state.turn < stages.count - 1, state.isBuilt.contains(stages[state.turn]) {
                state.turn += 1
                guard let kept = state.kept.removeValue(forKey: stages[state.turn]) else { continue }
                try kept.forEach { try tell($0, &state) }
            }
        }
    }

    /// The descriptor that a command of the stage may write to by itself; `nil` before its turn.
    func descriptor(for stage: Int) -> CInt? {
        state.withLock { stages[$0.turn] == stage ? listener.output : nil }
    }

    private func tell(_ utterance: Utterance, _ state: inout State) throws {
        switch utterance {
        case .line(let line): listener.say(line)
        case .warning(let sentence): if state.warnings.insert(sentence).inserted { listener.warn(sentence) }
        case .report(let sentence): listener.report(sentence)
        case .bytes(let bytes):
            // A reader that went away ends nobody's build: the command would not know either.
            let output = listener.output
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }
}
