internal import Dockerfiles
internal import Glibc
internal import Synchronization

/// Stages that begin alike: what they have in common the first of them makes, and the others find in the cache, as if they
/// were built one after the other. Without that each would make it for itself, under ids of its own.
final class CommonBeginnings: Sendable {
    /// Of a stage: earlier ones, and with how many steps both begin.
    private let alike: [Int: [(earlier: Int, count: Int)]]
    /// Of a stage, so many steps of which have been made or are given up.
    private let made: Mutex<[Int: Int]>

    init(of stages: [Int], _ dockerfile: Dockerfile, _ graph: StageGraph) {
        var alike: [Int: [(earlier: Int, count: Int)]] = [:]
        for (place, stage) in stages.enumerated() {
            for earlier in stages[..<place] where graph.bases[earlier] == graph.bases[stage] {
                let steps = zip(dockerfile.stages.all[earlier].steps, dockerfile.stages.all[stage].steps)
                let count = steps.prefix { $0.text == $1.text }.count
                if count > 0 { alike[stage, default: []].append((earlier, count)) }
            }
        }
        self.alike = alike
        made = Mutex([:])
    }

    /// Waits until every stage that begins alike has made the step.
    ///
    /// Only earlier stages are waited for, and the earliest that is not built yet always has a thread or gets the next one
    /// that is free (`StageSchedule`): so this ends.
    ///
    /// - Parameter step: counted from 0, FROM left out.
    /// - Throws: `BuildControl.Interruption`
    func wait(before step: Int, of stage: Int, _ control: BuildControl) throws(BuildControl.Interruption) {
        for (earlier, count) in alike[stage, default: []] where step < count {
            while made.withLock({ $0[earlier, default: 0] }) <= step {
                try control.check()
                usleep(1000)
            }
        }
    }

    /// A stage is done with a step.
    func made(_ step: Int, by stage: Int) { made.withLock { $0[stage] = step + 1 } }

    /// A stage is over, however it ended.
    func end(of stage: Int) { made.withLock { $0[stage] = .max } }
}
