internal import CLinux
internal import Glibc
internal import LayerModel

/// The names of an open file's extended attributes; none where the filesystem has no such thing. See flistxattr(2).
///
/// - Throws: `SystemCallError`
public func openAttributeNames(of file: borrowing Descriptor) throws(SystemCallError) -> [String] {
    let number = file.number
    var buffer = [CChar](repeating: 0, count: 65536)  // XATTR_LIST_MAX
    do {
        let count = try call("flistxattr") { flistxattr(number, &buffer, buffer.count) }
        return buffer[..<count].map(UInt8.init(bitPattern:)).split(separator: 0).map { ByteString(bytes: $0).text }
    } catch  where error.errno == .EOPNOTSUPP {
        return []
    }
}

/// The value of an open file's extended attribute; `nil` where it has none of that name. See fgetxattr(2).
///
/// - Throws: `SystemCallError`
public func openAttribute(_ name: String, of file: borrowing Descriptor) throws(SystemCallError) -> [UInt8]? {
    let number = file.number
    var buffer = [UInt8](repeating: 0, count: 65536)  // XATTR_SIZE_MAX
    do {
        let count = try call("fgetxattr", name) { withBytes(of: name) { fgetxattr(number, $0, &buffer, buffer.count) } }
        return Array(buffer[..<count])
    } catch  where error.errno == .ENODATA || error.errno == .EOPNOTSUPP {
        return nil
    }
}

/// Gives an open file an extended attribute. See fsetxattr(2).
///
/// - Throws: `SystemCallError`
public func setOpenAttribute(
    _ name: String, _ value: [UInt8], of file: borrowing Descriptor, _ seen: WitnessedName? = nil
) throws(SystemCallError) {
    let number = file.number
    try call(
        .fsetxattr, name, ["fd \(number)"], of: seen, as: { .setxattr(Operand($0, .descriptor), name: name, []) }
    ) { withBytes(of: name) { fsetxattr(number, $0, value, value.count, 0) } }
}
