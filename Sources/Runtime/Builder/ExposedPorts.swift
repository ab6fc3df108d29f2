/// The ports of EXPOSE. See Docker's reference.
enum ExposedPorts {
    /// `80`, `80/udp`, `8000-8010/tcp`.
    ///
    /// - Returns: `80/tcp`, one a port.
    /// - Throws: `BuildError` in Docker's words.
    static func of(_ word: String) throws(BuildError) -> [String] {
        let parts = word.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let kind = parts.count > 1 && !parts[1].isEmpty ? parts[1].lowercased() : "tcp"
        guard ["tcp", "udp", "sctp"].contains(kind) else { throw BuildError("Invalid proto: \(kind)") }
        // A port of the host before a colon has had no meaning for long.
        let ports = parts[0].split(separator: ":", omittingEmptySubsequences: false).last ?? ""
        guard !ports.isEmpty else { throw BuildError("No port specified: \(word)<empty>") }
        let ends = ports.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { UInt16($0) }
        guard let first = ends[0], let last = ends.count > 1 ? ends[1] : first, first <= last else {
            throw BuildError("Invalid containerPort: \(ports)")
        }
        return (first...last).map { "\($0)/\(kind)" }
    }
}

/// The signals of STOPSIGNAL. See signal(7).
enum StopSignal {
    static func isKnown(_ text: String) -> Bool {
        if let number = Int32(text) { return number != 0 }
        var name = text.uppercased()
        if name.hasPrefix("SIG") { name.removeFirst(3) }
        if names.contains(name) { return true }
        for (prefix, limit) in [("RTMIN+", 15), ("RTMAX-", 14)] where name.hasPrefix(prefix) {
            return Int(name.dropFirst(prefix.count)).map { (1...limit).contains($0) } ?? false
        }
        return false
    }

    private static let names: Set<String> = [
        "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL",
        "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1",
        "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX",
    ]
}
