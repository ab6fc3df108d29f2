internal import Glibc

/// What tells a process from a later one with the same id.
public enum ProcessIdentity {
    /// When the process started, in clock ticks since the boot: field 22 of /proc/PID/stat (proc(5)).
    ///
    /// - Returns: `nil` when there is no such process, or when it is dead and only waits to be reaped.
    public static func startTime(of pid: Int32) -> UInt64? {
        guard let file = try? Descriptor(opening: "/proc/\(pid)/stat", O_RDONLY) else { return nil }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = read(file.number, &buffer, buffer.count)
        // The second field is the program's name in parentheses and may hold anything: the rest follows the last one.
        guard count > 0, let end = buffer[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = buffer[(end + 1)..<count].split(separator: UInt8(ascii: " "))
        guard fields.count > 19, fields[0].first != UInt8(ascii: "Z") else { return nil }
        return UInt64(String(decoding: fields[19], as: UTF8.self))
    }
}
