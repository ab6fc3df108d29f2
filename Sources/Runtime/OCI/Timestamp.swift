/// A point in time as RFC 3339 writes it, to the nanosecond: `2026-01-01T00:00:00.000000001Z`.
///
/// It is read into numbers so that times compare whatever their offset, and it is always written in UTC.
public struct Timestamp: Hashable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z.
    public var seconds: Int64
    /// 0 to 999,999,999.
    public var nanoseconds: UInt32

    public init(seconds: Int64, nanoseconds: UInt32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Reads RFC 3339's date-time.
    ///
    /// - Throws: `FormatError` when the text is not one.
    public init(_ text: String) throws(FormatError) {
        guard let value = Self.parse(Array(text.utf8)) else {
            throw FormatError("invalid time \"\(text)\": it must look like 2026-01-01T00:00:00Z")
        }
        self = value
    }

    private static func parse(_ text: [UInt8]) -> Timestamp? {
        func number(_ start: Int, _ count: Int, upTo limit: Int64) -> Int64? {
            guard start + count <= text.count else { return nil }
            var value: Int64 = 0
            for byte in text[start..<start + count] {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 48)
            }
            return value <= limit ? value : nil
        }
        func has(_ index: Int, _ characters: String) -> Bool {
            index < text.count && characters.utf8.contains(text[index])
        }
        guard let year = number(0, 4, upTo: 9999), has(4, "-"), let month = number(5, 2, upTo: 12), month > 0,
            has(7, "-"), let day = number(8, 2, upTo: 31), day > 0, has(10, "Tt "),
            let hour = number(11, 2, upTo: 23), has(13, ":"), let minute = number(14, 2, upTo: 59), has(16, ":"),
            let second = number(17, 2, upTo: 60)
        else { return nil }
        var index = 19
        var fraction: UInt32 = 0
        if has(index, ".") {
            index += 1
            let start = index
            var scale: UInt32 = 100_000_000
            while index < text.count, (48...57).contains(text[index]) {
                fraction += UInt32(text[index] - 48) * scale
                scale /= 10
                index += 1
            }
            guard index > start else { return nil }
        }
        var offset: Int64 = 0
        if has(index, "Zz") {
            index += 1
        } else {
            guard has(index, "+-"), let hours = number(index + 1, 2, upTo: 23), has(index + 3, ":"),
                let minutes = number(index + 4, 2, upTo: 59)
            else { return nil }
            offset = (has(index, "-") ? -1 : 1) * (hours * 3600 + minutes * 60)
            index += 6
        }
        guard index == text.count else { return nil }
        let time = hour * 3600 + minute * 60 + second - offset
        return Timestamp(seconds: days(year, month, day) * 86_400 + time, nanoseconds: fraction)
    }

    /// Days from 1970-01-01 in the Gregorian calendar, counted in years that begin in March so that the leap day is last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return shifted * 365 + floorDivide(shifted, 4) - floorDivide(shifted, 100) + floorDivide(shifted, 400)
            + dayOfYear - 719_468
    }

    private static func floorDivide(_ left: Int64, _ right: Int64) -> Int64 {
        left >= 0 ? left / right : (left - right + 1) / right
    }
}

extension Timestamp: Comparable {
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}

extension Timestamp: CustomStringConvertible {
    public var description: String {
        let day = Self.floorDivide(seconds, 86_400)
        let time = seconds - day * 86_400
        // The estimate is at most one year off; the loop settles it.
        var year = 1970 + Self.floorDivide(day * 400, 146_097)
        while Self.days(year, 1, 1) > day { year -= 1 }
        while Self.days(year + 1, 1, 1) <= day { year += 1 }
        let month = (1...12).last { Self.days(year, $0, 1) <= day } ?? 1
        func pad(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = "\(pad(year, 4))-\(pad(month, 2))-\(pad(day - Self.days(year, month, 1) + 1, 2))"
        let clock = "\(pad(time / 3600, 2)):\(pad(time / 60 % 60, 2)):\(pad(time % 60, 2))"
        guard nanoseconds > 0 else { return "\(date)T\(clock)Z" }
        var fraction = pad(Int64(nanoseconds), 9)
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(date)T\(clock).\(fraction)Z"
    }
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try String(from: decoder)
        do { try self.init(text) } catch { throw error.located(decoder) }
    }

    public func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }
}
