import Glibc
import LayerModel
import Linux
import OCI
import Testing

@testable import ContentStore

/// Archives of images that no honest tool writes. Each is refused with its reason, and the store is as it was.
@Suite("Hostile image archives", .enabled(if: getuid() == 0, "needs root"))
struct HostileArchiveTests {
    private func layer(_ scratch: Scratch, _ entries: [TarItem] = [.file("f", "x")], _ compression: Compression = .none)
        throws -> (ImageArchiveFiles, manifest: ContentDescriptor)
    {
        try ImageArchiveFiles.image("layer", scratch.tar("layer", entries, compression), scratch)
    }

    /// The store's files, with the index's content.
    private func listing(_ scratch: Scratch) throws -> String {
        try scratch.shell("cd $1/home && find images layers cache | sort && cat images/index.json", scratch.path)
    }

    private func load(_ name: String, _ scratch: Scratch, _ limits: LayerLimits = LayerLimits()) throws -> [LoadedImage]
    {
        let store = try ContentStore(home: scratch.path + "/home")
        let file = try Descriptor(opening: "\(scratch.path)/\(name)", O_RDONLY)
        return try store.load(from: file.number, limits: limits, keeping: [])
    }

    /// Loads it next to an image that is there, and expects a sentence.
    private func refuses(
        _ archive: ImageArchiveFiles, _ scratch: Scratch, _ reason: String, _ compression: Compression = .none,
        _ limits: LayerLimits = LayerLimits()
    ) throws {
        try archive.write("archive", to: scratch, compression)
        try refuses("archive", scratch, reason, limits)
    }

    private func refuses(_ name: String, _ scratch: Scratch, _ reason: String, _ limits: LayerLimits = LayerLimits())
        throws
    {
        let store = try ContentStore(home: scratch.path + "/home")
        _ = try store.build(ImageTests.recipe("base", ImageTests.ground))
        try scratch.file("victim", Array("untouched".utf8))
        let before = try listing(scratch)
        let error = #expect(throws: (any Error).self) { try load(name, scratch, limits) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(reason), "\(error.map { "\($0)" } ?? "")")
        // A process that another test starts has this one's locks for a moment, and nothing is freed then.
        for _ in 0..<100 where try listing(scratch) != before {
            usleep(10_000)
            _ = try store.sweep(keeping: [])
        }
        #expect(try listing(scratch) == before)
        #expect(try scratch.text("victim") == "untouched")
        #expect(access("/tmp/teach-escaped", F_OK) != 0)
    }

    @Test("An honest one is loaded")
    func honest() throws {
        let scratch = try Scratch()
        let (archive, _) = try layer(scratch)
        try archive.write("archive", to: scratch, .gzip(level: 1))
        let loaded = try load("archive", scratch)
        #expect(loaded.map(\.names) == [[try ImageReference("x:1")]])
        #expect(try scratch.shell("cat $1/home/layers/*/fs/f", scratch.path) == "x")
    }

    @Test("So is one that is compressed with zstd, and whose layer is")
    func zstd() throws {
        let scratch = try Scratch()
        let (archive, _) = try layer(scratch, [.file("f", "x")], .zstd(level: 3))
        #expect(try scratch.shell("head -c 4 $1/layer | od -An -tx1", scratch.path) == " 28 b5 2f fd\n")
        try archive.write("archive", to: scratch, .zstd(level: 3))
        #expect(try load("archive", scratch).map(\.names) == [[try ImageReference("x:1")]])
        #expect(try scratch.shell("cat $1/home/layers/*/fs/f", scratch.path) == "x")
    }

    @Test(
        "What no archive holds",
        arguments: [
            ("../victim", "climbs with .."), ("a/../../victim", "climbs with .."),
            ("/tmp/teach-escaped", "absolute path"),
        ])
    func names(name: String, reason: String) throws {
        let scratch = try Scratch()
        var (archive, _) = try layer(scratch)
        archive.files.insert((name, Array("gone".utf8)), at: 0)
        try refuses(archive, scratch, reason)
    }

    @Test("Links and devices in the archive itself")
    func kinds() throws {
        for (item, reason) in [
            (TarItem.entry("l", .symlink(target: "../../victim")), "climbs with .."),
            (.entry("h", .hardLink(target: "../victim")), "climbs with .."),
            (.entry("h", .hardLink(target: "/etc/passwd")), "absolute path"),
            (.entry("d", .blockDevice(.init(major: 8, minor: 0))), "is a device or a FIFO"),
            (.entry("p", .fifo), "is a device or a FIFO"),
        ] {
            let scratch = try Scratch()
            var (archive, _) = try layer(scratch)
            archive.others = [item]
            try refuses(archive, scratch, reason)
        }
    }

    /// A link stands for a name in the archive: the host's file of that name is never read.
    @Test("A link to the host in the place of a document")
    func linkedDocuments() throws {
        let scratch = try Scratch()
        var archive = ImageArchiveFiles()
        archive.others = [.entry("manifest.json", .symlink(target: "/etc/passwd"))]
        try refuses(archive, scratch, "holds no images")
        archive.others = [
            .entry("a", .symlink(target: "b")), .entry("b", .symlink(target: "a")),
            .entry("manifest.json", .symlink(target: "a")),
        ]
        try refuses(archive, scratch, "holds no images")
    }

    @Test("A wrong digest, a wrong size, a missing blob")
    func blobs() throws {
        let scratch = try Scratch()
        let (honest, manifest) = try layer(scratch)
        for descriptor in [manifest.digest.hex, ""] {
            var archive = honest
            archive.change(descriptor.isEmpty ? archive.files[0].name : descriptor) { $0[20] ^= 1 }
            try refuses(archive, scratch, "is damaged")
        }
        var archive = honest
        var wrong = manifest
        wrong.size += 1
        try archive.seal([wrong])
        try refuses(archive, scratch, "were promised")
        archive = honest
        archive.files.removeFirst()
        try refuses(archive, scratch, "but does not hold it")
    }

    @Test("A layer whose size, content or number the manifest has wrong")
    func promises() throws {
        let scratch = try Scratch()
        let written = try scratch.tar("layer", [.file("f", "x")])
        var archive = ImageArchiveFiles()
        let file = try Descriptor(opening: "\(scratch.path)/layer", O_RDONLY)
        var blob = archive.add(try Files.readAll(file.number), .layer)
        func manifest(_ diffIDs: [DiffID]) throws -> ContentDescriptor {
            let config = ImageConfig(platform: .host, rootfs: RootFilesystem(diffIDs: diffIDs))
            return try archive.add(
                document: Manifest(config: archive.add(document: config, .config), layers: [blob]), .manifest)
        }
        try archive.seal([try manifest([DiffID(Digest(of: "other".utf8))])])
        try refuses(archive, scratch, "but its image promises")
        try archive.seal([try manifest([written.diffID, written.diffID])])
        try refuses(archive, scratch, "but its config names 2")
        blob.size = 5
        try archive.seal([try manifest([written.diffID])])
        try refuses(archive, scratch, "were promised")
    }

    @Test("JSON that is too deep, too large, or none")
    func documents() throws {
        let scratch = try Scratch()
        let (honest, _) = try layer(scratch)
        for (text, reason) in [
            (String(repeating: "[", count: 100_000), "index.json is not valid"),
            (
                "{\"manifests\":" + String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000) + "}",
                "index.json is not valid"
            ),
            ("", "index.json is not valid"), ("{\"schemaVersion\":2", "index.json is not valid"),
            (String(repeating: " ", count: 5 << 20), "bytes, more than"),
        ] {
            var archive = honest
            archive.change("index.json") { $0 = Array(text.utf8) }
            try refuses(archive, scratch, reason)
        }
        var archive = ImageArchiveFiles()
        let deep = "{\"a\":" + String(repeating: "[", count: 20_000) + String(repeating: "]", count: 20_000) + "}"
        let config = archive.add(Array(deep.utf8), .config)
        try archive.seal([try archive.add(document: Manifest(config: config, layers: []), .manifest)])
        try refuses(archive, scratch, "is not valid")
    }

    @Test("Indexes nested past depth 4")
    func nesting() throws {
        let scratch = try Scratch()
        var (archive, entry) = try layer(scratch)
        for depth in 1...6 {
            entry.platform = .host
            entry = try archive.add(document: Index(manifests: [entry]), .index)
            try archive.seal([entry])
            if depth <= 4 {
                try archive.write("archive", to: scratch)
                if depth == 4 {
                    let other = try Scratch()
                    try archive.write("archive", to: other)
                    #expect(try load("archive", other).count == 1)
                }
            } else {
                try refuses(archive, scratch, "nested deeper than 4")
            }
        }
    }

    @Test("A layer that no honest image has", arguments: HostileLayer.all)
    func layers(layer: HostileLayer) throws {
        let scratch = try Scratch()
        try refuses(try self.layer(scratch, layer.entries).0, scratch, "layer refused")
    }

    @Test("Bombs by size, by number and by ratio, of the archive and of its layer")
    func bombs() throws {
        let scratch = try Scratch()
        let zeros = String(repeating: "\0", count: 1 << 20)
        let (archive, _) = try layer(scratch, (0..<20).map { .file("f\($0)", zeros) }, .gzip(level: 9))
        var limits = LayerLimits()
        limits.entries = 19
        try refuses(archive, scratch, "more than 19 entries", .none, limits)
        limits.entries = 3
        try refuses(archive, scratch, "archive refused: it has more than 3 entries", .none, limits)
        limits = LayerLimits()
        limits.bytes = 10 << 20
        try refuses(archive, scratch, "layer refused: it unpacks to more than", .none, limits)
        limits.bytes = 10 << 10
        try refuses(archive, scratch, "archive refused: it unpacks to more than", .none, limits)
        limits = LayerLimits()
        limits.ratio = 100
        limits.ratioFloor = 1 << 20
        try refuses(archive, scratch, "layer refused: it unpacks to more than 100 times", .none, limits)
        var (wide, _) = try layer(scratch)
        wide.files.append(("padding", [UInt8](repeating: 0, count: 20 << 20)))
        try refuses(wide, scratch, "archive refused: it unpacks to more than 100 times", .gzip(level: 9), limits)
    }

    @Test("A sparse file that is larger than any disk")
    func sparse() throws {
        let scratch = try Scratch()
        try scratch.shell(
            "cd $1 && mkdir s && truncate -s 4T s/index.json && echo '{}' > s/oci-layout && tar -S -cf archive -C s .",
            scratch.path)
        try refuses("archive", scratch, "unpacks to more than")
    }

    @Test("A gzip stream that is cut off, of the archive and of its layer")
    func truncated() throws {
        let scratch = try Scratch()
        let text = (0..<40_000).map { "\($0 &* 7919)" }.joined()
        let (archive, _) = try layer(scratch, [.file("f", text)])
        try archive.write("whole", to: scratch, .gzip(level: 1))
        let size = try #require(try scratch.status("whole")).st_size
        for cut in [20, size / 2, size - 1, size - 9] {
            try scratch.shell("head -c $2 $1/whole > $1/archive", scratch.path, "\(cut)")
            try refuses("archive", scratch, "")
        }
        let written = try scratch.tar("layer", [.file("f", text)], .gzip(level: 1))
        for cut in [30, written.size / 2, written.size - 8] {
            try scratch.shell("head -c $2 $1/layer > $1/cut", scratch.path, "\(cut)")
            try refuses(try ImageArchiveFiles.image("cut", written, scratch).0, scratch, "")
        }
    }

    @Test("Names that are none")
    func references() throws {
        let scratch = try Scratch()
        let written = try scratch.tar("layer", [.file("f", "x")])
        var (archive, manifest) = try ImageArchiveFiles.image("layer", written, scratch)
        archive.files.removeAll { $0.name == "oci-layout" }
        let blobs = archive.files.map(\.name).filter { $0.hasPrefix("blobs/") }
        #expect(blobs.count == 3 && blobs[2].hasSuffix(manifest.digest.hex))
        for (tags, layers, reason) in [
            ("[\"../../x\"]", "\"\(blobs[0])\"", "invalid reference format"),
            ("[\"x@sha256:\(blobs[0].suffix(64))\"]", "\"\(blobs[0])\"", "invalid tag"),
            ("[\"X\"]", "\"\(blobs[0])\"", "must be lowercase"), ("[\"x:1\"]", "", "lists 0 layers"),
            ("[\"x:1\"]", "\"../../../etc/passwd\"", "but does not hold it"),
        ] {
            archive.files.removeAll { $0.name == "manifest.json" }
            let text = "[{\"Config\":\"\(blobs[1])\",\"RepoTags\":\(tags),\"Layers\":[\(layers)]}]"
            archive.files.append(("manifest.json", Array(text.utf8)))
            try refuses(archive, scratch, reason)
        }
    }

    @Test("A layer's device nodes are made, and one that means a deletion is not")
    func devices() throws {
        let scratch = try Scratch()
        let honest = TarItem.entry("null", .characterDevice(.init(major: 1, minor: 3)))
        try layer(scratch, [honest]).0.write("archive", to: scratch)
        #expect(try load("archive", scratch).count == 1)
        let mark = TarItem.entry("x", .characterDevice(.init(major: 0, minor: 0)))
        try refuses(try layer(scratch, [mark]).0, scratch, "which overlayfs would take for a deletion")
    }
}
