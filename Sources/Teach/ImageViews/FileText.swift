internal import Pictures

/// A file's bytes as text to look at.
enum FileText {
    /// - Parameter size: Of the whole file, where `bytes` are only its beginning.
    static func text(_ bytes: [UInt8], size: Int64) -> String {
        if bytes.isEmpty { return "(empty)" }
        // The last character may be cut; no text has a NUL.
        let isText =
            !bytes.contains(0) && (0..<4).contains { String(validating: bytes.dropLast($0), as: UTF8.self) != nil }
        var text: String
        if isText {
            text = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
                .map { String($0).replacing("\t", with: "    ").printable }.joined(separator: "\n")
        } else {
            text = dump(bytes)
        }
        if Int64(bytes.count) < size { text += "\n… \(ByteCount(size - Int64(bytes.count)).exact) more" }
        return text
    }

    /// As `hexdump -C` has it.
    private static func dump(_ bytes: [UInt8]) -> String {
        func hex(_ number: Int, _ digits: Int) -> String {
            let text = String(number, radix: 16)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        return stride(from: 0, to: bytes.count, by: 16).map { start in
            let row = bytes[start..<min(start + 16, bytes.count)]
            let numbers = row.map { hex(Int($0), 2) }.joined(separator: " ").padding(to: 47)
            let characters = row.map { (0x20..<0x7F).contains($0) ? String(UnicodeScalar($0)) : "." }.joined()
            return "\(hex(start, 8))  \(numbers)  |\(characters)|"
        }.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
