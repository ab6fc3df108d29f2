/// The names and ids that containers get.
enum ContainerName {
    /// A name for a container that its user did not name: an adjective and something from the docks.
    static func random() -> String { "\(adjectives.randomElement()!)_\(nouns.randomElement()!)" }

    /// 256 random bits in hexadecimal, as Docker's ids.
    static func randomID() -> String {
        (0..<4).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Docker's rule: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`.
    ///
    /// - Throws: `EngineError`
    static func validate(_ name: String) throws(EngineError) {
        func isPlain(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        let bytes = Array(name.utf8)
        let rest = bytes.dropFirst()
        guard let first = bytes.first, isPlain(first), !rest.isEmpty,
            rest.allSatisfy({ isPlain($0) || "_.-".utf8.contains($0) })
        else {
            throw EngineError(
                "Invalid container name (\(name)), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
        }
    }

    private static let adjectives = [
        "amber", "brisk", "calm", "deft", "eager", "frank", "gentle", "hardy", "keen", "lively", "mellow", "nimble",
        "patient", "quiet", "ready", "steady", "tidy", "upright", "vivid", "witty",
    ]
    private static let nouns = [
        "anchor", "barge", "beacon", "buoy", "capstan", "crane", "cutter", "ferry", "hawser", "jetty", "keel",
        "lantern",
        "lighter", "mooring", "pier", "rudder", "sextant", "sloop", "tiller", "windlass",
    ]
}
