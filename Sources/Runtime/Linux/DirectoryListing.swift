internal import CLinux
internal import Glibc
internal import LayerModel

/// Opens what stands at `path` beneath the directory `base` without crossing any symbolic link and without leaving
/// `base`, whatever another process does to the names meanwhile. See openat2(2).
///
/// - Returns: `nil` when nothing is there, or when a symbolic link or another non-directory stands in the way.
/// - Throws: `SystemCallError`
public func openBeneath(
    _ base: CInt, _ path: String, _ flags: CInt = pathOnly
) throws(SystemCallError) -> Descriptor? {
    let resolve = UInt64(RESOLVE_BENEATH) | UInt64(RESOLVE_NO_SYMLINKS)
    do {
        return Descriptor(
            owning: try call("openat2", path) {
                linux_openat2(base, path, UInt64(UInt32(bitPattern: flags | O_CLOEXEC)), 0, resolve)
            })
    } catch  where [.ENOENT, .ENOTDIR, .ELOOP].contains(error.errno) {
        return nil
    }
}

/// O_PATH of open(2): a place in the tree, with no access to what stands there.
public let pathOnly = LINUX_O_PATH

/// The names in an open directory, without `.` and `..`, in no particular order. See readdir(3).
///
/// - Throws: `SystemCallError`
public func directoryNames(in directory: borrowing Descriptor) throws(SystemCallError) -> [String] {
    try directoryNames(in: directory, atMost: .max) ?? []
}

/// The names of a directory without `.` and `..`, unless they are more than `limit`; then `nil`.
///
/// - Throws: `SystemCallError`
public func directoryNames(in directory: borrowing Descriptor, atMost limit: Int) throws(SystemCallError) -> [String]? {
    let number = try directory.duplicate().release()
    guard let stream = fdopendir(number) else {
        let error = LayerModel.Errno(rawValue: Glibc.errno)
        close(number)
        throw SystemCallError(call: "fdopendir", errno: error)
    }
    defer { closedir(stream) }
    rewinddir(stream)
    var names: [String] = []
    while true {
        Glibc.errno = 0
        guard let record = readdir(stream) else {
            guard Glibc.errno == 0 else {
                throw SystemCallError(call: "readdir", errno: LayerModel.Errno(rawValue: Glibc.errno))
            }
            return names
        }
        let name = withUnsafeBytes(of: &record.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        guard name != ".", name != ".." else { continue }
        if names.count == limit { return nil }
        names.append(name)
    }
}
