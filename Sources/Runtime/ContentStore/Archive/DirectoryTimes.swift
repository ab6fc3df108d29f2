internal import Glibc
public import LayerModel
internal import Linux
public import OCI

/// The times that directories are to have when an archive is placed whole: each name that is placed changes its directory's.
///
/// By the bytes of their paths, because two spellings that are equal as `String` are two directories.
public struct DirectoryTimes: Hashable, Sendable {
    /// Of directories that were there: what they had before the first change in them.
    public private(set) var found: [ByteString: Timestamp] = [:]
    /// Of directories that the archive has, or that were made for what it has.
    public private(set) var given: [ByteString: Timestamp] = [:]

    /// The time that `directory` has now, unless it is known already what it had or is to have.
    mutating func note(_ path: String, _ directory: CInt) throws {
        let path = ByteString(path)
        guard given[path] == nil, found[path] == nil else { return }
        found[path] = try Files.status(in: directory, ".").map(Timestamp.init(modificationOf:))
    }

    mutating func give(_ path: String, _ time: Timestamp) { given[ByteString(path)] = time }

    /// Forgets a directory that is removed, and those beneath it.
    mutating func forget(_ path: String) {
        given = given.filter { $0.key != ByteString(path) && !$0.key.hasPrefix(path + "/") }
    }

    /// The same times by the paths that the directories have in a tree that `place` lies in.
    func beneath(_ place: String) -> DirectoryTimes {
        guard !place.isEmpty else { return self }
        func moved(_ times: [ByteString: Timestamp]) -> [ByteString: Timestamp] {
            Dictionary(
                uniqueKeysWithValues: times.map { path, time in
                    (path.isEmpty ? ByteString(place) : ByteString("\(place)/\(path)"), time)
                })
        }
        var times = DirectoryTimes()
        (times.found, times.given) = (moved(found), moved(given))
        return times
    }

    /// Gives the directories beneath `root` the times that they were given; the deepest first, and always in one order.
    func set(beneath root: CInt) throws {
        for (path, time) in given.sorted(by: { ($1.key.count, $0.key) < ($0.key.count, $1.key) }) {
            let directory = try Files.open(beneath: root, path.text, O_RDONLY | O_DIRECTORY)
            var times = time.ofAccessAndModification
            let number = directory.number
            try call("futimens", path.text) { futimens(number, &times) }
        }
    }
}

extension Timestamp {
    init(modificationOf status: stat) {
        self.init(seconds: Int64(status.st_mtim.tv_sec), nanoseconds: UInt32(status.st_mtim.tv_nsec))
    }

    /// As utimensat(2) takes it.
    var ofAccessAndModification: [timespec] {
        let time = timespec(tv_sec: Int(seconds), tv_nsec: Int(min(nanoseconds, 999_999_999)))
        return [time, time]
    }
}
