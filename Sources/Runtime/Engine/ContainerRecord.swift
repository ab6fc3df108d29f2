public import OCI

/// What the disk knows of a container: `container.json` in its folder, replaced as a whole by a rename.
public struct ContainerRecord: Codable, Hashable, Sendable {
    /// 64 hexadecimal digits.
    public var id: String
    public var name: String
    /// The image's reference, as the user wrote it.
    public var image: String
    /// The digest of the image's config.
    public var imageID: String
    public var created: Timestamp
    /// What runs: the entrypoint and the command in one.
    public var command: [String]
    public var environment: [String]
    public var workingDirectory: String
    /// `name|uid[:group|gid]`; empty for root.
    public var user: String
    public var hostname: String
    public var limits: Limits
    /// The ChainIDs of the image's layers from the bottom up.
    public var chainIDs: [ChainID]
    public var state: State
    /// Whether it is removed when its command ends (`--rm`), also by `clean` when nobody was left to do so.
    public var autoRemove: Bool?

    /// What the user allows the container to take; `nil` is no limit.
    public struct Limits: Codable, Hashable, Sendable {
        /// In bytes.
        public var memory: Int64?
        public var pids: Int64?
        /// In CPUs: 1.5 is one and a half.
        public var cpus: Double?

        public init(memory: Int64? = nil, pids: Int64? = nil, cpus: Double? = nil) {
            self.memory = memory
            self.pids = pids
            self.cpus = cpus
        }

        public var isEmpty: Bool { memory == nil && pids == nil && cpus == nil }
    }

    public enum State: Codable, Hashable, Sendable {
        case created
        /// `pid` is the init as the host sees it, `startTime` field 22 of its /proc/PID/stat: together they name a
        /// process for ever, which a pid alone does not.
        case running(pid: Int32, startTime: UInt64, since: Timestamp)
        case exited(status: Int32, at: Timestamp)
    }

    /// The first twelve digits of the id, as Docker shows it.
    public var shortID: String { String(id.prefix(12)) }
}
