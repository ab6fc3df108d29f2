/// What a container may use at most; `nil` is no limit.
public struct CgroupLimits: Hashable, Sendable {
    /// Bytes; swap may hold as much again.
    public var memory: Int64?
    /// Processes and threads.
    public var pids: Int64?
    /// Processors: 1.5 is one and a half.
    public var cpus: Double?

    public init(memory: Int64? = nil, pids: Int64? = nil, cpus: Double? = nil) {
        self.memory = memory
        self.pids = pids
        self.cpus = cpus
    }

    /// The controllers that are needed, in a fixed order.
    var controllers: [String] {
        (memory == nil ? [] : ["memory"]) + (pids == nil ? [] : ["pids"]) + (cpus == nil ? [] : ["cpu"])
    }

    /// The period in which a share of the processors is counted, in microseconds.
    static let period: Int64 = 100_000

    /// The processor time in one period, in microseconds.
    var quota: Int64? { cpus.map { max(1000, Int64(($0 * Double(Self.period)).rounded())) } }
}
