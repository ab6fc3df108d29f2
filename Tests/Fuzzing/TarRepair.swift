/// Makes the headers of a tar right that libFuzzer has changed: the magic and the checksum (tar(5), "Pre-POSIX Archives").
enum TarRepair {
    static func repair(_ bytes: inout [UInt8]) {
        var place = 0
        while place + 512 <= bytes.count {
            let header = place..<(place + 512)
            place += 512
            // Two empty blocks are the end, and stay so.
            if bytes[header].allSatisfy({ $0 == 0 }) { continue }
            let magic = header.lowerBound + 257
            if bytes[magic] != UInt8(ascii: "u") {
                bytes.replaceSubrange(magic..<(magic + 8), with: "ustar\u{0}00".utf8)
            }
            let size = size(bytes[(header.lowerBound + 124)..<(header.lowerBound + 136)])
            let sum = header.lowerBound + 148
            bytes.replaceSubrange(sum..<(sum + 8), with: "        ".utf8)
            let total = bytes[header].reduce(0) { $0 + Int($1) }
            let digits = String(total, radix: 8)
            let text = String(repeating: "0", count: 6 - digits.count) + digits + "\u{0} "
            bytes.replaceSubrange(sum..<(sum + 8), with: text.utf8)
            // The data of the entry is no header.
            place += min((size + 511) / 512 * 512, bytes.count)
        }
    }

    /// A number in octal; 0 for what is none.
    private static func size(_ field: ArraySlice<UInt8>) -> Int {
        let digits = field.prefix { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
        return Int(String(decoding: digits, as: UTF8.self), radix: 8) ?? 0
    }
}
