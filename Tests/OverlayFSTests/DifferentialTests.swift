import Glibc
import LayerModel
import StorageDrivers
import Testing

/// Needs root, for mounts, devices and `trusted.` attributes.
let isRoot = geteuid() == 0

@Suite("overlay2's rules and the kernel's overlay", .enabled(if: isRoot, "mounting an overlay takes root"))
struct DifferentialTests {
    /// TEACH_SOAK is how many times more calls are to be made; TEACH_SEED the first seed.
    @Test("random calls come to what the model predicts from their evidence alone")
    func agreement() throws {
        let environment = { (name: String) in getenv(name).flatMap { UInt64(String(cString: $0)) } }
        let rounds = 40 * (environment("TEACH_SOAK") ?? 1)
        let first = environment("TEACH_SEED") ?? 1
        let differential = try withPrivateMounts {
            var differential = Differential()
            for seed in first..<(first + rounds) where differential.differences.count < 8 {
                try differential.run(seed: seed, count: 100)
            }
            return differential
        }
        print(differential.coverage.table)
        for difference in differential.differences { Issue.record("\(difference)") }
        #expect(differential.coverage.succeeded * 2 >= differential.coverage.total)
        for kind in LayerEffect.Kind.allCases where kind != .redirect {
            #expect(differential.coverage.effects[kind] ?? 0 > 0, "no call had the effect \(kind.rawValue)")
        }
    }

    @Test("a rule that is broken on purpose is found out", arguments: Overlay2.Rule.allCases)
    func mutation(rule: Overlay2.Rule) throws {
        let found = try withPrivateMounts {
            var differential = Differential()
            differential.overlay.brokenRules = [rule]
            for seed in UInt64(1)...400 where differential.differences.isEmpty {
                try differential.run(seed: seed, count: 100, stopsAtDifference: true)
            }
            return differential.differences
        }
        #expect(!found.isEmpty)
    }
}
