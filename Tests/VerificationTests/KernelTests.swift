import Glibc
import LayerModel
import Linux
import Scripts
import StorageDrivers
import TestSupport
import Testing
import Verification

/// Needs root, for mounts, devices and `trusted.` attributes.
let isRoot = geteuid() == 0

/// What random scripts are run under; TEACH_SETTING is the one that is wanted, by its number.
private let settings: [VerificationSetting] = {
    let all = VerificationSetting.all
    return Soak.number("TEACH_SETTING").map { [all[Int($0)]] } ?? all
}()

@Suite("The simulator and the kernel", .serialized, .enabled(if: isRoot, "mounting an overlay takes root"))
struct ScriptDifferentialTests {
    /// TEACH_SOAK is how many times a million operations are to be made instead, TEACH_SEED the first seed, TEACH_ROUNDS how many
    /// scripts there are under each setting, TEACH_MOST how many differences are looked for, TEACH_SAMPLED how many
    /// combinations of options there are, each with a quarter of the scripts.
    @Test("100,000 random operations come to what the model predicts, and every cell of the table is hit")
    func agreement() throws {
        let rounds = (Soak.number("TEACH_ROUNDS") ?? 42) * (Soak.factor.map { $0 * 10 } ?? 1)
        let first = Soak.number("TEACH_SEED") ?? 1
        let sampled = try RandomSettings.draw(Int(Soak.number("TEACH_SAMPLED") ?? 16), seed: first)
        print("seed \(first), and of the combined options: \(sampled.map(\.description).joined(separator: "; "))")
        let most = Soak.number("TEACH_MOST") ?? 2
        _ = OverlayAttributes.current
        var coverage = Coverage()
        var differs = false
        for (number, setting) in (settings + sampled).enumerated() {
            let run: Run
            let count = number < settings.count ? rounds : max(1, rounds / 4)
            do {
                run = try withPrivateMounts { try Run(setting, seeds: first..<(first + count), atMost: Int(most)) }
            } catch let error as Ground.Unavailable {
                print("\(setting) is not compared, because \(error)")
                continue
            } catch let error as VerificationSession.NotSimulated {
                print("\(setting) is not compared, because \(error)")
                continue
            }
            coverage += run.coverage
            for (difference, script) in run.found {
                differs = true
                let text = "\(setting): \(difference)"
                let file = try KeptScripts.keep(script, ScriptDifferenceText(text: text))
                Issue.record("\(text)\nkept as \(file):\n\(script.text.characters)")
            }
        }
        print(coverage.table)
        if differs { return print(ExpectedCoverage.holes(in: coverage).joined(separator: "\n")) }
        #expect(coverage.succeeded * 2 >= coverage.total)
        guard settings.count > 1 else { return }
        // In the long form a cell that is seldom hit is told: model and kernel agree in it.
        let holes = ExpectedCoverage.holes(in: coverage, isComplete: Soak.factor == nil)
        print(Set(ExpectedCoverage.holes(in: coverage)).subtracting(holes).sorted().joined(separator: "\n"))
        #expect(holes.isEmpty, "\(holes.joined(separator: "\n"))")
    }

    /// What one setting came to.
    private struct Run {
        var coverage: Coverage
        var found: [(ScriptDifference, Script)] = []

        init(_ setting: VerificationSetting, seeds: Range<UInt64>, atMost most: Int) throws {
            let ground = try Ground(setting.ground)
            defer { ground.remove() }
            var differential = Differential(setting, on: ground)
            for script in try KeptScripts.ofTheTable { try differential.cover(script) }
            for seed in seeds where found.count < most {
                guard let (difference, script) = try differential.run(seed: seed, count: 200) else { continue }
                let small = try differential.shrunk(script, difference.aspect)
                let again = try? small.difference(under: setting, on: ground)
                found.append(((again ?? nil) ?? difference, small))
            }
            coverage = differential.coverage
        }
    }

    @Test(
        "scripts that once showed a difference show none, and those of xfstests none",
        arguments: try KeptScripts.files())
    func keptScript(file: String) throws {
        let script = try KeptScripts.read(file)
        try script.verify(VerificationSetting.all) { verified in
            switch verified.verdict {
            case .agreed: break
            case .notVerified(let reason): print("\(file) is not compared under \(verified.setting), because \(reason)")
            case .differs(let difference): Issue.record("\(file) under \(verified.setting): \(difference)")
            }
        }
    }
}
