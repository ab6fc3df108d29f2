/// One paragraph of a Debian control file: fields in their order. See Debian policy, "Control files and their fields".
struct ControlStanza: Hashable, Sendable {
    var fields: [(name: String, value: String)]

    /// The paragraphs of a file that blank lines part; a field's folded lines stay in its value.
    static func parse(_ text: String) -> [ControlStanza] {
        var stanzas: [ControlStanza] = []
        var fields: [(name: String, value: String)] = []
        func end() {
            if !fields.isEmpty { stanzas.append(ControlStanza(fields: fields)) }
            fields = []
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy({ $0 == " " || $0 == "\t" }) {
                end()
            } else if line.first == " " || line.first == "\t" {
                if !fields.isEmpty { fields[fields.count - 1].value += "\n" + line }
            } else if line.first != "#", let colon = line.firstIndex(of: ":") {
                let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
                fields.append((String(line[..<colon]), String(value)))
            }
        }
        end()
        return stanzas
    }

    /// A field's value; names of fields know no case.
    subscript(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var text: String { fields.map { "\($0.name): \($0.value)\n" }.joined() }

    static func == (left: Self, right: Self) -> Bool { left.text == right.text }
    func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// A package of Debian's archive as its control stanza tells of it.
struct DebianPackage: Hashable, Sendable {
    var stanza: ControlStanza
    var name: String
    var version: String

    /// `nil` for a stanza that is no package's.
    init?(_ stanza: ControlStanza) {
        guard let name = stanza["Package"], let version = stanza["Version"] else { return nil }
        self.stanza = stanza
        self.name = name
        self.version = version
    }

    /// Groups of names, each of which wants one of its members: what the package needs to work and to be unpacked.
    var dependencies: [[String]] {
        ["Pre-Depends", "Depends"].flatMap { Self.names(in: stanza[$0] ?? "") }
    }

    /// Names under which others may ask for it.
    var provided: [String] { Self.names(in: stanza["Provides"] ?? "").flatMap { $0 } }

    /// `a (>= 1), b:any | c` without versions and architectures.
    static func names(in relation: String) -> [[String]] {
        relation.split(separator: ",").map { group in
            group.split(separator: "|").compactMap { alternative in
                let name = alternative.drop { $0 == " " || $0 == "\n" || $0 == "\t" }
                    .prefix { !" (:[<\n\t".contains($0) }
                return name.isEmpty ? nil : String(name)
            }
        }.filter { !$0.isEmpty }
    }
}

/// Which of the packages that apt-get would install an image needs: those that can be reached from the wanted ones
/// without passing through the ones that are left out.
enum PackageClosure {
    /// - Parameters:
    ///   - roots: what is wanted, by name.
    ///   - packages: what apt-get would install for them.
    ///   - omitted: names that only maintainer scripts need, or that the image does without.
    /// - Returns: the packages in the order of their names, so that an image does not depend on apt-get's order.
    static func of(_ roots: [String], in packages: [DebianPackage], without omitted: Set<String>) -> [DebianPackage] {
        var providers: [String: [DebianPackage]] = [:]
        for package in packages {
            providers[package.name, default: []].insert(package, at: 0)
            for name in package.provided where name != package.name { providers[name, default: []].append(package) }
        }
        var found: Set<String> = []
        var pending = roots
        var result: [DebianPackage] = []
        while let name = pending.popLast() {
            guard let package = providers[name]?.first(where: { !omitted.contains($0.name) }),
                found.insert(package.name).inserted
            else { continue }
            result.append(package)
            for group in package.dependencies {
                // A real package goes before those that provide its name, as apt-get prefers it.
                let present = group.first { name in providers[name]?.contains { $0.name == name } ?? false }
                if let choice = present ?? group.first(where: { providers[$0] != nil }), !omitted.contains(choice) {
                    pending.append(choice)
                }
            }
        }
        return result.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}
