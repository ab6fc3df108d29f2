internal import Glibc
internal import LayerModel
internal import Linux

/// A lock on a part of the store between processes and threads; it ends with this value, or with the process.
/// See flock(2).
public struct StoreLock: ~Copyable, Sendable {
    private let file: Descriptor

    private init(_ file: consuming Descriptor) { self.file = file }

    /// Waits until the lock can be had.
    init(_ path: String, exclusive: Bool) throws(SystemCallError) {
        let file = try Descriptor(opening: path, O_RDWR | O_CREAT, mode: 0o600)
        let number = file.number
        try call("flock", path) { flock(number, exclusive ? LOCK_EX : LOCK_SH) }
        self.init(file)
    }

    /// Waits until the lock can be had, or until the checkpoint throws.
    init(_ path: String, exclusive: Bool, asking checkpoint: Checkpoint?) throws {
        guard let checkpoint else {
            try self.init(path, exclusive: exclusive)
            return
        }
        let file = try Descriptor(opening: path, O_RDWR | O_CREAT, mode: 0o600)
        let number = file.number
        while flock(number, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0 {
            let error = Errno(rawValue: errno)
            guard error == .EAGAIN || error == .EINTR else {
                throw SystemCallError(call: "flock", subject: path, errno: error)
            }
            try checkpoint()
            usleep(10_000)
        }
        self.init(file)
    }

    /// Takes the exclusive lock if nobody holds it; else `nil`, after a tenth of a second: a child that another thread has
    /// just forked has a copy of a descriptor that was closed meanwhile, until it executes its program.
    static func ifFree(_ path: String) throws(SystemCallError) -> StoreLock? {
        let file = try Descriptor(opening: path, O_RDWR | O_CREAT, mode: 0o600)
        let number = file.number
        for attempt in 0..<20 {
            if attempt > 0 { usleep(5000) }
            do {
                try call("flock", path) { flock(number, LOCK_EX | LOCK_NB) }
                return StoreLock(file)
            } catch  where error.errno == .EAGAIN {}
        }
        return nil
    }
}

/// The store's places. The locks, in the order in which they are taken:
/// `prepare` (one makes a lesson's images), `lease` (shared by all who add content that no image names yet, exclusive
/// for who removes what no image names), `layers` (one unpacks), `index` (one changes index.json).
struct StorePaths: Hashable, Sendable {
    let home: String
    /// The folder that the names of images are in: the home or, for a run's own (`ContentStore.makeScope`), the run's.
    let scope: String
    var index: String { scope == home ? images + "/index.json" : scope + "/images.json" }
    var images: String { home + "/images" }
    var blobs: String { images + "/blobs/sha256" }
    var layers: String { home + "/layers" }
    var cache: String { home + "/cache" }
    var built: String { scope + "/built" }

    init(home: String, scope: String? = nil) {
        self.home = home
        self.scope = scope ?? home
    }

    /// Is there where a removal could free nothing because somebody was adding content, and no sweep has come since.
    var debt: String { home + "/locks/unswept" }

    enum Lock: String { case prepare, lease, layers, index }
    func lock(_ lock: Lock) -> String { "\(home)/locks/\(lock.rawValue)" }

    /// How the names of unfinished things begin: whoever sees one while holding the lease may remove it.
    static let partialPrefix = ".partial-"

    /// A name in `directory` that nobody else has.
    static func partial(in directory: String) -> String {
        "\(directory)/\(partialPrefix)\(getpid())-\(String(UInt64.random(in: 0...(.max)), radix: 36))"
    }
}
