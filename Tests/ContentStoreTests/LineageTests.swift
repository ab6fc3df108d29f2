import Glibc
import Linux
import OCI
import Testing

@testable import ContentStore

/// Images that were made here of one another: what each needs, what is listed, and what goes with what.
@Suite("Images made of images", .enabled(if: getuid() == 0, "needs root"))
struct LineageTests {
    private let scratch: Scratch
    private let store: ContentStore
    private let base: Image

    init() throws {
        scratch = try Scratch()
        store = try ContentStore(home: scratch.path)
        base = try store.build(ImageTests.recipe("base", ImageTests.ground))
    }

    /// An image with one more instruction and no layer of its own.
    private func step(_ name: String, of parent: Digest?, inputs: String? = nil) throws -> Digest {
        var config = base.config
        config.created = Timestamp(seconds: (config.created?.seconds ?? 0) + Int64(name.utf8.count))
        config.history = (config.history ?? []) + [History(created: config.created, createdBy: name, emptyLayer: true)]
        let id = Digest(of: try JSONDocument.encode(config))
        try store.keep(
            BuiltImage(image: config, layers: base.manifest.layers), as: id, of: parent,
            from: inputs.map { Digest(of: $0.utf8) })
        return id
    }

    private func listed(all: Bool = false) throws -> Set<Digest> { Set(try store.images(all: all).map(\.id)) }

    @Test("An image that others were made of is found, and listed with all images alone")
    func listing() throws {
        let below = try step("a", of: base.id)
        let top = try step("ab", of: below)
        #expect(try listed() == [base.id, top])
        #expect(try listed(all: true) == [base.id, below, top])
        #expect(try Set(store.indexedImages().map(\.id)) == [base.id, top])
        for name in ["\(below)", below.hex, String(below.hex.prefix(9))] {
            let image = try store.image(named: name)
            #expect(image.id == below && image.layers == base.layers && image.reference == nil)
            #expect(try store.indexedImage(named: name).id == below)
        }
        #expect(try store.history(of: store.image(named: top.hex)).map(\.id).prefix(3) == [top, below, base.id])
        // A name makes it an image of the layout, which other tools see.
        try store.tag(store.image(named: below.hex), ImageReference("mid"))
        #expect(try listed() == [base.id, below, top])
        #expect(try store.image(named: "mid").id == below)
        #expect(try store.sweep(keeping: [])?.blobs == [])
        #expect(try store.image(named: "mid").id == below)
    }

    @Test("An image takes those with it that it was made of, up to one that something else needs")
    func removal() throws {
        let below = try step("a", of: base.id)
        let middle = try step("ab", of: below)
        let (left, right) = (try step("abc", of: middle), try step("abcd", of: middle))
        #expect(try store.remove([], of: left, deletes: true, keeping: []).images.map(\.id) == [left])
        #expect(try store.remove([], of: middle, deletes: true, keeping: []).images.isEmpty, "another was made of it")
        let spared = try store.remove([], of: right, deletes: true, sparing: [below], keeping: [])
        #expect(spared.images.map(\.id) == [right, middle])
        #expect(spared.images.map(\.chain) == [[base.layers[0].chainID], [base.layers[0].chainID]])
        #expect(try listed(all: true) == [base.id, below])
        #expect(throws: StoreError.noSuchImage("\(right)")) {
            try store.remove([], of: right, deletes: true, keeping: [])
        }
        // The base has a name, which it loses: it stays for the other's sake, and goes with it.
        let name = try ImageReference("base")
        #expect(try store.remove([name], of: base.id, deletes: true, keeping: []).images.isEmpty)
        #expect(try listed() == [below])
        let last = try store.remove([], of: below, deletes: true, keeping: [])
        #expect(last.images.map(\.id) == [below, base.id] && last.layers == [base.layers[0].chainID])
        #expect(
            try scratch.shell("ls -A $1/images/blobs/sha256 $1/layers $1/built | grep -v : || true", scratch.path)
                == "\n\n")
    }

    @Test("The newest image of the same inputs is found, as long as its layers are here")
    func inputs() throws {
        #expect(store.builtImage(from: Digest(of: "x".utf8)) == nil)
        let old = try step("a", of: base.id, inputs: "x")
        let new = try step("ab", of: base.id, inputs: "x")
        #expect(store.builtImage(from: Digest(of: "x".utf8))?.id == new)
        try store.forget([new, base.id])
        #expect(store.builtImage(from: Digest(of: "x".utf8))?.id == old)
        try scratch.shell("rm -r $1", scratch.path + "/layers/" + base.layers[0].chainID.digest.hex)
        #expect(store.builtImage(from: Digest(of: "x".utf8)) == nil)
    }

    @Test("What a build takes back goes from the top down, and stops at what another image was made of")
    func forgetting() throws {
        let below = try step("a", of: base.id)
        let middle = try step("ab", of: below)
        let top = try step("abc", of: middle)
        let other = try step("abcd", of: below)
        try store.forget([below, middle, top])
        #expect(try listed(all: true) == [base.id, below, other])
    }

    @Test("A document that was not whole when the power went is no image, and is swept")
    func halfDocuments() throws {
        let below = try step("a", of: base.id, inputs: "x")
        let top = try step("ab", of: below)
        try scratch.shell("for f in $1/built/$2*; do : > $f; done", scratch.path, top.hex)
        try scratch.shell("touch $1/built/README $1/built/$2..", scratch.path, "0123")
        #expect(throws: StoreError.noSuchImage(top.hex)) { try store.image(named: top.hex) }
        #expect(try listed() == [base.id])
        _ = try #require(try store.sweep(keeping: []))
        #expect(try listed() == [base.id, below])
        #expect(store.builtImage(from: Digest(of: "x".utf8))?.id == below)
        // One whose bytes are another image's neither.
        try scratch.shell("echo '{}' > $1/built/$2..", scratch.path, Digest(of: "other".utf8).hex)
        #expect(try listed(all: true) == [base.id, below])
    }
}
