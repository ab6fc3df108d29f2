import Glibc
import LayerModel
import Linux
import Scripts
import StorageDrivers
import TestSupport
import Testing
import Verification

/// A script under one setting, with all that the kernel made of it: taken once, and predicted again with every rule broken.
private struct Sample {
    var setting: VerificationSetting
    var layers: [[LayerLine]]
    /// Each line with the kernel's report, and what the union and its upper layer held where that was looked at.
    var lines: [(line: OperationLine, report: OperationReport, listings: (merged: [ListedFile], upper: [ListedFile])?)]

    /// Runs the lines on the kernel.
    ///
    /// - Returns: `nil` where the mount is refused, or the model differs with no rule broken: that is for another test.
    init?(_ script: Script, _ setting: VerificationSetting, on ground: Ground, comparingEvery interval: Int) throws {
        guard case .mounted(let session) = try VerificationSession.begin(script.layers, setting, on: ground) else {
            return nil
        }
        defer { session.remove() }
        self.setting = setting
        layers = script.layers
        lines = []
        for (index, line) in script.operations.enumerated() {
            let (report, difference) = try session.perform(line)
            if difference != nil { return nil }
            let isLooked = (index + 1) % interval == 0 || index == script.operations.count - 1 || session.isOver
            lines.append((line, report, isLooked ? try session.kernelListings() : nil))
            if session.isOver { break }
        }
    }

    /// Whether the kernel differs from the model with the rule broken.
    func refutes(_ rule: SimulatedRule) throws -> Bool {
        var mount = try SimulatedMount(
            driver: setting.driver, options: setting.options, layers: LayerStack(layers), host: setting.host)
        mount.breakRule(rule)
        var model = ScriptRunner(Script(layers: layers, operations: []), on: mount)
        for (line, report, listings) in lines {
            if try model.perform(line).difference(from: report) != nil { return true }
            guard let listings else { continue }
            if model.isOver { return !listings.merged.isEmpty }
            let merged = try model.listing(.merged)
            if ScriptDifference.between(merged, listings.merged, .merged, after: line) != nil { return true }
            let upper = try model.listing(.upper)
            if ScriptDifference.between(upper, listings.upper, .upper, after: line) != nil { return true }
        }
        return false
    }
}

/// Random scripts under every overlay, and those that are kept because chance may miss what they hit.
private let samples = Result {
    _ = OverlayAttributes.current
    return try withPrivateMounts {
        var samples: [Sample] = []
        // Most rules are soon refuted by those that are there to hit much.
        let kept =
            try KeptScripts.ofTheTable + [KeptScripts.read("regressions/each-rule.sim")]
            + KeptScripts.files().map(KeptScripts.read)
        for (number, setting) in (VerificationSetting.overlays + [VerificationSetting(.overlay2, on: .xfs)])
            .enumerated()
        {
            let ground: Ground
            do { ground = try Ground(setting.ground) } catch let error as Ground.Unavailable {
                print("\(setting) refutes nothing, because \(error)")
                continue
            }
            defer { ground.remove() }
            for script in kept {
                if let sample = try Sample(script, setting, on: ground, comparingEvery: 1) { samples.append(sample) }
            }
            for seed in UInt64(number * 100)..<UInt64(number * 100 + 8) {
                let script = try RandomScript.drawn(seed: seed, count: 200, under: setting, on: ground)
                if let sample = try Sample(script, setting, on: ground, comparingEvery: 10) { samples.append(sample) }
            }
        }
        return samples
    }
}

/// A random script, of which each line was drawn from what the union showed after those before it.
private enum RandomScript {
    static func drawn(
        seed: UInt64, count: Int, under setting: VerificationSetting, on ground: Ground
    ) throws -> Script {
        var random = SeededGenerator(seed: seed)
        var script = Script(layers: RandomLayers.draw(using: &random, prefix: setting.attributePrefix), operations: [])
        guard case .mounted(let session) = try VerificationSession.begin(script.layers, setting, on: ground) else {
            return script
        }
        defer { session.remove() }
        var operations = RandomOperations(remounts: [[]])
        operations.see(try session.compareListings(after: nil).merged)
        for number in 1...count where !session.isOver {
            let line = OperationLine(operations.next(&random))
            script.operations.append(line)
            operations.note(line.operation, succeeded: try session.perform(line).kernel.errno == nil)
            if number % 10 == 0, !session.isOver { operations.see(try session.compareListings(after: line).merged) }
        }
        return script.numbered
    }
}

@Suite(
    "The simulated kernel's rules, each broken in turn", .serialized,
    .enabled(if: isRoot, "mounting an overlay takes root"))
struct SimulatedMutationTests {
    @Test("a rule that is broken on purpose is refuted by the kernel", arguments: SimulatedRule.all)
    func mutation(rule: SimulatedRule) throws {
        if let reason = rule.reasonToSurvive(.ofThisHost) {
            return print("The broken rule is not refuted here, because \(reason): \(rule)")
        }
        for sample in try samples.get() where try sample.refutes(rule) { return }
        Issue.record("no script out of \(try samples.get().count) refutes the broken rule: \(rule)")
    }

    @Test("with no rule broken, nothing is refuted")
    func control() throws {
        for sample in try samples.get() { #expect(try !sample.refutes(.call(.newModeIsMasked)), "\(sample.setting)") }
    }
}

extension SimulatedRule {
    /// Why no call on this machine can refute it.
    fileprivate func reasonToSurvive(_ protections: Overlay2.Protections) -> String? {
        switch self {
        case .walk(.protectedLinksAreNotFollowed) where !protections.symbolicLinks: "fs.protected_symlinks is off"
        case .call(.protectedFileIsNotLinked) where !protections.hardLinks: "fs.protected_hardlinks is off"
        case .call(.protectedFileIsNotCreated) where protections.regularFiles == 0 && protections.fifos == 0:
            "fs.protected_regular and fs.protected_fifos are off"
        default: nil
        }
    }
}

extension SimulatedRule: CustomTestStringConvertible {
    package var testDescription: String {
        switch self {
        case .call(let rule): "\(rule)"
        case .walk(let rule): "walk: \(rule)"
        case .overlay(let rule): "overlay: \(rule)"
        }
    }
}
