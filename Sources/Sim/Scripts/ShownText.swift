internal import LayerModel

extension Collection<UInt8> {
    /// As an error shows it: never more than `most` characters, and none that a terminal obeys; those, and bytes that are
    /// no UTF-8, are spelled `\x1B`.
    func shown(most: Int) -> String {
        var shown = ""
        // No character has more than four bytes; where the last one is cut, it is not shown.
        let scalars = ByteString(bytes: Array(prefix(4 * most + 4))).text.unicodeScalars
        for scalar in scalars.prefix(most) {
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x10_FF80...:
                let digits = String(scalar.value & 0xFF, radix: 16, uppercase: true)
                shown += "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown + (scalars.count > most ? "…" : "")
    }
}

extension Path {
    /// As an error shows it: a path may have 4,095 bytes.
    var shown: String { ByteString(description).bytes.shown(most: 120) }
}
