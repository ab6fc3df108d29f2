public import LayerModel

/// What a storage driver is good or bad at: a use of slide 55's matrix, done over an image, and what it cost. The simulator
/// tells it of every driver; the kernel, where it has the driver, of the same calls over the same image.
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
    }

    /// What the uses are done over: a data file, and a directory of small files.
    public struct Image: Hashable, Sendable {
        /// In bytes, a multiple of 4096.
        public var dataSize: Int64
        public var fileCount = 1000
        /// In bytes.
        public var fileSize = 1024

        public init(dataSize: Int64) { self.dataSize = dataSize }

        /// 1 GiB of data.
        public static let large = Image(dataSize: 1 << 30)
        /// A quarter of that: where it really is written and copied, a host of little memory can do it too.
        public static let medium = Image(dataSize: 1 << 28)

        public static let data: Path = "/data"
        public static let files: Path = "/files"

        public func file(_ number: Int) -> Path { Self.files.appending("f\(number)") }
    }

    public enum Rating: Hashable, Sendable { case good, fair, bad }

    public var kind: Kind
    public var driver: StorageDriverKind
    public var image: Image
    /// What it cost: `copied`, `allocated` and `sharesPageCache`.
    public var cost: Cost
    public var errno: Errno?
    /// How long it took the kernel; `nil` where it was simulated.
    public var nanoseconds: Int64?

    public init(
        _ kind: Kind, under driver: StorageDriverKind, over image: Image, cost: Cost, errno: Errno?,
        nanoseconds: Int64? = nil
    ) {
        self.kind = kind
        self.driver = driver
        self.image = image
        self.cost = cost
        self.errno = errno
        self.nanoseconds = nanoseconds
    }

    /// Simulates it.
    ///
    /// - Throws: `MountRefusal`, `Errno` where a driver does not do at all what the use is made of.
    public init(
        _ kind: Kind, under driver: StorageDriverKind, over image: Image = .large, host: HostSettings = HostSettings()
    ) throws {
        var mount = try SimulatedMount(driver: driver, layers: image.stack(), host: host)
        var calls = DriverUseCalls()
        try calls.perform(kind, on: &mount, over: image)
        if kind == .startContainers { calls.cost = mount.creation }
        self.init(kind, under: driver, over: image, cost: calls.cost, errno: calls.errno)
    }

    /// By what it cost beyond what was asked for: less than 32 KiB copied is good, less than 1 MiB fair. Where files are
    /// made, what is stored for each counts: up to 8 KiB is good, up to 16 KiB fair.
    public var rating: Rating {
        if errno != nil { return .bad }
        switch kind {
        case .sharedReading: return cost.sharesPageCache == true ? .good : .bad
        case .manySmallFiles: return storedEach <= 8192 ? .good : storedEach <= 16384 ? .fair : .bad
        case .startContainers, .smallWritesIntoBigFiles, .renamedDirectories, .rewrittenFiles:
            return cost.copied < 32768 ? .good : cost.copied < 1 << 20 ? .fair : .bad
        }
    }

    /// What each of the new files takes, in bytes.
    public var storedEach: Int64 { cost.allocated / Int64(max(image.fileCount, 1)) }
}

extension DriverUse.Image {
    fileprivate func stack() throws(Errno) -> LayerStack {
        var stack = LayerStack()
        stack.addLayer()
        try stack.makeFile(Self.data, mode: 0o644, zeros: dataSize, isSparse: false)
        try stack.makeDirectory(Self.files, mode: 0o755)
        for number in 0..<fileCount {
            try stack.makeFile(file(number), mode: 0o644, bytes: [UInt8](repeating: 1, count: fileSize))
        }
        return stack
    }
}

/// Makes the calls that a use is made of, on a simulated union or on a real one, and keeps the account.
public struct DriverUseCalls {
    /// What the calls told of their cost since the use began; the kernel tells nothing.
    public fileprivate(set) var cost = Cost()
    public private(set) var errno: Errno?
    /// The bytes that were asked to be written since the use began.
    public private(set) var written: Int64 = 0

    public init() {}

    /// - Parameter begin: Called when what has to be there is there, and the use itself begins.
    /// - Throws: `Errno` where a driver does not do at all what the use is made of; what `mount` throws.
    public mutating func perform(
        _ kind: DriverUse.Kind, on mount: inout some MountedFilesystem, over image: DriverUse.Image,
        begin: () throws -> Void = {}
    ) throws {
        let page = [UInt8](repeating: 7, count: 4096)
        let middle = image.dataSize / 2
        if kind == .rewrittenFiles {
            let file = try open(DriverUse.Image.data, .readWrite, on: &mount)
            try write(page, into: file, at: middle, on: &mount)
            (cost, errno, written) = (Cost(), nil, 0)
            try begin()
            try write(page, into: file, at: middle, on: &mount)
            try make(.close(file), on: &mount)
            return
        }
        try begin()
        switch kind {
        case .startContainers, .rewrittenFiles: break
        case .sharedReading: try make(.close(try open(DriverUse.Image.data, [], on: &mount)), on: &mount)
        case .smallWritesIntoBigFiles:
            let file = try open(DriverUse.Image.data, .readWrite, on: &mount)
            try write(page, into: file, at: middle, on: &mount)
            try make(.close(file), on: &mount)
        case .manySmallFiles:
            for number in 0..<image.fileCount {
                let file = try open(Path("/new\(number)"), [.writeOnly, .create], on: &mount)
                try write(Array(page.prefix(image.fileSize)), into: file, at: 0, on: &mount)
                try make(.close(file), on: &mount)
            }
        case .renamedDirectories: try make(.rename(DriverUse.Image.files, "/moved", []), on: &mount)
        }
    }

    @discardableResult
    private mutating func make(_ call: SystemCall, on mount: inout some MountedFilesystem) throws -> CallAnswer {
        let answer = try mount.answer(to: call, by: .containerRoot)
        cost += answer.cost
        errno = errno ?? answer.errno
        return answer
    }

    private mutating func open(
        _ path: Path, _ flags: OpenFlags, on mount: inout some MountedFilesystem
    ) throws -> FileDescriptor {
        let answer = try make(.open(path, flags, mode: 0o644), on: &mount)
        guard case .descriptor(let file) = answer.value else { throw answer.errno ?? Errno.EIO }
        return file
    }

    private mutating func write(
        _ bytes: [UInt8], into file: FileDescriptor, at offset: Int64, on mount: inout some MountedFilesystem
    ) throws {
        written += Int64(bytes.count)
        try make(.pwrite(file, bytes, offset: offset), on: &mount)
    }
}
