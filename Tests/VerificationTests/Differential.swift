import Glibc
import LayerModel
import Linux
public import Scripts
public import TestSupport
import StorageDrivers
import Verification

/// Random scripts, run on the model and on the kernel.
struct Differential {
    var setting: VerificationSetting
    var ground: Ground
    var coverage = Coverage()

    init(_ setting: VerificationSetting, on ground: Ground) {
        self.setting = setting
        self.ground = ground
    }

    /// How many lines are run between two comparisons of all that there is; what a line touched is compared after each.
    static let interval = Int(Soak.number("TEACH_INTERVAL") ?? 10)

    /// One random stack and `count` random operations on it.
    ///
    /// - Returns: The first difference, and the script that led there.
    mutating func run(seed: UInt64, count: Int) throws -> (difference: ScriptDifference, script: Script)? {
        var random = SeededGenerator(seed: seed)
        var script = Script(layers: RandomLayers.draw(using: &random, prefix: setting.attributePrefix), operations: [])
        // Where the model traps, what it was asked is found there.
        let trace = getenv("TEACH_TRACE").flatMap { fopen(String(cString: $0), "w") }
        defer { if let trace { fclose(trace) } }
        if let trace {
            fputs("# \(setting), seed \(seed)\n" + script.text.characters, trace)
            fflush(trace)
        }
        let session: VerificationSession
        switch try VerificationSession.begin(script.layers, setting, on: ground) {
        case .refused: return nil
        case .differs(let difference): return (difference, script)
        case .mounted(let begun): session = begun
        }
        defer { session.remove() }
        let first = try session.compareListings(after: nil)
        if let difference = first.difference { return (difference, script) }
        var operations = RandomOperations(remounts: getenv("TEACH_NO_REMOUNT") == nil ? [[]] : [])
        operations.see(first.merged)
        for number in 1...count {
            let line = OperationLine(operations.next(&random))
            script.operations.append(line)
            if let trace { fputs(line.text + "\n", trace); fflush(trace) }
            let (report, difference) = try session.perform(line)
            coverage.count(line, report)
            if let difference { return (difference, script) }
            operations.note(line.operation, succeeded: report.errno == nil)
            if let touched = try session.compareTouched(by: line, report) { return (touched, script) }
            guard number % Self.interval == 0 || number == count || session.isOver else { continue }
            let (merged, changed) = try session.compareListings(after: line)
            if let changed { return (changed, script) }
            if session.isOver { break }
            operations.see(merged)
        }
        return nil
    }

    /// Counts what a script's lines come to.
    mutating func cover(_ script: Script) throws {
        guard case .mounted(let session) = try VerificationSession.begin(script.layers, setting, on: ground) else {
            return
        }
        defer { session.remove() }
        for line in script.operations where !session.isOver {
            coverage.count(line, try session.perform(line).kernel, isRandom: false)
        }
    }

    /// The smallest script that shows a difference in the same aspect.
    func shrunk(_ script: Script, _ aspect: ScriptDifference.Aspect) throws -> Script {
        var shrinking = Shrinking<Script> { trial in
            (try? trial.difference(under: setting, on: ground))??.aspect == aspect
        }
        return try shrinking.shrunk(script).numbered
    }
}

extension Script: Shrinkable {}

extension VerificationSetting {
    /// How the names of overlayfs's own attributes begin.
    var attributePrefix: String {
        options.contains(MountOption("userxattr")) ? "user.overlay." : "trusted.overlay."
    }
}
