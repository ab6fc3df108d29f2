import Exercises
import Scripts
import StorageDrivers
import Verification

/// Exercises held against the kernel.
struct QuizVerification {
    /// How many scripts were run on a real overlay.
    private(set) var scripts = 0

    /// Runs the exercise's scripts on a real overlay: its own, and those of the operations to choose from.
    ///
    /// - Returns: Where model and kernel differ.
    /// - Throws: `QuizVerificationRefusal` where this host cannot mount one.
    mutating func differences(of exercise: Exercise) throws -> [ScriptDifference] {
        var differences: [ScriptDifference] = []
        var reason: String?
        for script in Set(exercise.choices.map(exercise.script(of:))) {
            try script.verify([VerificationSetting(.overlay2, exercise.options)]) { verified in
                switch verified.verdict {
                case .agreed: break
                case .differs(let difference): differences.append(difference)
                case .notVerified(let why): reason = why
                }
            }
            if let reason { throw QuizVerificationRefusal(reason: reason) }
            scripts += 1
        }
        return differences
    }
}

/// Why the kernel cannot be asked.
struct QuizVerificationRefusal: StatusCarrying {
    /// A clause that can follow "because".
    var reason: String

    var sentence: String { "the kernel cannot be asked with --verify, because \(reason)" }
    var status: Int32 { 2 }
}
