internal import Glibc
internal import Linux

/// The places of Debian's (or Ubuntu's) own archive among those that the host asks: no backports, no third parties, so
/// that an image depends on the release alone. See sources.list(5).
struct AptSources: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        var uris: [String]
        var suites: [String]
        var components: [String]
        /// A keyring's path, or a key, as the host's entry names it.
        var signedBy: String?
    }

    /// Such as `Debian`.
    var distribution: String
    /// Such as `bookworm`.
    var codename: String
    var entries: [Entry]

    /// The sources of this host.
    ///
    /// - Throws: `StoreError.recipe` where the host is neither a Debian nor an Ubuntu.
    static func host(root: String = "") throws -> AptSources {
        var files = [("sources.list", read(root + "/etc/apt/sources.list") ?? "")]
        let parts = root + "/etc/apt/sources.list.d"
        if let directory = try? Descriptor(opening: parts, O_RDONLY | O_DIRECTORY) {
            for name in try Files.names(in: directory.number) { files.append((name, read("\(parts)/\(name)") ?? "")) }
        }
        guard
            let sources = select(release: read(root + "/etc/os-release") ?? "", files: files)
        else {
            throw StoreError.recipe(
                "stand-ins are made from the packages of Debian or Ubuntu, and this host is neither")
        }
        return sources
    }

    private static func read(_ path: String) -> String? {
        guard let file = try? Descriptor(opening: path, O_RDONLY), let bytes = try? Files.readAll(file.number)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The host's sources that belong to its release.
    ///
    /// - Parameters:
    ///   - release: the text of os-release(5).
    ///   - files: the names and texts of the files that list sources.
    /// - Returns: `nil` for a release that is neither Debian's nor Ubuntu's.
    static func select(release: String, files: [(name: String, text: String)]) -> AptSources? {
        var variables: [String: String] = [:]
        for line in release.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            variables[String(line[..<equals])] = line[line.index(after: equals)...].filter { $0 != "\"" }
        }
        guard let codename = variables["VERSION_CODENAME"], let id = variables["ID"],
            let distribution = ["debian": "Debian", "ubuntu": "Ubuntu"][id]
        else { return nil }
        let suites = [codename, codename + "-updates", codename + "-security"]
        let components = id == "ubuntu" ? ["main", "universe"] : ["main"]
        var entries: [Entry] = []
        for file in files {
            let listed =
                file.name.hasSuffix(".sources")
                ? stanzas(file.text) : file.name.hasSuffix(".list") ? lines(file.text) : []
            for entry in listed {
                let own = Entry(
                    uris: entry.uris.filter(isOwnArchive), suites: entry.suites.filter(suites.contains),
                    components: entry.components.filter(components.contains), signedBy: entry.signedBy)
                if own.uris.isEmpty || own.suites.isEmpty || own.components.isEmpty || entries.contains(own) {
                    continue
                }
                entries.append(own)
            }
        }
        if entries.isEmpty, id == "debian" {
            entries = [Entry(uris: ["http://deb.debian.org/debian"], suites: [codename], components: components)]
        }
        return entries.isEmpty ? nil : AptSources(distribution: distribution, codename: codename, entries: entries)
    }

    /// Mirrors keep the archive's own last name, whatever stands before it.
    private static func isOwnArchive(_ uri: String) -> Bool {
        let last = uri.split(separator: "/").last.map(String.init) ?? ""
        return ["debian", "debian-security", "ubuntu", "ubuntu-ports"].contains(last)
    }

    private static func stanzas(_ text: String) -> [Entry] {
        ControlStanza.parse(text).compactMap { stanza in
            func words(_ field: String) -> [String] {
                (stanza[field] ?? "").split { $0 == " " || $0 == "\n" || $0 == "\t" }.map(String.init)
            }
            guard words("Types").contains("deb"), stanza["Enabled"]?.lowercased() != "no" else { return nil }
            return Entry(
                uris: words("URIs"), suites: words("Suites"), components: words("Components"),
                signedBy: stanza["Signed-By"])
        }
    }

    private static func lines(_ text: String) -> [Entry] {
        text.split(separator: "\n").compactMap { line in
            var words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }.map(String.init)
            guard words.first == "deb" else { return nil }
            words.removeFirst()
            var signedBy: String?
            if words.first?.hasPrefix("[") == true, let end = words.firstIndex(where: { $0.hasSuffix("]") }) {
                let options = words[...end].map { $0.filter { $0 != "[" && $0 != "]" } }
                signedBy = options.first { $0.hasPrefix("signed-by=") }.map { String($0.dropFirst(10)) }
                words.removeSubrange(...end)
            }
            guard words.count >= 3 else { return nil }
            return Entry(uris: [words[0]], suites: [words[1]], components: Array(words[2...]), signedBy: signedBy)
        }
    }

    /// The file that apt-get is given.
    var text: String {
        entries.map { entry in
            """
            Types: deb
            URIs: \(entry.uris.joined(separator: " "))
            Suites: \(entry.suites.joined(separator: " "))
            Components: \(entry.components.joined(separator: " "))
            \(entry.signedBy.map { "Signed-By: \($0)\n" } ?? "")
            """
        }.joined(separator: "\n")
    }
}
