import Exercises
import Linux
import Scripts
import StorageDrivers
import Verification

/// An exercise held against the kernel.
enum QuizVerification {
    /// Runs the exercise's scripts on a real overlay: its own, and those of the operations to choose from.
    ///
    /// - Returns: Where model and kernel differ.
    /// - Throws: What keeps this host from mounting one.
    static func differences(of exercise: Exercise) throws -> [ScriptDifference] {
        let setting = VerificationSetting(.overlay2, exercise.options)
        var scripts: [Script] = []
        for script in exercise.choices.map(exercise.script(of:)) where !scripts.contains(script) {
            scripts.append(script)
        }
        return try withPrivateMounts {
            let ground = try Ground(.tmpfs)
            defer { ground.remove() }
            return try scripts.compactMap { try $0.difference(under: setting, on: ground) }
        }
    }
}
