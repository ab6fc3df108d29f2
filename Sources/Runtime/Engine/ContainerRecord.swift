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
    /// The image's config with what the user asked for instead: what a `commit` starts from. Older records have none.
    public var config: ExecutionConfig?
    /// When its command was started last.
    public var started: Timestamp?
    /// Whether its streams are a terminal of its own (`-t`).
    public var hasTerminal: Bool?
    /// What it has of the host; older records have none.
    public var host: HostOptions?
    /// The anonymous volumes, which lie in its own folder; older records have none.
    public var volumes: [Volume]?

    /// A directory that is no part of the container's layers: what is written there outlives its command and goes with it.
    public struct Volume: Codable, Hashable, Sendable {
        /// 64 hexadecimal digits.
        public var name: String
        /// Absolute, as the container sees it, without `.` and `..`.
        public var target: String
    }

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

    /// What a container shares with the host, or may do to it.
    public struct HostOptions: Codable, Hashable, Sendable {
        public var binds: [Bind]
        public var network: Network
        public var isReadOnly: Bool
        /// As the user wrote them: `NET_ADMIN`, `ALL`.
        public var addedCapabilities: [String]
        public var droppedCapabilities: [String]

        public init(
            binds: [Bind] = [], network: Network = .none, isReadOnly: Bool = false, addedCapabilities: [String] = [],
            droppedCapabilities: [String] = []
        ) {
            self.binds = binds
            self.network = network
            self.isReadOnly = isReadOnly
            self.addedCapabilities = addedCapabilities
            self.droppedCapabilities = droppedCapabilities
        }

        public enum Network: String, Codable, Hashable, Sendable {
            /// Its own loopback alone.
            case none
            case host
        }

        /// A file or folder of the host, seen in the container.
        public struct Bind: Codable, Hashable, Sendable {
            /// Absolute.
            public var source: String
            /// Absolute, as the container sees it.
            public var target: String
            public var isReadOnly: Bool
            /// Whether a missing source is made as a folder: so does `-v`, and `--mount` does not.
            public var makesSource: Bool

            public init(source: String, target: String, isReadOnly: Bool, makesSource: Bool) {
                self.source = source
                self.target = target
                self.isReadOnly = isReadOnly
                self.makesSource = makesSource
            }
        }
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
