import Glibc
import Linux
import OCI
import Testing

@testable import ContentStore

@Suite("Images in the store", .enabled(if: getuid() == 0, "needs root"))
struct ImageTests {
    static let time = Timestamp(seconds: 1_767_225_600)

    static func recipe(_ name: String, base: Image? = nil, _ layers: LayerRecipe...) throws -> ImageRecipe {
        ImageRecipe(
            reference: try ImageReference(name), base: base, created: time, layers: layers,
            config: base == nil ? ExecutionConfig(cmd: ["sh"]) : nil)
    }

    static let ground = LayerRecipe(
        createdBy: "COPY a /", [.file("/etc/a", "ground"), .file("/etc/b", "ground"), .directory("/tmp", 0o1777)])
    static let top = LayerRecipe(createdBy: "RUN b", [.file("/etc/a", "top"), .whiteout("/etc/b")])

    @Test("A recipe becomes an image whose layers, identities and history agree")
    func build() throws {
        let scratch = try Scratch()
        let store = try ContentStore(home: scratch.path)
        let base = try store.build(Self.recipe("base", Self.ground))
        let image = try store.build(Self.recipe("app:1", base: base, Self.top))
        #expect(image.layers.map(\.createdBy) == ["COPY a /", "RUN b"])
        #expect(image.layers.map(\.chainID) == ChainID.chain(image.config.rootfs.diffIDs))
        #expect(image.layers[0].chainID == base.layers[0].chainID, "the lower layer is shared")
        #expect(image.lowerDirectories == [image.layers[1].directory, image.layers[0].directory])
        #expect(image.layers.map(\.size) == [12, 3])
        #expect(image.size == 15)
        #expect(image.config.config?.cmd == ["sh"])

        let history = try store.history(of: image)
        #expect(history.map(\.createdBy) == ["RUN b", "CMD [\"sh\"]", "COPY a /"])
        #expect(history.map(\.id) == [image.id, nil, nil])
        #expect(history.map { $0.layer?.diffID } == [image.layers[1].diffID, nil, image.layers[0].diffID])
        #expect(history.map(\.size) == [3, 0, 12])

        let rows = try store.images()
        #expect(rows.map(\.repository) == ["app", "base"])
        #expect(rows.map(\.tag) == ["1", "latest"])
        #expect(rows[0].id == image.id)
        for name in ["app:1", "docker.io/library/app:1", image.id.short, "\(image.id)"] {
            #expect(try store.image(named: name) == image)
        }
        #expect(throws: StoreError.noSuchImage("app")) { try store.image(named: "app") }
        #expect(throws: StoreError.noSuchImage("0000")) { try store.image(named: "0000") }
    }

    @Test("The same recipe gives the same image id and the same layers in another store")
    func reproducible() throws {
        let (one, two) = (try Scratch(), try Scratch())
        let first = try ContentStore(home: one.path).build(Self.recipe("x", Self.ground, Self.top))
        let second = try ContentStore(home: two.path).build(Self.recipe("x", Self.ground, Self.top))
        #expect(first.id == second.id)
        #expect(first.manifest == second.manifest)
    }

    @Test("Removing a name frees what nothing else uses, and nothing more")
    func removal() throws {
        let scratch = try Scratch()
        let store = try ContentStore(home: scratch.path)
        let base = try store.build(Self.recipe("base", Self.ground))
        let image = try store.build(Self.recipe("app", base: base, Self.top))
        try store.tag(image, ImageReference("again"))
        let name = try ImageReference("app")

        var removal = try store.remove([name], of: image.id, deletes: true, keeping: [])
        #expect(removal.blobs.isEmpty && removal.layers.isEmpty, "another name still stands for the image")
        #expect(throws: StoreError.noSuchImage("app:latest")) {
            try store.remove([name], of: image.id, deletes: true, keeping: [])
        }

        removal = try store.remove(
            [ImageReference("again")], of: image.id, deletes: true, keeping: [image.layers[1].chainID])
        #expect(removal.layers.isEmpty, "a container still uses the layer")
        #expect(removal.blobs.count == 3, "its manifest, config and top layer")
        removal = try #require(try store.sweep(keeping: []))
        #expect(removal.layers == [image.layers[1].chainID])
        #expect(try store.image(named: "base") == base)

        _ = try store.remove([ImageReference("base")], of: base.id, deletes: true, keeping: [])
        #expect(try scratch.shell("ls -A $1/images/blobs/sha256 $1/layers | grep -v : || true", scratch.path) == "\n")
    }

    @Test("While somebody adds content nothing is freed")
    func lease() throws {
        let scratch = try Scratch()
        let store = try ContentStore(home: scratch.path)
        let image = try store.build(Self.recipe("base", Self.ground))
        do {
            let lease = try store.lease()
            defer { _ = lease }
            let removal = try store.remove([ImageReference("base")], of: image.id, deletes: true, keeping: [])
            #expect(removal.blobs.isEmpty && removal.layers.isEmpty)
        }
        #expect(try Self.sweep(store) { [] }?.layers == [image.layers[0].chainID])
    }

    /// Another test's child has a copy of the lease's descriptor until it executes its program, so that it is free a moment
    /// later.
    static func sweep(_ store: ContentStore, keeping used: () throws -> Set<ChainID>) throws -> Removal? {
        for _ in 0..<200 {
            if let removal = try store.sweep(keeping: used()) { return removal }
            usleep(10_000)
        }
        return nil
    }

    @Test("What the index's change is writing is no leftover, and what is in use is asked for when nobody adds to it")
    func changesOfTheIndexAreAdditions() throws {
        let scratch = try Scratch()
        let store = try ContentStore(home: scratch.path)
        let image = try store.build(Self.recipe("base", Self.ground))
        try store.index.update { index in
            let removal = try store.sweep(keeping: [])
            #expect(removal == nil)
            index.manifests.removeAll()
        }
        var isFree: Bool?
        func used() throws -> Set<ChainID> {
            isFree = try StoreLock.ifFree(store.paths.lock(.lease)) != nil
            return [image.layers[0].chainID]
        }
        let removal = try Self.sweep(store, keeping: used)
        #expect(removal?.layers == [])
        #expect(isFree == false)
    }

    @Test("A blob whose bytes are not those of its digest is refused when written and when read")
    func wrongDigest() throws {
        let scratch = try Scratch()
        let store = try ContentStore(home: scratch.path)
        let other = Digest(of: "other".utf8)
        #expect(throws: StoreError.blobCorrupt(other, found: Digest(of: "x".utf8), size: 1)) {
            try store.blobs.put(Array("x".utf8), expecting: other)
        }
        #expect(!store.blobs.contains(other))
        #expect(try scratch.shell("ls -A $1/images", scratch.path) == "blobs\nindex.json\noci-layout\n")

        let image = try store.build(Self.recipe("base", Self.ground))
        let layer = image.layers[0]
        // One byte of the layer's blob changes; the unpacked copy is gone.
        try scratch.shell(
            "printf X | dd of=$1 bs=1 seek=20 conv=notrunc 2>/dev/null; rm -r $2",
            store.blobs.path(layer.blob.digest), scratch.path + "/layers/" + layer.chainID.digest.hex)
        #expect(throws: StoreError.self) { try store.image(named: "base") }
        #expect(try scratch.shell("ls -A $1/layers", scratch.path).isEmpty, "nothing half-unpacked is left")

        try scratch.shell("printf ' ' >> $1", store.blobs.path(image.id))
        #expect(throws: StoreError.self) { try store.image(named: "base") }
        try scratch.shell("rm $1", store.blobs.path(image.id))
        #expect(throws: StoreError.blobMissing(image.id)) { try store.image(named: "base") }
    }

    @Test("A layer whose content is not what the config promises is refused")
    func wrongDiffID() throws {
        let scratch = try Scratch()
        let store = try ContentStore(home: scratch.path)
        let image = try store.build(Self.recipe("base", Self.ground))
        let promised = DiffID(Digest(of: "another tar".utf8))
        #expect(throws: StoreError.layerCorrupt(promised, found: image.layers[0].diffID)) {
            try store.layers.unpack(
                image.layers[0].blob, promised, ChainID(promised, on: nil), parents: [], from: store.blobs)
        }
    }

    @Test("What a crash left half-done is not used, and is swept")
    func leftovers() throws {
        let scratch = try Scratch()
        let store = try ContentStore(home: scratch.path)
        let image = try store.build(Self.recipe("base", Self.ground))
        // As if the process had been killed in the middle: whole content under an unfinished name, none under the final.
        let hex = image.layers[0].chainID.digest.hex
        try scratch.shell(
            "mv $1/layers/$2 $1/layers/.partial-1-x; rm $1/layers/.partial-1-x/fs/etc/a", scratch.path, hex)
        try scratch.shell("echo half > $1/images/.partial-1-y", scratch.path)
        #expect(try store.image(named: "base") == image)
        #expect(try scratch.text("layers/\(hex)/fs/etc/a") == "ground")
        #expect(try store.sweep(keeping: [])?.leftovers.count == 2)
        #expect(try scratch.shell("ls -A $1/layers $1/images", scratch.path).contains(".partial") == false)
        #expect(try store.image(named: "base") == image)
    }

    @Test("A recipe that contradicts itself is refused")
    func contradictions() throws {
        let scratch = try Scratch()
        let store = try ContentStore(home: scratch.path)
        let layers: [[RecipeEntry]] = [
            [.file("/a", "1"), .file("/a", "2")], [.file("/a", "1"), .file("/a/b", "2")],
            [.file("/b", "1"), .hardLink("/a", to: "/b")],
        ]
        for entries in layers {
            #expect(throws: StoreError.self) {
                try store.build(Self.recipe("x", LayerRecipe(createdBy: "COPY", entries)))
            }
        }
        #expect(try store.images().isEmpty)
    }

    @Test("Names given by many threads at once are all there")
    func concurrentTags() async throws {
        let scratch = try Scratch()
        let home = scratch.path
        let image = try ContentStore(home: home).build(Self.recipe("base", Self.ground))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<16 {
                group.addTask { try ContentStore(home: home).tag(image, ImageReference("name:\(number)")) }
            }
            try await group.waitForAll()
        }
        #expect(Set(try ContentStore(home: home).images().map(\.tag)) == Set((0..<16).map(String.init) + ["latest"]))
        withExtendedLifetime(scratch) {}
    }
}
