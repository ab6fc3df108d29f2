/// A length of time as Go writes it: `1h30m`, `1.5s`, `300ms`. See Go's time.ParseDuration.
public struct GoDuration: Hashable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Why a text is no duration.
    public struct Invalid: Error {
        public var reason: String
    }

    public init(_ text: String) throws(Invalid) {
        var rest = text.utf8[...]
        let isNegative = rest.first == ASCII.dash
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        if rest.elementsEqual([UInt8(ascii: "0")]) {
            nanoseconds = 0
            return
        }
        func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
        guard !rest.isEmpty else { throw Invalid(reason: "time: invalid duration \(quoted(text))") }
        var total: Int64 = 0
        while !rest.isEmpty {
            let whole = rest.prefix(while: isDigit)
            rest = rest.dropFirst(whole.count)
            var fraction = rest.prefix(0)
            if rest.first == UInt8(ascii: ".") {
                rest.removeFirst()
                fraction = rest.prefix(while: isDigit)
                rest = rest.dropFirst(fraction.count)
            }
            guard !whole.isEmpty || !fraction.isEmpty, let number = whole.isEmpty ? 0 : Int64(String(whole) ?? "")
            else { throw Invalid(reason: "time: invalid duration \(quoted(text))") }
            let name = String(rest.prefix { $0 != UInt8(ascii: ".") && !isDigit($0) }) ?? ""
            guard !name.isEmpty else { throw Invalid(reason: "time: missing unit in duration \(quoted(text))") }
            guard let unit = Self.units[name] else {
                throw Invalid(reason: "time: unknown unit \(quoted(name)) in duration \(quoted(text))")
            }
            rest = rest.dropFirst(name.utf8.count)
            let (product, isTooLong) = number.multipliedReportingOverflow(by: unit)
            var part = 0.0
            var scale = 0.1
            for digit in fraction.prefix(18) {
                part += Double(digit - 48) * scale
                scale /= 10
            }
            let (sum, overflow) = product.addingReportingOverflow(Int64(part * Double(unit)))
            let (grown, overflows) = total.addingReportingOverflow(sum)
            if isTooLong || overflow || overflows { throw Invalid(reason: "time: invalid duration \(quoted(text))") }
            total = grown
        }
        nanoseconds = isNegative ? -total : total
    }

    private static let units: [String: Int64] = [
        "ns": 1, "us": 1000, "µs": 1000, "μs": 1000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
        "h": 3_600_000_000_000,
    ]
}

extension GoDuration: CustomStringConvertible {
    /// `1h30m0s`, `1.5s`, `300ms`.
    public var description: String {
        let (sign, value) = (nanoseconds < 0 ? "-" : "", nanoseconds.magnitude)
        func decimal(_ whole: UInt64, _ rest: UInt64, digits: Int) -> String {
            guard rest > 0 else { return "\(whole)" }
            let text = String(rest)
            var fraction = String(repeating: "0", count: digits - text.count) + text
            while fraction.hasSuffix("0") { fraction.removeLast() }
            return "\(whole).\(fraction)"
        }
        switch value {
        case 0: return "0s"
        case ..<1000: return "\(sign)\(value)ns"
        case ..<1_000_000: return sign + decimal(value / 1000, value % 1000, digits: 3) + "µs"
        case ..<1_000_000_000: return sign + decimal(value / 1_000_000, value % 1_000_000, digits: 6) + "ms"
        default:
            let seconds = value / 1_000_000_000
            let last = decimal(seconds % 60, value % 1_000_000_000, digits: 9) + "s"
            let (minutes, hours) = (seconds / 60 % 60, seconds / 3600)
            return sign + (hours > 0 ? "\(hours)h" : "") + (seconds >= 60 ? "\(minutes)m" : "") + last
        }
    }
}
