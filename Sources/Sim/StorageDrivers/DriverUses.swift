public import LayerModel

/// What storage drivers are good and bad at, by what the simulator says it costs: the uses of slide 55's matrix, each done
/// under every driver over the same image.
public struct DriverUse: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case startContainers, sharedReading, smallWritesIntoBigFiles, manySmallFiles, renamedDirectories, rewrittenFiles

        /// As a row of a table.
        public var label: String {
            switch self {
            case .startContainers: "start a container"
            case .sharedReading: "many readers of one image"
            case .smallWritesIntoBigFiles: "write a little into a big file"
            case .manySmallFiles: "make many small files"
            case .renamedDirectories: "rename a directory"
            case .rewrittenFiles: "write the same place again"
            }
        }

        /// What was done.
        public var note: String {
            switch self {
            case .startContainers: "image of 1 GiB and 1000 files"
            case .sharedReading: "one page cache, or one each"
            case .smallWritesIntoBigFiles: "4 KiB into 1 GiB"
            case .manySmallFiles: "1000 files of 1 KiB, each synced"
            case .renamedDirectories: "of the image, with files in it"
            case .rewrittenFiles: "4 KiB, the second time"
            }
        }
    }

    public enum Rating: Hashable, Sendable { case good, fair, bad }

    public var kind: Kind
    public var driver: StorageDriverKind
    /// What it cost.
    public var cost: Cost
    public var errno: Errno?

    /// - Throws: `MountRefusal`, `Errno` where a driver does not do at all what the use is made of.
    public init(_ kind: Kind, under driver: StorageDriverKind, host: HostSettings = HostSettings()) throws {
        self.kind = kind
        self.driver = driver
        var mount = try SimulatedMount(driver: driver, layers: Self.image(), host: host)
        var cost = Cost()
        var errno: Errno?
        func call(_ call: SystemCall) -> CallAnswer {
            let answer = mount.answer(to: call, by: .containerRoot)
            cost += answer.cost
            errno = errno ?? answer.errno
            return answer
        }
        func open(_ path: Path, _ flags: OpenFlags) throws -> FileDescriptor {
            let answer = call(.open(path, flags, mode: 0o644))
            guard case .descriptor(let descriptor) = answer.value else { throw answer.errno ?? Errno.EIO }
            return descriptor
        }
        let page = [UInt8](repeating: 7, count: 4096)
        switch kind {
        case .startContainers: cost = mount.creation
        case .sharedReading: _ = try open("/data", [])
        case .smallWritesIntoBigFiles: _ = call(.pwrite(try open("/data", .readWrite), page, offset: 512 << 20))
        case .rewrittenFiles:
            let file = try open("/data", .readWrite)
            _ = call(.pwrite(file, page, offset: 512 << 20))
            cost = Cost()
            _ = call(.pwrite(file, page, offset: 512 << 20))
        case .manySmallFiles:
            for number in 0..<1000 {
                let file = try open(Path("/new\(number)"), [.writeOnly, .create])
                _ = call(.write(file, Array(page.prefix(1024))))
                _ = call(.close(file))
            }
        case .renamedDirectories: _ = call(.rename("/files", "/moved", []))
        }
        self.cost = cost
        self.errno = errno
    }

    /// A data file of 1 GiB, and a directory of 1000 small files.
    private static func image() throws(Errno) -> LayerStack {
        var stack = LayerStack()
        stack.addLayer()
        try stack.makeFile("/data", mode: 0o644, zeros: 1 << 30, isSparse: false)
        try stack.makeDirectory("/files", mode: 0o755)
        for number in 0..<1000 {
            try stack.makeFile(Path("/files/f\(number)"), mode: 0o644, bytes: [UInt8](repeating: 1, count: 1024))
        }
        return stack
    }

    /// By what it cost beyond what was asked for: less than 32 KiB copied is good, less than 1 MiB fair. Where files are
    /// made, what is stored for each counts: up to 8 KiB is good, up to 16 KiB fair.
    public var rating: Rating {
        if errno != nil { return .bad }
        switch kind {
        case .sharedReading: return cost.sharesPageCache == true ? .good : .bad
        case .manySmallFiles:
            let each = cost.allocated / 1000
            return each <= 8192 ? .good : each <= 16384 ? .fair : .bad
        case .startContainers, .smallWritesIntoBigFiles, .renamedDirectories, .rewrittenFiles:
            return cost.copied < 32768 ? .good : cost.copied < 1 << 20 ? .fair : .bad
        }
    }
}
