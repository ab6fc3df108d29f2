import LayerModel

/// Words put one after another, with blanks between.
///
/// A word is bare where nothing needs a quote, else between double quotes, so that a POSIX shell reads it alike.
func join(_ words: [[UInt8]]) -> [UInt8] { Array(words.joined(separator: [UInt8(ascii: " ")])) }

func join(_ verb: String, _ words: [UInt8]...) -> [UInt8] { join([Array(verb.utf8)] + words) }

extension [UInt8] {
    /// Between double quotes.
    var quoted: [UInt8] {
        var word: [UInt8] = [UInt8(ascii: "\"")]
        for byte in self {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$"), UInt8(ascii: "`"):
                word.append(UInt8(ascii: "\\"))
            default: break
            }
            word.append(byte)
        }
        word.append(UInt8(ascii: "\""))
        return word
    }

    /// Whether a file's contents would be read as a size or lose their beginning.
    var needsPrefix: Bool { starts(with: "size=".utf8) || starts(with: "data=".utf8) }

    /// How many lines of text it takes.
    var lineCount: Int { reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) } }
}

extension String {
    var word: [UInt8] { ByteString(self).word }
}

extension ByteString {
    var word: [UInt8] {
        let bytes = self.bytes
        let isBare =
            !bytes.isEmpty
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "="),
                    UInt8(ascii: "@"), UInt8(ascii: "%"), 0x80...:
                    true
                default: false
                }
            }
        return isBare ? bytes : bytes.quoted
    }
}

extension Path {
    var word: [UInt8] { description.word }
}

extension UInt16 {
    /// A mode.
    var word: [UInt8] { Array(octal.utf8) }
}

extension FixedWidthInteger {
    var word: [UInt8] { Array(String(self).utf8) }
}

extension UInt32? {
    /// A user or group id of chown(2).
    var word: [UInt8] { map(\.word) ?? Array("-1".utf8) }
}

extension DeviceNumber? {
    var words: [[UInt8]] { map { [$0.major.word, $0.minor.word] } ?? [] }
}

extension NodeKind {
    /// The letter of mknod(1), and `f` and `s` for what only mknod(2) makes.
    var letter: [UInt8] {
        switch self {
        case .characterDevice, .whiteout: [UInt8(ascii: "c")]
        case .blockDevice: [UInt8(ascii: "b")]
        case .fifo: [UInt8(ascii: "p")]
        case .socket: [UInt8(ascii: "s")]
        case .file, .directory, .symlink: [UInt8(ascii: "f")]
        }
    }
}

extension XattrFlags {
    var words: [[UInt8]] {
        let names = Self.words.filter { contains($0.value) }.map(\.key)
        return names.isEmpty ? [] : [Array(names.joined(separator: "|").utf8)]
    }
}

extension FileTime {
    /// Seconds with as many digits behind the point as are needed; `now`; `omit`.
    var word: [UInt8] {
        switch self {
        case .now: return Array("now".utf8)
        case .omit: return Array("omit".utf8)
        case .given(let seconds, 0): return seconds.word
        case .given(let seconds, let nanoseconds):
            let isBefore = seconds < 0
            let fraction = String(isBefore ? 1_000_000_000 - nanoseconds : nanoseconds)
            let whole = isBefore ? "-\((seconds + 1).magnitude)" : "\(seconds)"
            return Array("\(whole).\(String(repeating: "0", count: 9 - fraction.count))\(fraction)".utf8)
        }
    }
}
