import Pictures

extension Character {
    /// How many columns a terminal gives to this character: 0, 1 or 2, as wcwidth(3) in a UTF-8 locale does, but
    /// the same on every machine. Wide are the East Asian blocks of Unicode's annex 11 and pictographs.
    public var displayWidth: Int {
        var width = 0
        for scalar in unicodeScalars {
            // A variation selector asks for the coloured picture, which is wide.
            if scalar.value == 0xFE0F { return 2 }
            width = max(width, scalar.displayWidth)
        }
        return width
    }
}

extension StringProtocol {
    /// The columns that a terminal needs for this text, which holds no escape sequences.
    public var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }
}

extension String {
    /// The text at `width` columns at most, its middle left out with `…` where it is longer.
    public func shortened(to width: Int) -> String {
        guard width > 0 else { return "" }
        return shortenedInMiddle { $0.displayWidth <= width }
    }

    /// The text followed, preceded or surrounded by spaces, so that it takes `width` columns.
    public func padded(to width: Int, _ alignment: TextAlignment = .left) -> String {
        let room = max(0, width - displayWidth)
        let before =
            switch alignment {
            case .left: 0
            case .right: room
            case .center: room / 2
            }
        return String(repeating: " ", count: before) + self + String(repeating: " ", count: room - before)
    }
}

/// Where text stands in a column.
public enum TextAlignment: Hashable, Sendable {
    case left, right, center
}

extension Unicode.Scalar {
    fileprivate var displayWidth: Int {
        switch value {
        case 0..<0x20, 0x7F..<0xA0: return 0
        case 0x20..<0x300: return 1
        default: break
        }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        return switch value {
        case 0x1160...0x11FF: 0  // the vowels and finals of a Hangul syllable lie in its square
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
            0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            2
        default: 1
        }
    }
}
