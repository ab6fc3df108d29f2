import Glibc

/// The long form of the proofs that have one: `make soak`.
public enum Soak {
    /// How many times as much is done as in the short form; `nil` in the short form itself. TEACH_SOAK says it.
    public static let factor: UInt64? = number("TEACH_SOAK")

    /// A number from the environment, such as a seed that repeats a run.
    public static func number(_ variable: String) -> UInt64? {
        getenv(variable).flatMap { UInt64(String(cString: $0)) }
    }
}
