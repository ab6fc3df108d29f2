import LayerModel

/// The words of one line, taken one after another.
struct Arguments {
    private let line: Line
    private var index = 0
    /// How the line is written, such as `mkdir PATH [MODE]`; told with every error once the verb is known.
    var usage: String?

    init(_ line: Line) { self.line = line }

    /// The next word, if there is one.
    var next: Word? { index < line.words.count ? line.words[index] : nil }

    /// Where the next word stands, or would stand.
    var offset: Int { next?.offset ?? line.end }

    mutating func skip() { index += 1 }

    /// The next word, whatever it is.
    mutating func word(_ expected: String) throws(Misfit) -> Word {
        guard let word = next else { throw misfit(expected, nil) }
        index += 1
        return word
    }

    /// Nothing more.
    func end() throws(Misfit) {
        if let word = next { throw misfit("the end of the line", word) }
    }

    /// What is wrong with a word, or with its absence.
    func misfit(_ expected: String, _ word: Word?) -> Misfit {
        let found = word.map { "found \($0.shown)" } ?? "found the end of the line"
        return Misfit(at: word?.offset ?? line.end, "expected \(expected), \(found)" + (usage.map { ": \($0)" } ?? ""))
    }

    /// What is wrong with a word that was taken.
    func wrong(_ word: Word, _ sentence: String) -> Misfit {
        Misfit(at: word.offset, sentence + (usage.map { ": \($0)" } ?? ""))
    }
}

// MARK: - Text

extension Arguments {
    /// A word that the kernel takes as a C string.
    mutating func string(_ expected: String) throws(Misfit) -> String {
        let word = try word(expected)
        return try string(word, expected)
    }

    private func string(_ word: Word, _ expected: String) throws(Misfit) -> String {
        try checkNoNUL(word, expected)
        guard let text = String(validating: word.bytes, as: UTF8.self) else {
            throw wrong(word, "\(expected) must be UTF-8 here")
        }
        return text
    }

    /// A word that may hold any bytes but NUL: what a symbolic link points at.
    mutating func byteString(_ expected: String) throws(Misfit) -> ByteString {
        let word = try word(expected)
        try checkNoNUL(word, expected)
        return ByteString(bytes: word.bytes)
    }

    private func checkNoNUL(_ word: Word, _ expected: String) throws(Misfit) {
        if word.bytes.contains(0) { throw wrong(word, "\(expected) cannot hold a NUL byte") }
    }

    /// An absolute path of the merged view.
    mutating func path(_ expected: String = "an absolute path") throws(Misfit) -> Path {
        let word = try word(expected)
        guard word.bytes.first == UInt8(ascii: "/") else { throw misfit(expected, word) }
        try checkNoNUL(word, "a path")
        let path = Path(bytes: word.bytes)
        // What the kernel would refuse for its length must not become short by losing its slashes.
        if word.bytes.count >= Path.limit, path.byteCount < Path.limit {
            throw wrong(word, "a path is at most \(Path.limit - 1) bytes long, with all its slashes and dots")
        }
        return path
    }
}

extension Path {
    /// PATH_MAX of limits.h, with the NUL at the end.
    static let limit = 4096
    /// NAME_MAX of limits.h.
    static let nameLimit = 255
}

// MARK: - Numbers

extension Arguments {
    mutating func mode(_ expected: String = "an octal mode such as 644") throws(Misfit) -> UInt16 {
        let word = try word(expected)
        guard let mode = word.octalMode else { throw misfit(expected, word) }
        return mode
    }

    /// A decimal number in a range.
    mutating func number<Number: FixedWidthInteger>(
        _ expected: String, in range: ClosedRange<Number>
    ) throws(Misfit) -> Number {
        let expected = "\(expected) from \(range.lowerBound) to \(range.upperBound)"
        let word = try word(expected)
        guard let number = word.decimal(Number.self), range.contains(number) else { throw misfit(expected, word) }
        return number
    }

    /// Bytes, with K, M or G for powers of 1024.
    mutating func size(_ expected: String, allowsNegative: Bool = true) throws(Misfit) -> Int64 {
        let word = try word(expected)
        return try size(word, word.bytes, expected, allowsNegative: allowsNegative)
    }

    func size(
        _ word: Word, _ bytes: ArraySlice<UInt8>, _ expected: String, allowsNegative: Bool
    ) throws(Misfit) -> Int64 {
        switch bytes.byteCount {
        case .some(let size) where size >= 0 || allowsNegative: return size
        case .some: throw misfit("\(expected), 0 or more", word)
        case nil where bytes.isNumeric: throw wrong(word, "\(expected) is at most 9223372036854775807 (2^63 - 1)")
        case nil: throw misfit("\(expected), in bytes or with K, M or G behind", word)
        }
    }

    /// The number that the script gave to an open file.
    mutating func descriptor() throws(Misfit) -> Descriptor {
        Descriptor(try number("a descriptor's number", in: 0...Int32.max))
    }

    /// A user or group id; `nil` for -1, which leaves it as it is.
    mutating func identity(_ expected: String) throws(Misfit) -> UInt32? {
        let number = try number("\(expected) (-1 leaves it)", in: -1...Int64(UInt32.max))
        return number == -1 || number == UInt32.max ? nil : UInt32(number)
    }

    /// A device's numbers, in the ranges that the kernel's dev_t holds (MINORBITS of include/linux/kdev_t.h).
    mutating func device() throws(Misfit) -> DeviceNumber {
        DeviceNumber(
            major: try number("a major number", in: 0...4095), minor: try number("a minor number", in: 0...1_048_575))
    }

    /// `c`, `b` or `p` as in mknod(1), and what else mknod(2) makes: `f`, a regular file, and `s`, a socket.
    mutating func nodeKind(_ kinds: KeyValuePairs<Character, NodeKind>) throws(Misfit) -> NodeKind {
        let expected = kinds.map { "`\($0.key)`" }.joined(separator: ", ")
        let word = try word(expected)
        guard word.bytes.count == 1, let letter = word.bytes.first.map({ Character(Unicode.Scalar($0)) }),
            let kind = kinds.first(where: { $0.key == letter })
        else { throw misfit("one of \(expected)", word) }
        return kind.value
    }

    /// Names of flags, joined by `|`; `0` for none where that is something.
    mutating func flags<Flags: OptionSet>(
        _ expected: String, _ names: KeyValuePairs<String, Flags>, allowsZero: Bool
    ) throws(Misfit) -> Flags {
        let word = try word(expected)
        var flags: Flags = []
        if allowsZero, word == "0" { return flags }
        for part in word.bytes.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false) {
            guard let named = names.first(where: { $0.key.utf8.elementsEqual(part) }) else {
                let known = names.map(\.key).joined(separator: ", ")
                throw wrong(
                    Word(bytes: part, offset: word.offset),
                    "\(Word(bytes: part, offset: 0).shown) is no flag here; expected names joined by |, of \(known)")
            }
            flags.formUnion(named.value)
        }
        return flags
    }
}

extension Word {
    /// Up to five octal digits that are a mode's twelve bits.
    var octalMode: UInt16? {
        guard !bytes.isEmpty, bytes.count <= 6 else { return nil }
        var mode: UInt16 = 0
        for byte in bytes {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte), mode < 0o1000 else { return nil }
            mode = mode << 3 | UInt16(byte - UInt8(ascii: "0"))
        }
        return mode
    }

    func decimal<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number? {
        bytes.isNumeric ? Number(String(decoding: bytes, as: UTF8.self)) : nil
    }
}

extension ArraySlice<UInt8> {
    /// Whether it is a decimal number, perhaps with a minus before it and a unit behind.
    var isNumeric: Bool {
        var digits = first == UInt8(ascii: "-") ? dropFirst() : self
        switch digits.last {
        case UInt8(ascii: "K"), UInt8(ascii: "M"), UInt8(ascii: "G"): digits = digits.dropLast()
        default: break
        }
        return !digits.isEmpty && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// A number of bytes with its unit; `nil` where it is none or beyond 64 bits.
    var byteCount: Int64? {
        guard isNumeric, let last else { return nil }
        let shift: Int64 =
            switch last {
            case UInt8(ascii: "K"): 10
            case UInt8(ascii: "M"): 20
            case UInt8(ascii: "G"): 30
            default: 0
            }
        let digits = shift == 0 ? self : dropLast()
        guard let number = Int64(String(decoding: digits, as: UTF8.self)) else { return nil }
        let (size, overflows) = number.multipliedReportingOverflow(by: 1 << shift)
        return overflows ? nil : size
    }
}
