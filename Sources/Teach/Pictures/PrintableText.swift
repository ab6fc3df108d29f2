extension String {
    /// The same text without what a terminal would obey or an XML reader refuse: each control character, line break,
    /// direction mark and byte that is no UTF-8 (as `ByteString` spells it) is spelled as in C (`\n`, `\x1B`, `\u202E`,
    /// `\xFF`), each non-character is U+FFFD. File names may hold any byte but `/` and NUL.
    public var printable: String {
        // Nearly every text is plain ASCII, which its bytes tell sooner than its code points.
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return self }
        func isSafe(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0x10_FF80...: false
            default: scalar.value & 0xFFFE != 0xFFFE
            }
        }
        func spelled(_ scalar: Unicode.Scalar) -> String { String(scalar.value, radix: 16, uppercase: true) }
        guard !unicodeScalars.allSatisfy(isSafe) else { return self }
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar.value {
            case _ where isSafe(scalar): result.append(scalar)
            case 0x09: result.append(contentsOf: "\\t".unicodeScalars)
            case 0x0A: result.append(contentsOf: "\\n".unicodeScalars)
            case 0..<0x10: result.append(contentsOf: "\\x0\(spelled(scalar))".unicodeScalars)
            case 0..<0xA0: result.append(contentsOf: "\\x\(spelled(scalar))".unicodeScalars)
            case 0x10_FF80...:
                let byte = String(scalar.value & 0xFF, radix: 16, uppercase: true)
                result.append(contentsOf: "\\x\(byte)".unicodeScalars)
            case 0x2028...0x2069: result.append(contentsOf: "\\u\(spelled(scalar))".unicodeScalars)
            default: result.append("\u{FFFD}")
            }
        }
        return String(result)
    }

    /// The longest beginning with `…` behind it (`RUN apt-get ins…`) that `fits`; the text itself where it fits. For what is
    /// told by how it begins, such as an instruction.
    public func shortenedAtEnd(where fits: (String) -> Bool) -> String {
        if fits(self) { return self }
        let characters = Array(self)
        // How many characters are kept: halved each time, as more of them only ever take more room.
        var kept = 0
        var tooMany = characters.count
        var best = "…"
        while tooMany - kept > 1 {
            let middle = (kept + tooMany) / 2
            let candidate = String(characters.prefix(middle)) + "…"
            if fits(candidate) {
                kept = middle
                best = candidate
            } else {
                tooMany = middle
            }
        }
        return best
    }

    /// As many of the first words as `fits` takes, with ` …` behind them; the text itself where it fits, and a piece of the
    /// first word where even that is too long. For what is read in words, such as a command.
    public func shortenedAtWord(where fits: (String) -> Bool) -> String {
        if fits(self) { return self }
        let words = split(separator: " ", omittingEmptySubsequences: false)
        func cut(_ count: Int) -> String {
            var text = words.prefix(count).joined(separator: " ")
            while text.last == " " { text.removeLast() }
            return text + " …"
        }
        // How many words are kept: halved each time, as more of them only ever take more room.
        var kept = 0
        var tooMany = words.count
        while tooMany - kept > 1 {
            let middle = (kept + tooMany) / 2
            if fits(cut(middle)) { kept = middle } else { tooMany = middle }
        }
        return kept == 0 ? shortenedAtEnd(where: fits) : cut(kept)
    }

    /// The longest form with its middle left out (`/usr/sh…x.html`) that `fits`; the text itself where it fits, and
    /// `…` alone where nothing else does. The end is favoured: it is what tells names apart.
    public func shortenedInMiddle(where fits: (String) -> Bool) -> String {
        if fits(self) { return self }
        let characters = Array(self)
        // How many characters are kept: halved each time, as wider ones only ever take more room.
        var kept = 0
        var tooMany = characters.count
        var best = "…"
        while tooMany - kept > 1 {
            let middle = (kept + tooMany) / 2
            let head = middle / 2
            let candidate = String(characters.prefix(head)) + "…" + String(characters.suffix(middle - head))
            if fits(candidate) {
                kept = middle
                best = candidate
            } else {
                tooMany = middle
            }
        }
        return best
    }
}
