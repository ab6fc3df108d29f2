import Engine
import OCI

/// How Docker's tables word times, sizes and states, for who compares.
enum DockerWords {
    /// A span of time as Docker's `units.HumanDuration` words it.
    static func duration(seconds: Int64) -> String {
        let minutes = seconds / 60
        let hours = (seconds + 1800) / 3600
        switch seconds {
        case ..<1: return "Less than a second"
        case 1: return "1 second"
        case ..<60: return "\(seconds) seconds"
        default: break
        }
        if minutes == 1 { return "About a minute" }
        if minutes < 60 { return "\(minutes) minutes" }
        if hours == 1 { return "About an hour" }
        if hours < 48 { return "\(hours) hours" }
        if hours < 24 * 7 * 2 { return "\(hours / 24) days" }
        if hours < 24 * 30 * 2 { return "\(hours / 24 / 7) weeks" }
        if hours < 24 * 365 * 2 { return "\(hours / 24 / 30) months" }
        return "\(hours / 24 / 365) years"
    }

    static func ago(_ time: Timestamp, now: Timestamp) -> String {
        duration(seconds: max(now.seconds - time.seconds, 0)) + " ago"
    }

    /// A size with `digits` significant digits in decimal units: `1.24MB`, as Docker's `units.HumanSizeWithPrecision`.
    static func size(_ bytes: Int64, digits: Int = 3) -> String {
        var value = Double(bytes)
        var unit = 0
        let units = ["B", "kB", "MB", "GB", "TB", "PB"]
        while value >= 1000, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return number(value, digits: digits) + units[unit]
    }

    /// How far something has come, as Docker's client draws it on a wide terminal: fifty places, and the sizes.
    static func progress(_ bytes: Int64, of total: Int64?) -> String {
        func padded(_ text: String) -> String { String(repeating: " ", count: max(8 - text.count, 0)) + text }
        let now = padded(size(bytes, digits: 4))
        guard let total, total > 0, bytes <= total else { return now }
        let places = Int(Double(bytes) / Double(total) * 100) / 2
        let bar = String(repeating: "=", count: places) + ">" + String(repeating: " ", count: 50 - places)
        return "[\(bar)] \(now)/\(size(total, digits: 4))"
    }

    /// A number with `digits` significant digits, without zeros at its end: Go's `%.4g` for what is small.
    private static func number(_ value: Double, digits: Int) -> String {
        let whole = String(Int(value)).count
        let places = max(digits - whole, 0)
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        let rounded = (value * scale).rounded()
        let fraction = Int(rounded) % Int(scale)
        let text = String(Int(rounded) / Int(scale))
        guard fraction > 0 else { return text }
        let padded = String(repeating: "0", count: places - String(fraction).count) + String(fraction)
        return text + "." + String(padded.reversed().drop { $0 == "0" }.reversed())
    }

    /// A size in powers of 1024 with four significant digits: `15.61GiB`, as Docker's `units.BytesSize`.
    static func binarySize(_ bytes: Int64) -> String {
        var value = Double(bytes)
        var unit = 0
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return number(value, digits: 4) + units[unit]
    }

    /// A time as Go prints it, in UTC: `2026-01-01 00:00:00 +0000 UTC`.
    static func time(_ time: Timestamp) -> String {
        let text = "\(Timestamp(seconds: time.seconds))"
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) +0000 UTC"
    }

    /// Go's zero time, for what has not been.
    static let noTime = "0001-01-01T00:00:00Z"

    /// The STATUS column of `docker ps`.
    static func status(_ container: ContainerRecord, now: Timestamp) -> String {
        switch container.state {
        case .created: "Created"
        case .running(_, _, let since): "Up \(duration(seconds: max(now.seconds - since.seconds, 0)))"
        case .exited(let status, let time): "Exited (\(status)) \(ago(time, now: now))"
        }
    }

    /// The COMMAND column: quoted, and cut to `width` characters with … where it is longer.
    static func command(_ words: [String], width: Int?) -> String {
        let text = words.map { $0.contains(" ") ? "'\($0)'" : $0 }.joined(separator: " ")
        return "\"" + cut(text, to: width) + "\""
    }

    static func cut(_ text: String, to width: Int?) -> String {
        guard let width, text.count > width else { return text }
        return text.prefix(width - 1) + "…"
    }

    /// Columns as Docker's client lays them out: at least ten wide, three spaces apart.
    static func table(_ rows: [[String]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            max(rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0, 7) + 3
        }
        return rows.map { row in
            row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }.joined() + "\n"
        }.joined()
    }
}
