import Dockerfiles
import Glibc
import OCI

/// A point in time as `--filter until=` takes it: a time, a number of seconds since 1970, or how long ago it was.
/// See Docker's "docker image prune", "Filtering".
enum FilterTime {
    /// - Throws: `DockerFailure` for a word that is none of them.
    static func parse(_ word: String, now: Timestamp) throws -> Timestamp {
        if let ago = try? GoDuration(word) {
            let (seconds, rest) = ago.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
            var time = Timestamp(seconds: now.seconds - seconds)
            let nanoseconds = Int64(now.nanoseconds) - rest
            time.seconds += nanoseconds < 0 ? -1 : nanoseconds / 1_000_000_000
            time.nanoseconds = UInt32((nanoseconds + 1_000_000_000) % 1_000_000_000)
            return time
        }
        if let seconds = Double(word), word.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 }), seconds < 1e11 {
            return Timestamp(seconds: Int64(seconds), nanoseconds: UInt32((seconds - seconds.rounded(.down)) * 1e9))
        }
        guard let time = date(word) else {
            throw DockerFailure.daemon("failed to parse value as time or duration: \"\(word)\"")
        }
        return time
    }

    /// `2026-01-31`, `2026-01-31T12`, `2026-01-31T12:30`, `2026-01-31T12:30:00.5`, each with an offset or in local time.
    private static func date(_ word: String) -> Timestamp? {
        let (whole, offset) =
            if let match = word.wholeMatch(of: /(.+?)(Z|[+-]\d\d:\d\d)/) {
                (String(match.1), String(match.2))
            } else { (word, "") }
        let parts = whole.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let clock =
            parts.count < 2 ? "00:00:00" : parts[1] + [":00:00", ":00", ""][min(parts[1].count { $0 == ":" }, 2)]
        let text = "\(parts[0])T\(clock)"
        if !offset.isEmpty { return try? Timestamp(text + offset) }
        guard var time = try? Timestamp(text + "Z") else { return nil }
        var broken = tm()
        var seconds = time_t(time.seconds)
        localtime_r(&seconds, &broken)
        time.seconds -= Int64(broken.tm_gmtoff)
        return time
    }
}
