/// HEALTHCHECK: whether and how a container is asked if it still works.
public enum Healthcheck: Hashable, Sendable {
    /// Takes the base image's away.
    case none
    case check(CommandLine, HealthcheckTiming)
}

/// `nil` is Docker's default: 30 s, 30 s, 0 s and 3.
public struct HealthcheckTiming: Hashable, Sendable {
    public var interval: GoDuration?
    public var timeout: GoDuration?
    public var startPeriod: GoDuration?
    public var retries: Int?

    public init(
        interval: GoDuration? = nil, timeout: GoDuration? = nil, startPeriod: GoDuration? = nil, retries: Int? = nil
    ) {
        self.interval = interval
        self.timeout = timeout
        self.startPeriod = startPeriod
        self.retries = retries
    }
}
