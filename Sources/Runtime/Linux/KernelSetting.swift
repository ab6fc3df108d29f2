internal import Glibc
internal import LayerModel

/// A number under /proc/sys, such as that of `fs/protected_hardlinks`. See proc(5).
///
/// - Returns: `nil` when the kernel has no such setting, or one that is not a number.
public func kernelSetting(_ name: String) -> Int? {
    guard let file = try? Descriptor(opening: "/proc/sys/\(name)", O_RDONLY) else { return nil }
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = read(file.number, &buffer, buffer.count)
    return Int(String(decoding: buffer.prefix(max(count, 0)).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
}
