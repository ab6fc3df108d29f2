/// A key as a terminal tells it.
public enum Key: Hashable, Sendable {
    case up, down, left, right, pageUp, pageDown, home, end, enter, tab, escape, backspace
    case character(Character)
    /// Ctrl-C, where the terminal makes no signal of it.
    case interrupt

    /// Reads the keys that `bytes` begin with, as far as they are whole: UTF-8, and the sequences of ECMA-48 that xterm
    /// and those after it send. What is unknown is left out.
    public static func keys(in bytes: [UInt8]) -> [Key] {
        var keys: [Key] = []
        var rest = bytes[...]
        while let first = rest.first {
            if first == 0x1B {
                let (key, length) = sequence(rest)
                if let key { keys.append(key) }
                rest = rest.dropFirst(length)
                continue
            }
            rest = rest.dropFirst()
            switch first {
            case 0x03: keys.append(.interrupt)
            case 0x09: keys.append(.tab)
            case 0x0A, 0x0D: keys.append(.enter)
            case 0x08, 0x7F: keys.append(.backspace)
            case 0..<0x20: break
            case 0..<0x80: keys.append(.character(Character(Unicode.Scalar(first))))
            default:
                let more = rest.prefix { $0 & 0xC0 == 0x80 }
                rest = rest.dropFirst(more.count)
                if let text = String(validating: [first] + more, as: UTF8.self), let character = text.first {
                    keys.append(.character(character))
                }
            }
        }
        return keys
    }

    /// The key of an escape sequence, and how many bytes it takes.
    private static func sequence(_ bytes: ArraySlice<UInt8>) -> (Key?, Int) {
        let body = bytes.dropFirst()
        guard let introducer = body.first, introducer == UInt8(ascii: "[") || introducer == UInt8(ascii: "O") else {
            return (.escape, 1)
        }
        let parameters = body.dropFirst().prefix { (0x20..<0x40).contains($0) }
        guard let final = body.dropFirst(1 + parameters.count).first else { return (nil, bytes.count) }
        let length = 3 + parameters.count
        switch final {
        case UInt8(ascii: "A"): return (.up, length)
        case UInt8(ascii: "B"): return (.down, length)
        case UInt8(ascii: "C"): return (.right, length)
        case UInt8(ascii: "D"): return (.left, length)
        case UInt8(ascii: "H"): return (.home, length)
        case UInt8(ascii: "F"): return (.end, length)
        case UInt8(ascii: "~"):
            let keys: [UInt8: Key] = [
                UInt8(ascii: "1"): .home, UInt8(ascii: "4"): .end, UInt8(ascii: "5"): .pageUp,
                UInt8(ascii: "6"): .pageDown,
            ]
            return (parameters.count == 1 ? parameters.first.flatMap { keys[$0] } : nil, length)
        default: return (nil, length)
        }
    }
}
