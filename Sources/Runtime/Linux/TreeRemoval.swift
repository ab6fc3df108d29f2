public import Glibc
internal import LayerModel

/// Removes a name and all that lies beneath it, across no symbolic link. What is not there, or goes away meanwhile, is
/// no error; a directory that a dying process still fills is tried again. See unlinkat(2).
///
/// - Throws: `SystemCallError`
public func removeTree(_ path: String, in base: CInt = AT_FDCWD) throws(SystemCallError) {
    // Bytes and not strings beneath: a container may give its files names that are no UTF-8.
    try removeTree(Array(path.utf8CString), in: base)
}

private func removeTree(_ name: [CChar], in base: CInt) throws(SystemCallError) {
    var attempts = 0
    while true {
        if unlinkat(base, name, 0) == 0 || Glibc.errno == ENOENT { return }
        // EISDIR is Linux's answer for a directory, EPERM that of POSIX.
        guard Glibc.errno == EISDIR || Glibc.errno == EPERM else { throw failure("unlinkat", name) }
        let directory = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if directory < 0 {
            if Glibc.errno == ENOENT { return }
            throw failure("openat", name)
        }
        do {
            let descriptor = Descriptor(owning: directory)
            for child in try names(in: descriptor) { try removeTree(child, in: descriptor.number) }
        }
        if unlinkat(base, name, AT_REMOVEDIR) == 0 || Glibc.errno == ENOENT { return }
        attempts += 1
        guard Glibc.errno == ENOTEMPTY, attempts < 100 else { throw failure("unlinkat", name) }
        usleep(2000)
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
