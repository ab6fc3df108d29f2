import LayerModel
import Testing

/// Three layers: a base, one that hides and shadows, and the upper one.
private let layers = MemoryLayers(
    lowers: [
        [
            "/etc": .directory, "/etc/passwd": .file, "/etc/old": .file, "/bin": .directory, "/bin/sh": .file,
            "/lib": .directory, "/lib/a": .file, "/x": .directory, "/x/beneath": .file, "/tmp": .directory,
        ],
        [
            "/etc": .directory, "/etc/old": .whiteout, "/lib": .opaque, "/lib/b": .file, "/x": .file,
            "/sbin": .link("bin"), "/loop": .link("/loop"), "/up": .link("etc/../bin/sh"),
            "/slash": .link("etc/passwd/"),
        ],
    ],
    upper: ["/etc": .directory, "/etc/passwd": .file, "/tmp": .directory, "/tmp/gone": .whiteout])

extension LayerEntry {
    fileprivate static let directory = LayerEntry(kind: .directory, permissions: 0o755)
    fileprivate static let opaque = LayerEntry(kind: .directory, permissions: 0o755, isOpaque: true)
    fileprivate static let file = LayerEntry(kind: .file, permissions: 0o644)
    fileprivate static let whiteout = LayerEntry(kind: .whiteout, permissions: 0)
    fileprivate static func link(_ target: ByteString) -> LayerEntry {
        LayerEntry(kind: .symlink, permissions: 0o777, target: target)
    }
}

private func resolve(_ path: Path, _ last: Lookup.LastLink = .follow, by who: Credentials? = nil) throws -> Resolution {
    var reader = layers
    return try Lookup(by: who).resolve(path, last, over: &reader)
}

@Suite("The union lookup")
struct LookupTests {
    @Test("the topmost layer that holds a file answers")
    func topmost() throws {
        #expect(try resolve("/etc/passwd").node?.layer == .upper)
        #expect(try resolve("/bin/sh").node?.layer == .lower(1))
    }

    @Test("a directory merges every layer that holds it")
    func merged() throws {
        #expect(try resolve("/etc").node?.layers == [.upper, .lower(2), .lower(1)])
    }

    @Test("an opaque directory hides what lies beneath, a non-directory too")
    func cut() throws {
        #expect(try resolve("/lib").node?.layers == [.lower(2)])
        #expect(try resolve("/lib/a").node == nil)
        #expect(try resolve("/lib/b").node?.layer == .lower(2))
        #expect(throws: Errno.ENOTDIR) { try resolve("/x/beneath") }
    }

    @Test("a whiteout frees the name and says in which layer it is")
    func whiteout() throws {
        let old = try resolve("/etc/old")
        #expect(old.node == nil && old.whiteout == .lower(2))
        #expect(try resolve("/tmp/gone").whiteout == .upper)
        #expect(try resolve("/tmp/never").whiteout == nil)
    }

    @Test("links are followed inside the union, and `..` of the root is the root")
    func links() throws {
        #expect(try resolve("/sbin/sh").path == "/bin/sh")
        #expect(try resolve("/up").path == "/bin/sh")
        #expect(try resolve("/../../etc/../bin/sh").path == "/bin/sh")
        #expect(throws: Errno.ELOOP) { try resolve("/loop") }
    }

    @Test("the last link is followed only where the call does")
    func lastLink() throws {
        #expect(try resolve("/sbin", .noFollow).node?.entry.kind == .symlink)
        #expect(try resolve("/sbin/", .noFollow).path == "/bin")
        #expect(try resolve("/sbin/", .name).node?.entry.kind == .symlink)
        #expect(throws: Errno.ENOTDIR) { try resolve("/slash").existing() }
    }

    @Test("a free name in the last place is a result, further up an error")
    func absent() throws {
        let free = try resolve("/bin/new")
        #expect(free.node == nil && free.parent.path == "/bin" && free.directories.count == 2)
        #expect(throws: Errno.ENOENT) { try resolve("/new/name") }
        #expect(throws: Errno.ENOTDIR) { try resolve("/bin/sh/name") }
    }

    @Test("a name of more than 255 bytes is too long")
    func tooLong() throws {
        let long = Path.root.appending(ByteString(String(repeating: "é", count: 128)))
        #expect(throws: Errno.ENAMETOOLONG) { try resolve(long) }
        #expect(try resolve(long, .name).isNameTooLong)
    }

    @Test("who may not search a directory gets no further")
    func search() throws {
        var closed = layers
        closed.lowers[0]["/bin"]?.permissions = 0o700
        let user = Credentials(uid: 1000, gid: 1000, capabilities: 0)
        #expect(throws: Errno.EACCES) { try Lookup(by: user).resolve("/bin/sh", over: &closed) }
        #expect(try Lookup(by: .containerRoot).resolve("/bin/sh", over: &closed).path == "/bin/sh")
    }

    @Test("the mark of a redirected directory is not guessed at")
    func redirect() {
        var redirected = layers
        redirected.lowers[1]["/etc"]?.redirect = "/elsewhere"
        #expect(throws: Unmodelled.self) { try Lookup(by: nil).resolve("/etc/passwd", over: &redirected) }
    }
}

@Suite("Evidence as a source of layers")
struct EvidenceReaderTests {
    @Test("what a lookup asked is enough to walk the same way again")
    func replay() throws {
        for path: Path in ["/etc/passwd", "/sbin/sh", "/etc/old", "/lib/a", "/bin/new"] {
            var recording = RecordingReader(layers)
            let first = try Lookup(by: nil).resolve(path, over: &recording)
            var evidence = EvidenceReader(recording.evidence, lowerCount: 2)
            #expect(try Lookup(by: nil).resolve(path, over: &evidence) == first)
            #expect(
                Set(recording.evidence.rows.map { "\($0.layer) \($0.path)" }).count == recording.evidence.rows.count)
        }
    }

    @Test("what nobody looked at is an error that names it")
    func missing() throws {
        var recording = RecordingReader(layers)
        _ = try Lookup(by: nil).resolve("/etc/passwd", over: &recording)
        let evidence = EvidenceReader(recording.evidence)
        #expect(throws: EvidenceMissing(path: "/bin", layer: .upper)) { try evidence.entry(at: "/bin", in: .upper) }
        #expect(throws: EvidenceMissing.self) { try evidence.children(of: "/etc", in: .upper) }
    }

    @Test("beneath what is no directory there is nothing, and nobody has to look")
    func beneath() throws {
        let rows = [
            Evidence.Row(path: "/a", layer: .lower(1), entry: .file), .init(path: "/a", layer: .upper, entry: nil),
        ]
        let evidence = EvidenceReader(Evidence(rows: rows))
        #expect(try evidence.entry(at: "/a/b/c", in: .lower(1)) == nil)
        #expect(try evidence.children(of: "/a", in: .upper).isEmpty)
    }

    @Test("a directory listed in every layer has no other children")
    func listing() throws {
        var recording = RecordingReader(layers)
        _ = try Lookup(by: nil).resolve("/lib", over: &recording)
        for layer in layers.layersFromTop { _ = try recording.children(of: "/lib", in: layer) }
        let evidence = EvidenceReader(recording.evidence, lowerCount: 2)
        #expect(try evidence.entry(at: "/lib/none", in: .lower(1)) == nil)
        #expect(try evidence.children(of: "/lib", in: .lower(1)).keys.sorted() == ["a"])
        #expect(try evidence.children(of: "/lib", in: .lower(2)).keys.sorted() == ["b"])
    }
}
