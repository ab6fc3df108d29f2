public import LayerModel

/// One thing that happened and can be recorded. The runtime makes events; the record keeps them.
public enum Event: Hashable, Sendable {
    case container(ContainerEvent)
    case layer(StackedLayer)
    case setup(SetupStep)
    case process(ProcessEvent)
    case operation(ObservedOperation)
    case hole(Hole)
    case sample(ResourceSample)
    case warning(String)
}

/// An event and the container that it belongs to.
public struct ContainerEvents: Hashable, Sendable {
    /// The container's full id: 64 hexadecimal digits.
    public var container: String
    public var events: [Event]
    public init(container: String, events: [Event]) {
        self.container = container
        self.events = events
    }
}

/// A container's life, as far as the record tells it.
public struct ContainerEvent: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case created, started, exited, removed
    }
    public var kind: Kind
    public var name: String
    /// The image's reference, as the user wrote it.
    public var image: String
    public var command: [String]
    /// The exit status as a shell reports it (128 + n for signal n), once the container has exited.
    public var exitStatus: Int32?

    public init(kind: Kind, name: String, image: String, command: [String], exitStatus: Int32? = nil) {
        self.kind = kind
        self.name = name
        self.image = image
        self.command = command
        self.exitStatus = exitStatus
    }
}

/// One layer of a container's stack.
public struct StackedLayer: Hashable, Sendable {
    public var layer: LayerID
    /// The digest of the layer's uncompressed tar; `nil` for the writable layer.
    public var diffID: String?
    public var chainID: String?
    /// The instruction that made it, as `history` shows it.
    public var createdBy: String
    /// The bytes of its regular files.
    public var size: Int64

    public init(layer: LayerID, diffID: String? = nil, chainID: String? = nil, createdBy: String, size: Int64) {
        self.layer = layer
        self.diffID = diffID
        self.chainID = chainID
        self.createdBy = createdBy
        self.size = size
    }
}

/// One step of a container's set-up plan, as the child reported it.
public struct SetupStep: Hashable, Sendable {
    /// The place in the plan, from 1.
    public var index: Int
    /// The step's name: the call or the purpose, such as `mount overlay` or `pivot_root`.
    public var name: String
    /// The arguments, in words a reader understands.
    public var detail: String
    public var errno: Errno?
    public var nanoseconds: Int64

    public init(index: Int, name: String, detail: String, errno: Errno? = nil, nanoseconds: Int64) {
        self.index = index
        self.name = name
        self.detail = detail
        self.errno = errno
        self.nanoseconds = nanoseconds
    }
}

/// A process of the container: born, turned into a program, gone.
public struct ProcessEvent: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case fork, thread, exec, exit
    }
    public var kind: Kind
    /// The process (or thread) id as the host sees it.
    public var pid: Int32
    public var parent: Int32?
    /// The path of the program, after an exec.
    public var program: String?
    public var arguments: [String]
    /// The wait status as a shell reports it, after an exit.
    public var exitStatus: Int32?

    public init(
        kind: Kind, pid: Int32, parent: Int32? = nil, program: String? = nil, arguments: [String] = [],
        exitStatus: Int32? = nil
    ) {
        self.kind = kind
        self.pid = pid
        self.parent = parent
        self.program = program
        self.arguments = arguments
        self.exitStatus = exitStatus
    }
}

/// Something that the observer could not follow or attribute: said, never left out.
public struct Hole: Hashable, Sendable {
    public var pid: Int32?
    public var syscall: String?
    public var path: String?
    /// A sentence that says what is not known and why.
    public var reason: String

    public init(pid: Int32? = nil, syscall: String? = nil, path: String? = nil, reason: String) {
        self.pid = pid
        self.syscall = syscall
        self.path = path
        self.reason = reason
    }
}

/// A figure of the container's cgroup or of the host, read once.
public struct ResourceSample: Hashable, Sendable {
    /// The controller file that it was read from, such as `memory.peak`.
    public var name: String
    public var value: Int64
    public init(name: String, value: Int64) {
        self.name = name
        self.value = value
    }
}
