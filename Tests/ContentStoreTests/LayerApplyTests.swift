import Glibc
import OCI
import Testing

@testable import ContentStore

@Suite("Applying a layer, by image-spec's layer.md", .enabled(if: getuid() == 0, "needs root"))
struct LayerApplyTests {
    private func apply(_ entries: [TarItem]) throws -> Scratch {
        let scratch = try Scratch()
        try scratch.tar("layer", entries)
        _ = try scratch.directory("fs")
        try scratch.apply("layer", to: "fs")
        return scratch
    }

    private func isOpaque(_ name: String, in scratch: Scratch) throws -> Bool {
        try scratch.attributes(name)[ExtendedAttributes.opaque] == Array("y".utf8)
    }

    @Test("A deletion acts on the layers beneath only, wherever it stands in the tar", arguments: [false, true])
    func whiteoutOfOwnName(first: Bool) throws {
        var entries: [TarItem] = [
            .file("f", "mine"), .entry("d", .directory), .file("d/x", "mine"), .file("e/y", "mine"),
        ]
        let deletions: [TarItem] = [.file(".wh.f"), .file(".wh.d"), .file(".wh.e"), .file(".wh.g")]
        entries = first ? deletions + entries : entries + deletions
        let scratch = try apply(entries)
        #expect(try scratch.text("fs/f") == "mine")
        #expect(try scratch.text("fs/d/x") == "mine")
        // What was beneath the deleted directories must not shine through.
        #expect(try isOpaque("fs/d", in: scratch))
        #expect(try isOpaque("fs/e", in: scratch))
        #expect(try scratch.status("fs/g").map(Files.isWhiteout) == true)
    }

    @Test("An opaque mark hides the layers beneath, not its siblings, whatever the order", arguments: [false, true])
    func opaqueAnywhere(first: Bool) throws {
        let mark: TarItem = .file("d/.wh..wh..opq")
        let file: TarItem = .file("d/x", "mine")
        let scratch = try apply([.entry("d", .directory)] + (first ? [mark, file] : [file, mark]))
        #expect(try isOpaque("fs/d", in: scratch))
        #expect(try scratch.text("fs/d/x") == "mine")
        #expect(try scratch.status("fs/d/.wh..wh..opq") == nil)
    }

    @Test("Directories merge; anything else is removed and made again")
    func duplicates() throws {
        let scratch = try apply([
            .entry("d", .directory), .file("d/x", "1"), .entry("d", .directory, 0o700), .file("d/x", "2"),
            .entry("t", .directory), .file("t/x", "1"), .file("t", "now a file"),
            .file("u", "1"), .entry("u", .directory), .file("u/x", "in it"),
        ])
        #expect(try scratch.text("fs/d/x") == "2")
        #expect(try scratch.status("fs/d").map { $0.st_mode & 0o777 } == 0o700)
        #expect(try scratch.text("fs/t") == "now a file")
        #expect(try scratch.text("fs/u/x") == "in it")
    }

    @Test("AUFS's own files are left out, and the root's entry sets the root's mode")
    func metadata() throws {
        let scratch = try apply([.entry("./", .directory, 0o711), .file(".wh..wh.aufs"), .file("./x")])
        #expect(try scratch.shell("ls -A $1/fs", scratch.path) == "x\n")
        #expect(try scratch.status("fs").map { $0.st_mode & 0o777 } == 0o711)
        #expect(try scratch.status("fs").map(\.st_mtim.tv_sec) == 1_000_000_000)
    }

    @Test("A directory that the tar does not mention looks as it does in the layer beneath")
    func missingParents() throws {
        let scratch = try Scratch()
        try scratch.shell("mkdir -p $1/low/tmp/in && chmod 1777 $1/low/tmp && chown 7:8 $1/low/tmp/in", scratch.path)
        try scratch.tar("layer", [.file("tmp/in/x"), .file("new/x")])
        _ = try scratch.directory("fs")
        try scratch.apply("layer", to: "fs", LayerApplier(parents: [scratch.path + "/low"]))
        #expect(try scratch.status("fs/tmp").map { $0.st_mode & 0o7777 } == 0o1777)
        #expect(try scratch.status("fs/tmp/in").map { [$0.st_uid, $0.st_gid] } == [7, 8])
        #expect(try scratch.status("fs/new").map { $0.st_mode & 0o7777 } == 0o755)
    }

    @Test("An empty tar is an empty layer", arguments: [Compression.none, .gzip(level: 1)])
    func empty(compression: Compression) throws {
        let scratch = try Scratch()
        let written = try scratch.tar("layer", [], compression)
        _ = try scratch.directory("fs")
        let applied = try scratch.apply("layer", to: "fs")
        #expect(applied.diffID == written.diffID)
        #expect(applied.entries == 0)
    }
}
