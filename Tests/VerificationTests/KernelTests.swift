import Glibc
import LayerModel
import Linux
import Scripts
import StorageDrivers
import Testing
import Verification

/// Needs root, for mounts, devices and `trusted.` attributes.
let isRoot = geteuid() == 0

private func environment(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }

/// TEACH_SETTING is the one that is wanted, by its number.
private let settings: [VerificationSetting] = {
    let all = VerificationSetting.overlays + [VerificationSetting(.vfs), VerificationSetting(.btrfs, on: .btrfs)]
    return environment("TEACH_SETTING").map { [all[Int($0)]] } ?? all
}()

@Suite("The simulator and the kernel", .enabled(if: isRoot, "mounting an overlay takes root"))
struct ScriptDifferentialTests {
    /// TEACH_SOAK is how many times more operations are to be made, TEACH_SEED the first seed.
    @Test(
        "random scripts come to what the model predicts",
        arguments: settings)
    func agreement(setting: VerificationSetting) throws {
        let rounds = (environment("TEACH_ROUNDS") ?? 62) * (environment("TEACH_SOAK") ?? 1)
        let first = environment("TEACH_SEED") ?? 1
        _ = OverlayAttributes.current
        let (coverage, found) = try withPrivateMounts {
            let ground = try Ground(setting.ground)
            defer { ground.remove() }
            var differential = Differential(setting, on: ground)
            var found: [(ScriptDifference, Script)] = []
            let most = environment("TEACH_MOST") ?? 3
            for seed in first..<(first + rounds) where found.count < most {
                guard let (difference, script) = try differential.run(seed: seed, count: 200) else { continue }
                print("seed \(seed): \(difference)")
                found.append((difference, try differential.shrunk(script, difference.aspect)))
            }
            return (differential.coverage, found.map { ($0.0, $0.1, try? $0.1.difference(under: setting, on: ground)) })
        }
        print("\(setting): \(coverage.table)")
        for (difference, script, again) in found {
            let text = "\(setting): \((again ?? nil) ?? difference)"
            let file = try KeptScripts.keep(script, ScriptDifferenceText(text: text))
            Issue.record("\(text)\nkept as \(file):\n\(script.text.characters)")
        }
        #expect(coverage.succeeded * 2 >= coverage.total)
    }
}
