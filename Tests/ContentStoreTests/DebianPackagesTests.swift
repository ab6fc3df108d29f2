import Testing

@testable import ContentStore

@Suite("Packages of Debian: what is read of them, and which an image takes")
struct DebianPackagesTests {
    @Test("A control file is read with folded lines, and comments are none of its fields")
    func stanzas() {
        let text = """
            Package: tcc
            Version: 0.9.27
            # a comment
            Description: small compiler
             that is fast
             .

            \t
            Package: libc6
            Version: 2.36
            """
        let stanzas = ControlStanza.parse(text)
        #expect(stanzas.map { $0["package"] } == ["tcc", "libc6"])
        #expect(stanzas[0]["Description"] == "small compiler\n that is fast\n .")
        #expect(ControlStanza.parse(stanzas[0].text) == [stanzas[0]])
    }

    @Test(
        "A relation gives its names without versions, architectures and profiles",
        arguments: [
            ("libc6 (>= 2.36), libfoo:any | libbar [amd64]", [["libc6"], ["libfoo", "libbar"]]),
            ("a(=1),\n b <!nocheck>", [["a"], ["b"]]), ("", []),
        ] as [(String, [[String]])])
    func relations(text: String, names: [[String]]) {
        #expect(DebianPackage.names(in: text) == names)
    }

    private func package(_ name: String, _ depends: String = "", provides: String = "") throws -> DebianPackage {
        let stanza = "Package: \(name)\nVersion: 1\nDepends: \(depends)\nProvides: \(provides)"
        return try #require(DebianPackage(ControlStanza.parse(stanza)[0]))
    }

    @Test("What is left out takes with it what nothing else needs")
    func closure() throws {
        let packages = [
            try package("app", "libc, mail-agent | postfix, debconf (>= 1) | debconf-2"), try package("libc"),
            try package("exim", "libc", provides: "mail-agent"), try package("debconf", "perl"),
            try package("perl", "perl-modules"), try package("perl-modules"), try package("stranger"),
        ]
        func names(_ omitted: Set<String>) -> [String] {
            PackageClosure.of(["app"], in: packages, without: omitted).map(\.name)
        }
        #expect(names([]) == ["app", "debconf", "exim", "libc", "perl", "perl-modules"])
        #expect(names(["debconf"]) == ["app", "exim", "libc"])
        #expect(names(["perl", "exim"]) == ["app", "debconf", "libc"])
    }

    private let bookworm = "ID=debian\nVERSION_CODENAME=bookworm\n"

    @Test("Of the host's sources the release's own are asked, by whichever mirror")
    func sources() throws {
        let files = [
            (
                "debian.sources",
                """
                Types: deb
                URIs: http://mirror.example.org/pub/debian
                Suites: bookworm bookworm-updates bookworm-backports
                Components: main contrib
                Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

                Enabled: no
                Types: deb
                URIs: http://deb.debian.org/debian
                Suites: bookworm
                Components: main
                """
            ),
            (
                "more.list",
                """
                # deb http://deb.debian.org/debian bookworm main
                deb [arch=amd64 signed-by=/k.gpg] http://deb.debian.org/debian-security bookworm-security main
                deb-src http://deb.debian.org/debian bookworm main
                deb https://download.example.com/linux/debian bookworm stable
                deb https://packages.example.com/debian/12/prod bookworm main
                deb https://deb.example.com/node nodistro main
                """
            ), ("old.list.save", "deb http://deb.debian.org/debian bookworm main"),
        ]
        let found = try #require(AptSources.select(release: bookworm, files: files.map { (name: $0.0, text: $0.1) }))
        #expect(
            found.entries == [
                AptSources.Entry(
                    uris: ["http://mirror.example.org/pub/debian"], suites: ["bookworm", "bookworm-updates"],
                    components: ["main"], signedBy: "/usr/share/keyrings/debian-archive-keyring.gpg"),
                AptSources.Entry(
                    uris: ["http://deb.debian.org/debian-security"], suites: ["bookworm-security"],
                    components: ["main"], signedBy: "/k.gpg"),
            ])
        // What apt-get is given says the same.
        let again = AptSources.select(release: bookworm, files: [("teach.sources", found.text)])
        #expect(again == found)
    }

    @Test("A Debian without sources has the archive's own; another system has none")
    func noSources() {
        #expect(
            AptSources.select(release: bookworm, files: [])?.entries.first?.uris == ["http://deb.debian.org/debian"])
        #expect(AptSources.select(release: "ID=alpine\n", files: []) == nil)
    }

    @Test("Documentation stays behind, but for copyright files")
    func omissions() {
        let omissions = Omissions.documentation
        #expect(omissions.contains("usr/share/doc/tcc/README") && omissions.contains("usr/share/man"))
        #expect(!omissions.contains("usr/share/doc/tcc/copyright") && !omissions.contains("usr/share/document"))
    }
}
