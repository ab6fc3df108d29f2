public import Glibc
internal import LayerModel

/// Removes a name and all that lies beneath it, across no symbolic link. What is not there, or goes away meanwhile, is
/// no error; a directory that a dying process still fills is tried again. See unlinkat(2).
///
/// However deep a container has made its directories, this takes three descriptors and no deeper stack.
///
/// - Throws: `SystemCallError`
public func removeTree(_ path: String, in base: CInt = AT_FDCWD) throws(SystemCallError) {
    // Bytes and not strings beneath: a container may give its files names that are no UTF-8.
    var removal = TreeRemoval(base: base)
    try removal.remove(ByteString(path).cString)
}

/// The way down to the directory at work, of which alone a descriptor is open: the ones above are reached by `..`, and
/// known by their inode, for somebody may have moved a directory meanwhile.
private struct TreeRemoval {
    let base: CInt
    private var levels: [Level] = []

    init(base: CInt) { self.base = base }

    private struct Level {
        /// In the directory above.
        let name: [CChar]
        let inode: ino_t
        let device: dev_t
        /// What it held, as far as it was not removed yet.
        var names: [[CChar]]
        var attempts = 0
    }

    private static let mostAttempts = 100

    mutating func remove(_ name: [CChar]) throws(SystemCallError) {
        guard var here = try enter(name, in: base) else { return }
        while true {
            if let child = levels[levels.count - 1].names.popLast() {
                if let next = try enter(child, in: here.number) { here = next }
                continue
            }
            guard levels.count > 1 else {
                if try removeLast(of: here, in: base) { return }
                continue
            }
            let above = try directoryAbove(here)
            if try removeLast(of: here, in: above.number) { here = above }
        }
    }

    /// Removes what is no directory.
    ///
    /// - Returns: A directory, which is the last of `levels` then.
    private mutating func enter(_ name: [CChar], in parent: CInt) throws(SystemCallError) -> Descriptor? {
        if unlinkat(parent, name, 0) == 0 || Glibc.errno == ENOENT { return nil }
        // EISDIR is Linux's answer for a directory, EPERM that of POSIX.
        guard Glibc.errno == EISDIR || Glibc.errno == EPERM else { throw failure("unlinkat", name) }
        let number = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if number < 0 {
            if Glibc.errno == ENOENT { return nil }
            throw failure("openat", name)
        }
        let directory = Descriptor(owning: number)
        var status = stat()
        try call("fstat") { fstat(number, &status) }
        levels.append(
            Level(name: name, inode: status.st_ino, device: status.st_dev, names: try names(in: directory)))
        return directory
    }

    /// Removes the directory at work, which was emptied.
    ///
    /// - Returns: Whether it is gone; else it was listed again.
    private mutating func removeLast(of directory: borrowing Descriptor, in parent: CInt) throws(SystemCallError)
        -> Bool
    {
        let name = levels[levels.count - 1].name
        if unlinkat(parent, name, AT_REMOVEDIR) == 0 || Glibc.errno == ENOENT {
            levels.removeLast()
            return true
        }
        guard Glibc.errno == ENOTEMPTY, levels[levels.count - 1].attempts < Self.mostAttempts else {
            throw failure("unlinkat", name)
        }
        levels[levels.count - 1].attempts += 1
        usleep(2000)
        levels[levels.count - 1].names = try names(in: directory)
        return false
    }

    private func directoryAbove(_ directory: borrowing Descriptor) throws(SystemCallError) -> Descriptor {
        let above = try Descriptor(opening: "..", O_RDONLY | O_DIRECTORY, in: directory.number)
        let (number, level) = (above.number, levels[levels.count - 2])
        var status = stat()
        try call("fstat") { fstat(number, &status) }
        guard status.st_ino == level.inode, status.st_dev == level.device else {
            Glibc.errno = ESTALE
            throw failure("openat", levels[levels.count - 1].name)
        }
        return above
    }
}

private func names(in directory: borrowing Descriptor) throws(SystemCallError) -> [[CChar]] {
    var names: [[CChar]] = []
    try forEachName(in: directory) { name, _ in
        names.append(name.map { CChar(bitPattern: $0) } + [0])
        return true
    }
    return names
}

private func failure(_ call: String, _ name: [CChar]) -> SystemCallError {
    let error = LayerModel.Errno(rawValue: Glibc.errno)
    let subject = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    return SystemCallError(call: call, subject: subject.isEmpty ? nil : subject, errno: error)
}
