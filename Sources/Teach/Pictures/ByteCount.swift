/// A number of bytes as people read it. Two kinds of units are told, and their names never mix them up:
///
/// - what the kernel and the simulator do, in powers of 1024 with the names of IEC 80000-13 (`4 KiB`), as scripts have sizes
///   and as `ls -lh` shows them in a container;
/// - what images and layers hold, in powers of 1000 (`4.1 KB`), as Docker's own tables do.
public struct ByteCount: Hashable, Sendable, CustomStringConvertible {
    public var bytes: Int64
    public init(_ bytes: Int64) { self.bytes = bytes }

    /// One digit behind the point at most, and none from 100 on: `12 B`, `1.4 KiB`, `188 MiB`. The exact number belongs
    /// beside it where there is room.
    public var description: String { told(in: ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"], of: 1024) }

    /// The same in decimal units: `12 B`, `1.4 KB`, `188 MB`.
    public var decimal: String { told(in: ["KB", "MB", "GB", "TB", "PB", "EB"], of: 1000) }

    private func told(in units: [String], of base: UInt64) -> String {
        let magnitude = bytes.magnitude
        guard magnitude >= base else { return "\(bytes) B" }
        var unit = 0
        var divisor = base
        // 999,950 B would round to "1000.0 KB": the next unit begins where the rounding does.
        while unit < units.count - 1, magnitude >= divisor * base - divisor / 20 {
            divisor *= base
            unit += 1
        }
        let tenths = (magnitude / divisor) * 10 + (magnitude % divisor * 10 + divisor / 2) / divisor
        let number = tenths >= 1000 || tenths % 10 == 0 ? "\((tenths + 5) / 10)" : "\(tenths / 10).\(tenths % 10)"
        return "\(bytes < 0 ? "-" : "")\(number) \(units[unit])"
    }

    /// The number with its thousands apart, for where no digit may be lost: `1,434 bytes`.
    public var exact: String {
        var digits = ""
        for (offset, digit) in String(bytes.magnitude).reversed().enumerated() {
            if offset > 0, offset % 3 == 0 { digits.append(",") }
            digits.append(digit)
        }
        return "\(bytes < 0 ? "-" : "")\(String(digits.reversed())) byte\(bytes == 1 ? "" : "s")"
    }
}
