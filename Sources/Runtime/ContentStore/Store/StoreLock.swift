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
    var images: String { home + "/images" }
    var blobs: String { images + "/blobs/sha256" }
    var index: String { images + "/index.json" }
    var layers: String { home + "/layers" }
    var cache: String { home + "/cache" }
    var built: String { home + "/built" }

    enum Lock: String { case prepare, lease, layers, index }
    func lock(_ lock: Lock) -> String { "\(home)/locks/\(lock.rawValue)" }

    /// How the names of unfinished things begin: whoever sees one while holding the lease may remove it.
    static let partialPrefix = ".partial-"

    /// A name in `directory` that nobody else has.
    static func partial(in directory: String) -> String {
        "\(directory)/\(partialPrefix)\(getpid())-\(String(UInt64.random(in: 0...(.max)), radix: 36))"
    }
}
