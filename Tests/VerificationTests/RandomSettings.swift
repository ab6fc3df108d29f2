import LayerModel
import Linux
import StorageDrivers
import TestSupport
import Testing
import Verification

/// Overlay2 under several options at once.
enum RandomSettings {
    /// The options of which combinations are drawn, each with what it may be; `nil` leaves it out.
    private static let choices: [[MountOption?]] = [
        [nil] + ["on", "off", "follow", "nofollow"].map { MountOption("redirect_dir", $0) },
        [nil] + ["on", "off"].map { MountOption("index", $0) },
        [nil] + ["on", "off"].map { MountOption("metacopy", $0) },
        [nil] + ["on", "auto", "off"].map { MountOption("xino", $0) },
        [nil, MountOption("userxattr")],
        [nil, MountOption("volatile")],
    ]

    /// All of them.
    static let combinations: [[MountOption]] = choices.reduce([[]]) { all, choices in
        all.flatMap { options in choices.map { options + ($0.map { [$0] } ?? []) } }
    }

    /// Settings of two options and more that the model mounts, no two alike.
    static func draw(_ count: Int, seed: UInt64) throws -> [VerificationSetting] {
        var random = SeededGenerator(seed: seed)
        var layers = LayerStack()
        layers.addLayer()
        let admitted = combinations.filter { options in
            let isMounted = (try? SimulatedMount(driver: .overlay2, options: options, layers: layers)) != nil
            return isMounted && options.filter { $0.value != "off" }.count > 1
        }
        return admitted.shuffled(using: &random).prefix(count).enumerated().map { number, options in
            VerificationSetting(.overlay2, options, on: number % 6 == 5 ? .xfs : .tmpfs)
        }
    }
}

@Suite("Mount options", .serialized, .enabled(if: isRoot, "mounting an overlay takes root"))
struct MountOptionTests {
    @Test("the kernel mounts the combinations of options that the model mounts, and refuses the others alike")
    func combinations() throws {
        let differences = try withPrivateMounts {
            let ground = try Ground(.tmpfs)
            defer { ground.remove() }
            var differences: [String] = []
            for options in RandomSettings.combinations {
                let setting = VerificationSetting(.overlay2, options)
                switch try VerificationSession.begin([[]], setting, on: ground) {
                case .mounted(let session): session.remove()
                case .refused: break
                case .differs(let difference): differences.append("\(setting): \(difference)")
                }
            }
            return differences
        }
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }
}
