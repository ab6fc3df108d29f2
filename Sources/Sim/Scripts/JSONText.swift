public import LayerModel

/// Writes JSON (RFC 8259) into text, in one line; the order is the writer's.
public struct JSONText: Sendable {
    public private(set) var text = ""
    /// Whether the next member or element needs a comma before it.
    private var follows = false

    public init() {}

    public mutating func object(_ members: (inout JSONText) throws -> Void) rethrows {
        try enclose("{", "}", members)
    }

    public mutating func array<Element>(
        _ elements: some Sequence<Element>, _ write: (inout JSONText, Element) throws -> Void
    ) rethrows {
        try enclose("[", "]") { json in
            for element in elements {
                json.separate()
                try write(&json, element)
            }
        }
    }

    /// A member's name; its value has to follow.
    public mutating func key(_ name: String) { key(ByteString(name)) }

    /// A member's name, which is written as a value of bytes is.
    public mutating func key(_ name: ByteString) {
        separate()
        write(quoted: name)
        text += ":"
        follows = false
    }

    public mutating func value(_ string: String?) {
        if let string { write(quoted: string) } else { text += "null" }
        follows = true
    }

    /// A name or a target: UTF-8 if it is valid as a whole, else each byte as `\u00XX`.
    public mutating func value(_ string: ByteString?) {
        if let string { write(quoted: string) } else { text += "null" }
        follows = true
    }

    /// A path, the same way.
    public mutating func value(_ path: Path) { value(ByteString(path.description)) }

    public mutating func value(_ number: (some BinaryInteger)?) {
        text += number.map { String($0) } ?? "null"
        follows = true
    }

    public mutating func value(_ flag: Bool?) {
        text += flag.map { $0 ? "true" : "false" } ?? "null"
        follows = true
    }

    /// Bytes as text: UTF-8 if it is valid as a whole, else each byte as `\u00XX`.
    public mutating func value(bytes: [UInt8]?) {
        follows = true
        guard let bytes else {
            text += "null"
            return
        }
        if let string = String(validating: bytes, as: UTF8.self) {
            write(quoted: string)
        } else {
            write(escaped: bytes)
        }
    }

    // MARK: - Parts

    private mutating func enclose(
        _ opening: String, _ closing: String, _ body: (inout JSONText) throws -> Void
    ) rethrows {
        text += opening
        follows = false
        try body(&self)
        text += closing
        follows = true
    }

    private mutating func separate() {
        if follows { text += "," }
        follows = false
    }

    private mutating func write(quoted string: ByteString) {
        if string.isSpelled { write(escaped: string.bytes) } else { write(quoted: string.text) }
    }

    private mutating func write(escaped bytes: [UInt8]) {
        text += "\""
        for byte in bytes { escape(UInt32(byte)) }
        text += "\""
    }

    private mutating func write(quoted string: String) {
        text += "\""
        if string.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }) {
            text += string
        } else {
            for scalar in string.unicodeScalars {
                switch scalar {
                case "\"": text += "\\\""
                case "\\": text += "\\\\"
                case "\n": text += "\\n"
                case "\t": text += "\\t"
                case "\r": text += "\\r"
                case _ where scalar.value < 0x20: escape(scalar.value)
                default: text.unicodeScalars.append(scalar)
                }
            }
        }
        text += "\""
    }

    private mutating func escape(_ value: UInt32) {
        let digits = String(value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
