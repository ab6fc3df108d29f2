internal import CLinux
internal import Glibc
public import LayerModel

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
                withBytes(of: path) {
                    linux_openat2(base, $0, UInt64(UInt32(bitPattern: flags | O_CLOEXEC)), 0, resolve)
                }
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
public func directoryNames(in directory: borrowing Descriptor) throws(SystemCallError) -> [ByteString] {
    try directoryNames(in: directory, atMost: .max) ?? []
}

/// The names of a directory without `.` and `..`, unless they are more than `limit`; then `nil`.
///
/// - Throws: `SystemCallError`
public func directoryNames(in directory: borrowing Descriptor, atMost limit: Int) throws(SystemCallError)
    -> [ByteString]?
{
    var names: [ByteString] = []
    var isWhole = true
    try forEachName(in: directory) { name, _ in
        isWhole = names.count < limit
        if isWhole { names.append(ByteString(bytes: name)) }
        return isWhole
    }
    return isWhole ? names : nil
}

/// The names in a directory in their order, those of one type alone where one is asked for (DT_DIR of readdir(3)).
///
/// - Throws: `SystemCallError`
public func directoryNames(at path: String, ofType type: Int? = nil) throws(SystemCallError) -> [String] {
    var names: [String] = []
    try forEachName(in: Descriptor(opening: path, O_RDONLY | O_DIRECTORY)) { name, found in
        if type == nil || type == Int(found) { names.append(String(decoding: name, as: UTF8.self)) }
        return true
    }
    return names.sorted()
}

/// The same, and none where there is no such directory.
///
/// - Throws: `SystemCallError`
public func directoryNames(atOrNone path: String, ofType type: Int? = nil) throws(SystemCallError) -> [String] {
    do throws(SystemCallError) { return try directoryNames(at: path, ofType: type) } catch {
        guard error.errno == .ENOENT else { throw error }
        return []
    }
}

/// Hands over each name in an open directory, without its zero and as bytes: nothing makes it UTF-8. With it comes the
/// type that the filesystem tells, or DT_UNKNOWN. See readdir(3).
///
/// - Parameter body: answers whether to go on.
/// - Throws: `SystemCallError`
public func forEachName(
    in directory: borrowing Descriptor, _ body: (Slice<UnsafeRawBufferPointer>, UInt8) -> Bool
) throws(SystemCallError) {
    let number = try directory.duplicate().release()
    guard let stream = fdopendir(number) else {
        let error = LayerModel.Errno(rawValue: Glibc.errno)
        close(number)
        throw SystemCallError(call: "fdopendir", errno: error)
    }
    defer { closedir(stream) }
    // The copy shares its place with the descriptor that it was made of.
    rewinddir(stream)
    while true {
        Glibc.errno = 0
        guard let record = readdir(stream) else {
            if Glibc.errno == 0 { return }
            throw SystemCallError(call: "readdir", errno: LayerModel.Errno(rawValue: Glibc.errno))
        }
        let type = record.pointee.d_type
        let goesOn = withUnsafeBytes(of: &record.pointee.d_name) { bytes in
            let name = bytes.prefix { $0 != 0 }
            let isSelf = name.count == 1 && name[0] == UInt8(ascii: ".")
            let isParent = name.count == 2 && name[0] == UInt8(ascii: ".") && name[1] == UInt8(ascii: ".")
            return isSelf || isParent || body(name, type)
        }
        if !goesOn { return }
    }
}

/// Hands over the bytes of a name or a path, with a NUL at their end, whether they are UTF-8 or not.
///
/// - Parameter text: As a `ByteString` spells it.
@inlinable @inline(__always)
public func withBytes<Result>(of text: String, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    // A short string that is passed as it is would be copied to the heap.
    let name = ByteString(text)
    return name.isSpelled ? body(name.cString) : text.withCString(body)
}
