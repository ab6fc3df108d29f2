import Glibc
import LayerModel
import Linux
import Scripts
import StorageDrivers
import Terminal
import Verification

/// `teach sim --verify`: the same script on the real kernel, under each setting that this host has.
struct SimVerification {
    private let source: ScriptSource
    /// Where the lines go: past the objects of `--json`, to standard error.
    private let descriptor: Int32

    init(_ source: ScriptSource, reportingTo descriptor: Int32) {
        self.source = source
        self.descriptor = descriptor
    }

    /// What came of one setting.
    private enum Finding {
        case agrees
        case differs(ScriptDifference)
        /// A clause that can follow "because".
        case notRun(String)
    }

    /// Runs the script everywhere, and tells the first difference in full.
    ///
    /// - Parameter asked: the driver and the options of the command line, which are verified too.
    /// - Returns: whether all that was run agrees with the model.
    /// - Throws: `SimVerificationRefusal` where nothing can be mounted.
    func run(asked: VerificationSetting) throws -> Bool {
        guard geteuid() == 0 else {
            throw SimVerificationRefusal("--verify mounts filesystems, which takes root; use sudo")
        }
        let overlays = [StorageDriverKind.overlay2, .btrfs, .vfs].contains(asked.driver) ? [asked] : []
        var settings = VerificationSetting.all
        settings.append(contentsOf: overlays.filter { !$0.options.isEmpty && !settings.contains($0) })
        let findings = try withPrivateMounts {
            var grounds: [Ground.Kind: Result<Ground, any Error>] = [:]
            defer { for case .success(let ground) in grounds.values { ground.remove() } }
            return settings.map { setting in
                let ground = grounds[setting.ground] ?? Result { try Ground(setting.ground) }
                grounds[setting.ground] = ground
                return finding(under: setting, on: ground)
            }
        }
        return tell(zip(settings, findings).map { ($0, $1) })
    }

    private func finding(under setting: VerificationSetting, on ground: Result<Ground, any Error>) -> Finding {
        do {
            // All names are looked at after each line, but in long scripts.
            let interval = max(1, source.script.operations.count / 200)
            let difference = try source.script.difference(
                under: setting, on: ground.get(), comparingEvery: interval)
            return difference.map(Finding.differs) ?? .agrees
        } catch {
            return .notRun("\(error)")
        }
    }

    private func tell(_ findings: [(setting: VerificationSetting, finding: Finding)]) -> Bool {
        var agreeing = 0
        var isTold = false
        for (setting, finding) in findings {
            switch finding {
            case .agrees:
                agreeing += 1
                say("✓ \(setting): the kernel does as predicted", on: descriptor)
            case .notRun(let reason): say("- \(setting): not run, because \(reason)", on: descriptor)
            case .differs(let difference):
                // The others follow from the same cause more often than not.
                say("≠ \(setting): \(isTold ? "differs in \(difference.aspect)" : "\(difference)")", on: descriptor)
                isTold = true
            }
        }
        let run = findings.count { if case .notRun = $0.finding { false } else { true } }
        say("verified: \(agreeing) of \(run) settings agree", on: descriptor)
        return agreeing == run && run > 0
    }
}

/// Why nothing can be verified here.
struct SimVerificationRefusal: StatusCarrying {
    var sentence: String
    /// This host cannot do it.
    var status: Int32 { 2 }
    init(_ sentence: String) { self.sentence = sentence }
}
