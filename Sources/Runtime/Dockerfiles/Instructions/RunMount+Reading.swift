extension RunMount {
    /// Reads `type=cache,target=/x,…`.
    ///
    /// - Throws: `Mistake`
    init(_ word: Word, escape: ParserDirectives.Escape) throws(Mistake) {
        var fields = try MountFields(word)
        let type = fields.take("type") ?? "bind"
        func target() throws(Mistake) -> ShellWord {
            guard let target = fields.take("target", "dst", "destination"), !target.isEmpty else {
                throw fields.mistake("invalid mount target \"\"", cure: "add target=/a/path")
            }
            return ShellWord(target, escape: escape)
        }
        switch type {
        case "bind":
            let writable = try fields.flag("rw", "readwrite")
            let readOnly = try fields.flag("ro", "readonly")
            self = .bind(
                BindMount(
                    target: try target(), source: fields.take("source", "src") ?? "",
                    origin: fields.take("from").map(CopyOrigin.init), isWritable: writable ?? !(readOnly ?? true)))
        case "cache":
            let readOnly = try fields.flag("ro", "readonly")
            let writable = try fields.flag("rw", "readwrite")
            let sharing = fields.take("sharing") ?? "shared"
            guard let sharing = CacheMount.Sharing(rawValue: sharing) else {
                throw fields.mistake(
                    "unsupported sharing value \(quoted(sharing))", cure: "write shared, private or locked")
            }
            self = .cache(
                CacheMount(
                    target: try target(), id: fields.take("id"), sharing: sharing,
                    isReadOnly: readOnly ?? !(writable ?? true), source: fields.take("source", "src") ?? "",
                    origin: fields.take("from").map(CopyOrigin.init),
                    mode: try fields.number("mode", radix: 8) ?? 0o755, uid: try fields.number("uid") ?? 0,
                    gid: try fields.number("gid") ?? 0))
        case "tmpfs":
            self = .tmpfs(TemporaryMount(target: try target(), size: try fields.size()))
        case "secret":
            let target = fields.take("target", "dst", "destination")
            let source = fields.take("id", "source", "src")
            guard let id = source ?? target?.split(separator: "/").last.map(String.init), !id.isEmpty else {
                throw fields.mistake("invalid secret mount: it names no secret", cure: "add id=NAME")
            }
            self = .secret(
                SecretMount(
                    id: id, target: target.map { ShellWord($0, escape: escape) },
                    isRequired: try fields.flag("required") ?? false,
                    mode: try fields.number("mode", radix: 8) ?? 0o400, uid: try fields.number("uid") ?? 0,
                    gid: try fields.number("gid") ?? 0))
        default:
            throw fields.mistake(
                "unsupported mount type \(quoted(type))", cure: "known are bind, cache, tmpfs and secret")
        }
        try fields.finish(type)
    }
}

/// The `name=value` parts of a mount, taken one after the other; what is left over is unknown.
private struct MountFields {
    private var fields: [(name: String, value: String?)] = []
    private let offset: Int

    init(_ word: Word) throws(Mistake) {
        offset = word.offset
        for field in word.text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            fields.append((parts[0].lowercased(), parts.count > 1 ? String(parts[1]) : nil))
        }
        for (index, field) in fields.enumerated() where fields[..<index].contains(where: { $0.name == field.name }) {
            throw mistake("the mount's field '\(field.name)' is given twice", cure: "give it once")
        }
    }

    func mistake(_ message: String, cure: String) -> Mistake { Mistake(message, cure: cure, at: offset) }

    /// The value of the field that has one of these names.
    mutating func take(_ names: String...) -> String? {
        guard let index = fields.firstIndex(where: { names.contains($0.name) && $0.value != nil }) else { return nil }
        return fields.remove(at: index).value
    }

    /// A field that may stand alone.
    mutating func flag(_ names: String...) throws(Mistake) -> Bool? {
        guard let index = fields.firstIndex(where: { names.contains($0.name) }) else { return nil }
        let (name, value) = fields.remove(at: index)
        switch value?.lowercased() {
        case nil, "true", "1", "t": return true
        case "false", "0", "f": return false
        default:
            throw mistake("invalid value for \(name): \(value ?? "")", cure: "write \(name)=true or \(name)=false")
        }
    }

    mutating func number(_ name: String, radix: Int = 10) throws(Mistake) -> UInt32? {
        guard let text = take(name) else { return nil }
        guard let number = UInt32(text, radix: radix), radix == 10 || number <= 0o7777 else {
            let cure = radix == 8 ? "write it in octal, as \(name)=0755" : "write a number"
            throw mistake("invalid value \(text) for \(name)", cure: cure)
        }
        return number
    }

    /// `size=64m`: b, k, m and g are powers of 1024.
    mutating func size() throws(Mistake) -> Int64? {
        guard let text = take("size") else { return nil }
        let lowered = text.lowercased()
        let digits = lowered.prefix { ("0"..."9").contains($0) }
        let units: [Substring: Int64] = [
            "": 1, "b": 1, "k": 1 << 10, "kb": 1 << 10, "m": 1 << 20, "mb": 1 << 20, "g": 1 << 30, "gb": 1 << 30,
        ]
        guard let number = Int64(digits), let unit = units[lowered.dropFirst(digits.count)],
            case let (size, overflow) = number.multipliedReportingOverflow(by: unit), !overflow
        else { throw mistake("invalid size: '\(text)'", cure: "write it as size=64m") }
        return size
    }

    func finish(_ type: String) throws(Mistake) {
        guard let field = fields.first else { return }
        if field.value == nil, !["rw", "ro", "readwrite", "readonly", "required"].contains(field.name) {
            throw mistake("invalid field '\(field.name)' must be a key=value pair", cure: "write \(field.name)=…")
        }
        throw mistake("unexpected key '\(field.name)' for mount type '\(type)'", cure: "leave it out")
    }
}
