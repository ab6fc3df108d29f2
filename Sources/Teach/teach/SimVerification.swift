import Glibc
import LayerModel
import Lessons
import Pictures
import Scripts
import StorageDrivers
import Terminal
import Verification

/// `teach sim --verify`: the same script on the real kernel.
struct SimVerification {
    private let source: ScriptSource
    /// Where the lines go: past the objects of `--json`, to standard error.
    private let descriptor: Int32
    private let style: Style

    init(_ source: ScriptSource, reportingTo descriptor: Int32) {
        self.source = source
        self.descriptor = descriptor
        style = Style(for: descriptor)
    }

    /// Runs the script under each setting that this host has, and tells the first difference of each and a summary.
    ///
    /// - Parameter asked: the driver and the options of the command line, which are verified too.
    /// - Returns: whether all that was compared agrees with the model.
    func run(asked: VerificationSetting) throws -> Bool {
        let others = VerificationSetting.all.filter { $0 != asked }
        let settings = (StorageDriverKind.real.contains(asked.driver) ? [asked] : []) + others
        var (agreed, differing, left) = (0, 0, 0)
        tell("")
        if settings.first != asked {
            tell("the kernel has no \(asked.driver.rawValue): what it would do is not verified")
        }
        try source.placing {
            try source.script.verify(settings) { verified in
                switch verified.verdict {
                case .agreed:
                    agreed += 1
                    tell("\(style.apply(.green, to: "✓")) \(verified.setting): model and kernel agree")
                case .differs(let difference):
                    differing += 1
                    tell(
                        "\(style.apply(.red, to: "✗")) \(verified.setting): model and kernel differ in \(difference.subject)"
                    )
                    tell(
                        "    line \(difference.line.map { "\($0)" } ?? "-"): \(difference.operation.printable.cut(to: SimText.longestCommand))"
                    )
                    tell("    model:  \(difference.model.printable)")
                    tell("    kernel: \(difference.kernel.printable)")
                case .notVerified(let reason):
                    left += 1
                    tell("- \(verified.setting): not verified, because \(reason.printable)")
                }
            }
        }
        tell(
            "verified on the kernel: \(source.script.operations.count) operations under \(agreed + differing) settings, "
                + "\(agreed) agree, \(differing) differ" + (left > 0 ? ", \(left) could not be verified" : ""))
        return differing == 0
    }

    private func tell(_ line: String) { say(line, on: descriptor) }
}

extension StorageDriverKind {
    /// Those that this program can mount for real.
    fileprivate static let real: Set<StorageDriverKind> = [.overlay2, .btrfs, .vfs]
}

extension ScriptDifference {
    fileprivate var subject: String {
        switch aspect {
        case .mount: "whether it can be mounted"
        case .errno: "the result"
        case .data: "the data"
        case .attributes: "the attributes"
        case .effects: "the effects"
        case .cost: "what the copies take"
        case .merged: "the merged view"
        case .upper: "the writable layer"
        }
    }
}
