import Pictures

/// A face of the pictures' font, with the widths by which labels are cut to their boxes before Graphviz sees them
/// (a box of fixed size does not clip).
enum Typeface {
    case regular, bold, mono, monoBold

    /// For Graphviz: the font and what may stand in for it. Verdana has the same proportions.
    var family: String {
        switch self {
        case .regular, .bold: "DejaVu Sans,Verdana,sans-serif"
        case .mono, .monoBold: "DejaVu Sans Mono,Menlo,Consolas,monospace"
        }
    }

    /// The width of `text` in points at `size` points.
    func width(_ text: String, size: Double) -> Double {
        var sum = 0
        for scalar in text.unicodeScalars { sum += advance(scalar.value) }
        return Double(sum) * size / 1000
    }

    /// `text`, shortened in its middle to `width` points.
    func fitting(_ text: String, _ width: Double, size: Double) -> String {
        text.printable.shortenedInMiddle { self.width($0, size: size) <= width }
    }

    /// `text` in up to `count` lines of `width` points, broken at spaces; where there is more, the last one says so with `…`.
    func lines(_ text: String, _ width: Double, size: Double, atMost count: Int) -> [String] {
        func fits(_ line: String) -> Bool { self.width(line, size: size) <= width }
        var rest = text.printable.split(separator: " ", omittingEmptySubsequences: false)[...]
        var lines: [String] = []
        while !rest.isEmpty, lines.count < count - 1 {
            var line = String(rest.removeFirst())
            while let next = rest.first, case let longer = "\(line) \(next)", fits(longer) {
                line = longer
                rest.removeFirst()
            }
            lines.append(line.shortenedAtEnd(where: fits))
        }
        if !rest.isEmpty { lines.append(rest.joined(separator: " ").shortenedAtWord(where: fits)) }
        return lines
    }

    /// A code point's advance in thousandths of the font size.
    private func advance(_ scalar: UInt32) -> Int {
        guard (0x20..<0x7F).contains(scalar) else { return advanceBeyondASCII(scalar) }
        return switch self {
        case .mono, .monoBold: 602
        case .regular: Self.regularAdvances[Int(scalar - 0x20)]
        case .bold: Self.boldAdvances[Int(scalar - 0x20)]
        }
    }

    private func advanceBeyondASCII(_ scalar: UInt32) -> Int {
        // What is set over the letter before it.
        if (0x300..<0x370).contains(scalar) || (0xFE00..<0xFE10).contains(scalar) || scalar == 0x200D { return 0 }
        if self == .mono || self == .monoBold { return scalar < 0x2E80 ? 602 : 1000 }
        if let sign = Self.signAdvances[scalar] { return self == .bold ? sign.bold : sign.regular }
        // Nearly the widest letter, or a full square for East Asian text.
        return scalar < 0x2000 ? 750 : 1000
    }

    /// The advances of the signs that our pictures use, from the same tables.
    private static let signAdvances: [UInt32: (regular: Int, bold: Int)] = [
        0xB7: (318, 380), 0xD7: (838, 838), 0x2014: (1000, 1000), 0x2026: (1000, 1000), 0x2192: (838, 838),
        0x21AA: (838, 838), 0x2212: (838, 838), 0x2260: (838, 838), 0x2298: (838, 838), 0x2504: (602, 602),
        0x25A1: (945, 945), 0x25B2: (769, 769), 0x25CE: (873, 873), 0x25CF: (873, 873), 0x26A0: (896, 896),
        0x2713: (838, 838), 0x2715: (838, 838),
    ]

    // The advances of U+0020 to U+007E in DejaVu Sans and DejaVu Sans Bold, from their `hmtx` tables.
    private static let regularAdvances: [Int] = [
        318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636,
        636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656,
        557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613,
        635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818,
        592, 592, 525, 636, 337, 636, 838,
    ]
    private static let boldAdvances: [Int] = [
        348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696, 696, 696, 696,
        696, 696, 696, 696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830, 683, 683, 821, 837, 372, 372, 775,
        637, 995, 837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771, 724, 725, 457, 365, 457, 838, 500, 500, 675,
        716, 593, 716, 678, 435, 716, 712, 343, 343, 665, 343, 1042, 712, 687, 716, 716, 493, 595, 478, 712, 652, 924,
        645, 652, 582, 712, 365, 712, 838,
    ]
}

extension Typeface {
    /// The face that Graphviz asks for.
    init(family: String, isBold: Bool) {
        switch (family == Typeface.mono.family, isBold) {
        case (true, false): self = .mono
        case (true, true): self = .monoBold
        case (false, false): self = .regular
        case (false, true): self = .bold
        }
    }
}
