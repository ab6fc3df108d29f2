/// How a container is asked if it still works. See Docker's image specification v1.2, "Healthcheck".
public struct HealthConfig: Hashable, Sendable, Codable {
    /// `NONE`; `CMD` and its words; `CMD-SHELL` and a line. Empty: as the base image.
    public var test: [String]
    /// In nanoseconds; `nil` is Docker's default, and so for the other times.
    public var interval: Int64?
    public var timeout: Int64?
    public var startPeriod: Int64?
    /// So many failures in a row make it unhealthy.
    public var retries: Int?

    public init(
        test: [String], interval: Int64? = nil, timeout: Int64? = nil, startPeriod: Int64? = nil, retries: Int? = nil
    ) {
        self.test = test
        self.interval = interval
        self.timeout = timeout
        self.startPeriod = startPeriod
        self.retries = retries
    }

    enum CodingKeys: String, CodingKey {
        case test = "Test"
        case interval = "Interval"
        case timeout = "Timeout"
        case startPeriod = "StartPeriod"
        case retries = "Retries"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            test: try values.decodeIfPresent([String].self, forKey: .test) ?? [],
            interval: try values.decodeIfPresent(Int64.self, forKey: .interval),
            timeout: try values.decodeIfPresent(Int64.self, forKey: .timeout),
            startPeriod: try values.decodeIfPresent(Int64.self, forKey: .startPeriod),
            retries: try values.decodeIfPresent(Int.self, forKey: .retries))
    }
}
