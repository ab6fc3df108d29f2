internal import Linux
internal import Synchronization

/// Builds stages, those that do not need each other at the same time, each on a thread of its own.
///
/// It ends as if they were built one after the other: of failures the first stage's counts, what stands behind it is
/// interrupted, what stands before it is built to its end.
final class StageSchedule<Built: Sendable>: Sendable {
    /// Builds one stage, from those that it needs. It has to end soon once its control says so.
    typealias Work = @Sendable (_ stage: Int, _ needed: [Int: Built], BuildControl) throws -> Built

    private struct State {
        /// In their order.
        var waiting: [Int]
        var running: [Int: BuildControl] = [:]
        var built: [Int: Built] = [:]
        var failure: (stage: Int, error: any Error)?
        var threads: [DedicatedThread.Handle] = []
    }

    /// A stage that somebody has taken.
    private struct Turn {
        var stage: Int
        var needed: [Int: Built]
        var control: BuildControl
    }

    private let needs: [Int: Set<Int>]
    private let limit: Int
    private let control: BuildControl
    private let build: Work
    private let state: Mutex<State>

    /// - Parameters:
    ///   - needs: of each stage, those that it needs; they are earlier ones.
    ///   - limit: so many stages at once, at least one.
    init(needs: [Int: Set<Int>], limit: Int, control: BuildControl, build: @escaping Work) {
        self.needs = needs
        self.limit = max(limit, 1)
        self.control = control
        self.build = build
        state = Mutex(State(waiting: needs.keys.sorted()))
    }

    /// Builds all of them, and waits for all threads. One after the other needs no other thread than the caller's.
    ///
    /// - Throws: what the first stage that failed has thrown.
    func run() throws -> [Int: Built] {
        if let turn = take() {
            if let left = spread() { putBack(left.stage) }
            work(turn)
        }
        while let thread = state.withLock({ $0.threads.popLast() }) { thread.join() }
        return try state.withLock { state in
            if let failure = state.failure { throw failure.error }
            return state.built
        }
    }

    private func work(_ first: Turn) {
        var next: Turn? = first
        while let turn = next {
            finish(turn.stage, Result { try build(turn.stage, turn.needed, turn.control) })
            next = take()
            if let left = spread() {
                if next == nil { next = left } else { putBack(left.stage) }
            }
        }
    }

    /// Gives the stages that nobody keeps waiting to further threads.
    ///
    /// - Returns: one for which there was no thread: it is the caller's.
    private func spread() -> Turn? {
        while let turn = take() {
            do {
                let thread = try DedicatedThread.start { self.work(turn) }
                state.withLock { $0.threads.append(thread) }
            } catch { return turn }
        }
        return nil
    }

    private func take() -> Turn? {
        state.withLock { state in
            guard state.running.count < limit else { return nil }
            let end = state.failure?.stage ?? .max
            let isReady = { (stage: Int) in
                stage < end && self.needs[stage, default: []].allSatisfy { state.built[$0] != nil }
            }
            guard let place = state.waiting.firstIndex(where: isReady) else { return nil }
            let stage = state.waiting.remove(at: place)
            let part = control.part()
            state.running[stage] = part
            let needed = state.built.filter { needs[stage, default: []].contains($0.key) }
            return Turn(stage: stage, needed: needed, control: part)
        }
    }

    private func putBack(_ stage: Int) {
        state.withLock { state in
            state.running[stage] = nil
            state.waiting.append(stage)
            state.waiting.sort()
        }
    }

    private func finish(_ stage: Int, _ result: Result<Built, any Error>) {
        let vain = state.withLock { state in
            state.running[stage] = nil
            do {
                state.built[stage] = try result.get()
                return [BuildControl]()
            } catch {
                if let failure = state.failure, failure.stage < stage { return [] }
                state.failure = (stage, error)
                return state.running.filter { $0.key > stage }.map(\.value)
            }
        }
        for control in vain { control.interrupt() }
    }
}
