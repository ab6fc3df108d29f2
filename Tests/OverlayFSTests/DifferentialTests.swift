import Events
import Glibc
import LayerModel
import Linux
import StorageDrivers
import Testing
import TestSupport

/// Needs root, for mounts, devices and `trusted.` attributes.
let isRoot = geteuid() == 0

@Suite("overlay2's rules and the kernel's overlay", .enabled(if: isRoot, "mounting an overlay takes root"))
struct DifferentialTests {
    /// TEACH_SOAK is how many times more calls are to be made; TEACH_SEED the first seed.
    @Test("20,000 random calls come to what the model predicts, and every cell of the table is hit")
    func agreement() throws {
        let rounds = 200 * (Soak.factor ?? 1)
        let first = Soak.number("TEACH_SEED") ?? 1
        let (differential, found) = try withPrivateMounts {
            var differential = Differential()
            var found: [(Differential.Difference, Script)] = []
            // The kept scripts hit the cells that chance may miss.
            for file in try KeptScripts.files() {
                let script = try Script(text: KeptScripts.read(file))
                if let difference = try differential.run(script) { found.append((difference, script)) }
            }
            for seed in first..<(first + rounds) where found.count < 3 {
                guard let (difference, script) = try differential.run(seed: seed, count: 101) else { continue }
                found.append((difference, try shrunk(script, difference.kind, Differential())))
            }
            return (differential, found)
        }
        print(differential.coverage.table)
        for (difference, script) in found {
            let file = try KeptScripts.keep(script)
            Issue.record("\(difference)\nkept as \(file):\n\(script.text)")
        }
        guard found.isEmpty else { return }
        #expect(differential.coverage.succeeded * 2 >= differential.coverage.total)
        let holes = ExpectedCoverage.holes(in: differential.coverage)
        #expect(holes.isEmpty, "\(holes.joined(separator: "\n"))")
    }

    @Test("scripts that once showed a difference show none", arguments: try KeptScripts.files())
    func keptScript(file: String) throws {
        let script = try Script(text: KeptScripts.read(file))
        let difference = try withPrivateMounts {
            var differential = Differential()
            return try differential.run(script)
        }
        #expect(difference == nil, "\(difference.map { "\($0)" } ?? "")")
    }

    @Test("a difference is shrunk to the call that shows it and the object that it needs")
    func shrinking() throws {
        var broken = Differential()
        broken.overlay.brokenRules = [.removingLowerLeavesWhiteout]
        let (script, difference) = try withPrivateMounts { [broken] in
            var random = broken
            for seed in UInt64(1)...50 {
                guard let (difference, script) = try random.run(seed: seed, count: 101) else { continue }
                let small = try shrunk(script, difference.kind, broken)
                var again = broken
                let read = try Script(text: small.text)
                #expect(read == small)
                var sound = Differential()
                #expect(try sound.run(read) == nil)
                return (small, try again.run(read))
            }
            throw SystemExit()
        }
        #expect(difference?.kind == .outcome)
        #expect(script.steps.count == 1)
        #expect(script.layers.count == 1)
        // The object and the directories that lead to it.
        guard case .call(let call) = script.steps.first else { return }
        let depth = call.operation.paths[0].components.count
        #expect(script.layers[0].count <= depth + 1, "\(script.text)")
    }

    private struct SystemExit: Error {}
}

/// The smallest script that shows a difference of the same kind.
private func shrunk(_ script: Script, _ kind: Differential.Difference.Kind, _ differential: Differential) throws
    -> Script
{
    var shrinking = Shrinking<Script> { trial in
        var differential = differential
        return try differential.run(trial)?.kind == kind
    }
    return try shrinking.shrunk(script)
}
