internal import CLinux
internal import Glibc
internal import LayerModel

/// The names of a file's extended attributes; a last symbolic link is not followed. See llistxattr(2).
///
/// - Returns: As a `ByteString` spells them; none where the filesystem has no extended attributes.
/// - Throws: `SystemCallError`
public func extendedAttributeNames(of path: String) throws(SystemCallError) -> [String] {
    var buffer = [CChar](repeating: 0, count: 512)
    while true {
        do {
            let count = try call("llistxattr", path) {
                withBytes(of: path) { llistxattr($0, &buffer, buffer.count) }
            }
            let bytes = buffer[..<count].map(UInt8.init(bitPattern:))
            return bytes.split(separator: 0).map { ByteString(bytes: $0).text }
        } catch  where error.errno == .ERANGE {
            // The names grow between the calls, so the size is found by trying; 64 KiB is XATTR_LIST_MAX.
            guard buffer.count < 65536 else { throw error }
            buffer = [CChar](repeating: 0, count: buffer.count * 8)
        } catch  where error.errno == .EOPNOTSUPP {
            return []
        }
    }
}

/// Gives a file an extended attribute, or another value for it. See setxattr(2).
///
/// - Throws: `SystemCallError`
public func setExtendedAttribute(_ name: String, _ value: [UInt8], of path: String) throws(SystemCallError) {
    try call("lsetxattr", path) {
        withBytes(of: path) { path in withBytes(of: name) { lsetxattr(path, $0, value, value.count, 0) } }
    }
}

/// Takes an extended attribute from a file; a last symbolic link is not followed. See lremovexattr(2).
///
/// - Throws: `SystemCallError`
public func removeExtendedAttribute(_ name: String, of path: String) throws(SystemCallError) {
    try call("lremovexattr", path) { withBytes(of: path) { path in withBytes(of: name) { lremovexattr(path, $0) } } }
}

/// The value of one extended attribute; a last symbolic link is not followed. See lgetxattr(2).
///
/// - Returns: `nil` when there is no such attribute.
/// - Throws: `SystemCallError`
public func extendedAttribute(_ name: String, of path: String) throws(SystemCallError) -> [UInt8]? {
    // Most values are short (overlayfs's marks fit a path); 64 KiB is XATTR_SIZE_MAX.
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
        do {
            let count = try call("lgetxattr", path) {
                withBytes(of: path) { path in withBytes(of: name) { lgetxattr(path, $0, &buffer, buffer.count) } }
            }
            return Array(buffer[..<count])
        } catch  where error.errno == .ERANGE && buffer.count < 65536 {
            buffer = [UInt8](repeating: 0, count: 65536)
        } catch  where error.errno == .ENODATA || error.errno == .EOPNOTSUPP {
            return nil
        }
    }
}

/// Whether the filesystem that a file lies on has extended attributes of the name's class (`user.`, `trusted.`).
public func takesExtendedAttribute(_ name: String, on path: String) -> Bool {
    var byte: UInt8 = 0
    return withBytes(of: path) { path in withBytes(of: name) { lgetxattr(path, $0, &byte, 1) } } >= 0
        || Glibc.errno != EOPNOTSUPP
}
