/// HEALTHCHECK: whether and how a container is asked if it still works.
public enum Healthcheck: Hashable, Sendable {
    /// Takes the base image's away.
    case none
    case check(CommandLine, HealthcheckTiming)
}

/// `nil` is Docker's default: 30 s, 30 s, 0 s and 3.
public struct HealthcheckTiming: Hashable, Sendable {
    public var interval: GoDuration?
    public var timeout: GoDuration?
    public var startPeriod: GoDuration?
    public var retries: Int?

    public init(
        interval: GoDuration? = nil, timeout: GoDuration? = nil, startPeriod: GoDuration? = nil, retries: Int? = nil
    ) {
        self.interval = interval
        self.timeout = timeout
        self.startPeriod = startPeriod
        self.retries = retries
    }
}

/// A length of time as Go writes it: `1h30m`, `1.5s`, `300ms`. See Go's time.ParseDuration.
public struct GoDuration: Hashable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Why a text is no duration.
    struct Invalid: Error {
        var reason: String
    }

    init(_ text: String) throws(Invalid) {
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
