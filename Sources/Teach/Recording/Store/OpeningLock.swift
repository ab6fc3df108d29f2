import Glibc
import LayerModel
import Linux

/// Keeps two processes from creating or migrating one record at the same time: flock(2) on a file beside it. (SQLite's
/// own lock does not cover the change to WAL, and a migration that two have seen missing would run twice.)
///
/// - Returns: an open file whose close(2) gives the lock back.
/// - Throws: `RecordingError.locked` after `patience` seconds, or `.refused`.
func takeOpeningLock(for path: String, patience: Int, notify: (String) -> Void) throws(RecordingError) -> CInt {
    let name = path + ".lock"
    let descriptor: Descriptor
    do { descriptor = try Descriptor(opening: name, O_RDWR | O_CREAT, mode: 0o600) } catch {
        throw .refused(path: path, reason: "\(error); see TEACH_HOME")
    }
    var tries = 0
    while flock(descriptor.number, LOCK_EX | LOCK_NB) != 0 {
        guard Glibc.errno == EWOULDBLOCK || Glibc.errno == EINTR else {
            throw .refused(path: path, reason: "\(name) cannot be locked")
        }
        if tries == 100 { notify("the record \(path) is being opened by another process; waiting for it") }
        if tries >= patience * 200 { throw .locked(path: path) }
        usleep(5000)
        tries += 1
    }
    return descriptor.release()
}

/// Damage that SQLite does not see by itself.
enum Damage {
    /// Whether the file cannot be a database, while a log lies beside it.
    ///
    /// The header is written before a database gets its first log, so a file without it was overwritten or cut. SQLite
    /// does not say so: it reads the pages that the log holds from there, takes the rest for what they are not, or
    /// deletes the log of an empty file. The log may hold all that can be saved, so it is kept with the file.
    static func isVisible(at path: String) -> Bool {
        var log = stat()
        guard stat(path + "-wal", &log) == 0, log.st_size > 0,
            let file = try? Descriptor(opening: path, O_RDONLY)
        else { return false }
        // "Database Header", https://www.sqlite.org/fileformat2.html
        let magic = Array("SQLite format 3\0".utf8)
        var head = [UInt8](repeating: 0, count: magic.count)
        return pread(file.number, &head, head.count, 0) != head.count || head != magic
    }
}

/// Renames a damaged database and the files that SQLite keeps beside it.
///
/// - Returns: the name under which the database lies now.
/// - Throws: `SystemCallError`
func setAside(_ path: String) throws(SystemCallError) -> String {
    var number = 1
    while access("\(path).damaged-\(number)", F_OK) == 0 { number += 1 }
    let aside = "\(path).damaged-\(number)"
    try call("rename", path) { rename(path, aside) }
    // SQLite finds a journal by its database's name, so these must go along; they need not exist.
    for suffix in ["-wal", "-shm"] { _ = rename(path + suffix, aside + suffix) }
    return aside
}
