/// One thing that teach needs or can use, as this host has it.
public struct HostCheck: Hashable, Sendable {
    public enum State: String, Hashable, Sendable {
        case good
        /// Something works less well, or not at all for some uses.
        case warning
        /// Lessons cannot run.
        case fatal
    }

    /// What was looked at, such as `overlay`.
    public var name: String
    public var state: State
    /// What was found, as a clause.
    public var finding: String
    /// The exact command or setting that gives what is missing.
    public var cure: String?

    public init(_ name: String, _ state: State, _ finding: String, cure: String? = nil) {
        self.name = name
        self.state = state
        self.finding = finding
        self.cure = cure
    }
}
