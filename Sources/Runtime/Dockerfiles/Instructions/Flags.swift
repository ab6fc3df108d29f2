/// The `--name=value` words between an instruction's name and its arguments.
struct Flags {
    private let words: [Word]
    private let known: [String]

    /// - Parameters:
    ///   - known: the flags that the instruction has.
    ///   - repeatable: those of them that may be given more than once.
    /// - Throws: `Mistake` for a flag that is unknown, without its value or given twice.
    init(_ words: [Word], of instruction: InstructionName, known: [String], repeatable: Set<String> = [])
        throws(Mistake)
    {
        var seen: Set<String> = []
        for word in words {
            let (name, value) = Self.parts(word)
            guard known.contains(name) else {
                let cure =
                    Self.later[name]
                    ?? (known.isEmpty
                        ? "\(instruction.rawValue) has no flags"
                        : "\(instruction.rawValue) has " + known.map { "--\($0)" }.joined(separator: ", "))
                throw Mistake("Unknown flag: \(name)", cure: cure, at: word.offset)
            }
            guard value != nil else {
                throw Mistake("Missing a value on flag: \(name)", cure: "write --\(name)=…", at: word.offset)
            }
            guard seen.insert(name).inserted || repeatable.contains(name) else {
                throw Mistake("Duplicate flag specified: \(name)", cure: "give it once", at: word.offset)
            }
        }
        self.words = words
        self.known = known
    }

    /// Flags that BuildKit has and nobody here: what to do without them.
    private static let later = [
        "link": "each layer is made on those beneath it here; leave it out",
        "parents": "write a COPY for each directory",
        "exclude": "leave files out with .dockerignore",
        "checksum": "check the file in a RUN with sha256sum -c",
        "keep-git-dir": "a git repository is no source here; leave it out",
        "security": "a RUN has the standard rules alone; leave it out",
    ]

    private static func parts(_ word: Word) -> (name: String, value: String?) {
        let text = word.text.dropFirst(2)
        guard let equals = text.firstIndex(of: "=") else { return (String(text), nil) }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    /// The values of a flag, in their order.
    func values(_ name: String) -> [Word] {
        words.compactMap { word in
            let (flag, value) = Self.parts(word)
            return flag == name ? Word(text: value ?? "", offset: word.offset) : nil
        }
    }

    /// The flag's value; an empty one counts as none.
    func value(_ name: String) -> Word? { values(name).first { !$0.text.isEmpty } }
}
