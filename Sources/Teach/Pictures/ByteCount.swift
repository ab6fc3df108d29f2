/// A number of bytes as people read it: decimal units as Docker's own tables have them (1 KB = 1000 B).
public struct ByteCount: Hashable, Sendable, CustomStringConvertible {
    public var bytes: Int64
    public init(_ bytes: Int64) { self.bytes = bytes }

    /// Three significant digits at most: `12 B`, `1.4 KB`, `188 MB`. The exact number belongs beside it where
    /// there is room.
    public var description: String {
        let magnitude = bytes.magnitude
        guard magnitude >= 1000 else { return "\(bytes) B" }
        var unit = 0
        var divisor: UInt64 = 1000
        // 999,950 B would round to "1000.0 KB": the next unit begins where the rounding does.
        while unit < Self.units.count - 1, magnitude >= divisor * 1000 - divisor / 20 {
            divisor *= 1000
            unit += 1
        }
        let tenths = (magnitude / divisor) * 10 + (magnitude % divisor * 10 + divisor / 2) / divisor
        let number = tenths >= 1000 || tenths % 10 == 0 ? "\((tenths + 5) / 10)" : "\(tenths / 10).\(tenths % 10)"
        return "\(bytes < 0 ? "-" : "")\(number) \(Self.units[unit])"
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

    private static let units = ["KB", "MB", "GB", "TB", "PB", "EB"]
}
