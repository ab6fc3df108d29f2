internal import Glibc
internal import Linux
internal import Synchronization

/// What the stages of a build say, told in the Dockerfile's order: what a stage says before its turn is kept on disk.
///
/// One thread tells at a time, and nobody else waits for a reader that is slow, or has stopped: that is the stage whose turn
/// it is, and so no more is kept in memory than it says at once.
final class Transcript: Sendable {
    /// Whom it is told to. What waits for a reader waits by `BuildControl.write`, and throws what that throws.
    struct Listener: Sendable {
        /// Is given each line of Docker's output.
        var say: @Sendable (String) throws -> Void
        /// Is given a sentence that the user should know besides; the same one once.
        var warn: @Sendable (String) throws -> Void
        /// Is given a sentence about what takes a while.
        var report: @Sendable (String) throws -> Void
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
        /// What was kept of stages whose turn has come, to be told before what they say from now on.
        var due: [KeptUtterances] = []
        /// Whether a thread is telling something.
        var isTelling = false
        var warnings: Set<String> = []
        var tellers: [DedicatedThread.Handle] = []
        /// Why something that was kept could not be told.
        var failure: (any Error)?
    }

    private let stages: [Int]
    private let listener: Listener
    private let control: BuildControl
    private let makeFile: @Sendable () throws -> KeptUtterances
    private let state = Mutex(State())

    /// - Parameters:
    ///   - stages: in their order.
    ///   - control: who may end the waiting for others that tell, and for a reader.
    ///   - makeFile: makes a place for what a stage says before its turn.
    init(
        of stages: [Int], to listener: Listener, _ control: BuildControl,
        keepingIn makeFile: @escaping @Sendable () throws -> KeptUtterances
    ) {
        self.stages = stages
        self.listener = listener
        self.control = control
        self.makeFile = makeFile
    }

    /// Tells something, or keeps it until it is the stage's turn.
    ///
    /// - Throws: `SystemCallError` where it can be neither; `BuildControl.Interruption` where nobody reads until the build is
    ///   to end.
    func add(_ utterance: Utterance, of stage: Int) throws {
        while true {
            switch try state.withLock({ try begin(stage, orKeep: utterance, &$0) }) {
            case .kept: return
            case .othersTell: try wait()
            case .begun:
                defer { state.withLock { $0.isTelling = false } }
                return try tell(utterance)
            }
        }
    }

    /// Tells how far a download has come, but only while it is the stage's turn and nobody else tells something.
    func download(_ bytes: Int64, of total: Int64?, in stage: Int) {
        guard state.withLock({ (try? begin(stage, orKeep: nil, &$0)) == .begun }) else { return }
        defer { state.withLock { $0.isTelling = false } }
        listener.download(bytes, total)
    }

    /// The descriptor that a command of the stage may write to by itself, once all is told that comes before; `nil` before
    /// its turn.
    func descriptor(for stage: Int) throws -> CInt? {
        while true {
            switch try state.withLock({ try begin(stage, orKeep: nil, &$0) }) {
            case .kept: return nil
            case .othersTell: try wait()
            case .begun:
                state.withLock { $0.isTelling = false }
                return listener.output
            }
        }
    }

    /// The stage is built: it is the next one's turn, which may be built, too. What was kept of it is told by a thread of its
    /// own, because whoever has built a stage has others to build.
    func end(_ stage: Int) {
        let isDue = state.withLock { state in
            state.isBuilt.insert(stage)
            while state.turn < stages.count - 1, state.isBuilt.contains(stages[state.turn]) {
                state.turn += 1
                if let kept = state.kept.removeValue(forKey: stages[state.turn]) { state.due.append(kept) }
            }
            if state.due.isEmpty || state.isTelling { return false }
            state.isTelling = true
            return true
        }
        guard isDue else { return }
        do {
            let thread = try DedicatedThread.start { self.tellWhatIsDue() }
            state.withLock { $0.tellers.append(thread) }
        } catch { tellWhatIsDue() }
    }

    /// Waits until all is told that is to be told.
    ///
    /// - Throws: `SystemCallError` where what was kept cannot be read; `BuildControl.Interruption`
    func finish() throws {
        while let thread = state.withLock({ $0.tellers.popLast() }) { thread.join() }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    // MARK: - Whose turn it is

    private enum Answer {
        /// The caller tells, and says when it is done.
        case begun
        case othersTell
        /// It is another stage's turn.
        case kept
    }

    private func begin(_ stage: Int, orKeep utterance: Utterance?, _ state: inout State) throws -> Answer {
        if stages[state.turn] == stage {
            if state.isTelling { return .othersTell }
            state.isTelling = true
            return .begun
        }
        guard let utterance else { return .kept }
        if state.kept[stage] == nil { state.kept[stage] = try makeFile() }
        try state.kept[stage]?.append(utterance)
        return .kept
    }

    private func wait() throws(BuildControl.Interruption) {
        try control.check()
        usleep(1000)
    }

    private func tellWhatIsDue() {
        while let kept = nextDue() {
            do { try kept.forEach(tell) } catch { state.withLock { $0.failure = $0.failure ?? error } }
        }
    }

    private func nextDue() -> KeptUtterances? {
        state.withLock { state in
            guard !state.due.isEmpty else {
                state.isTelling = false
                return nil
            }
            return state.due.removeFirst()
        }
    }

    // MARK: - Telling

    private func tell(_ utterance: Utterance) throws {
        switch utterance {
        case .line(let line): try listener.say(line)
        case .warning(let sentence):
            if state.withLock({ $0.warnings.insert(sentence).inserted }) { try listener.warn(sentence) }
        case .report(let sentence): try listener.report(sentence)
        case .bytes(let bytes): try control.write(bytes, to: listener.output)
        }
    }
}
