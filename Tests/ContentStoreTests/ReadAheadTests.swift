import Glibc
import Linux
import Testing

@testable import ContentStore

@Suite("Blobs that are uncompressed ahead", .enabled(if: getuid() == 0, "needs root"))
struct ReadAheadTests {
    /// Some MiB, so that a thread is worth it, in files of which one is larger than all blocks that may wait.
    private static func items() -> [TarItem] {
        let text = (0..<400_000).map { "\($0 &* 7919)" }.joined(separator: " ")
        return [.file("first", text), .file("small", "x"), .file("last", String(text.reversed()))]
    }

    @Test("What is unpacked is what was packed", arguments: [Compression.none, .gzip(level: 1), .zstd(level: 1)])
    func comesBack(compression: Compression) throws {
        let scratch = try Scratch()
        let items = Self.items()
        let written = try scratch.tar("layer", items, compression)
        _ = try scratch.directory("to")
        let applied = try scratch.apply("layer", to: "to")
        #expect(applied.diffID == written.diffID)
        #expect(applied.digest == written.digest)
        #expect(applied.blobSize == written.size)
        for item in items { #expect(try scratch.text("to/" + item.entry.path) == item.text) }
    }

    @Test("What fails far behind the beginning is told, be it the stream or the limit")
    func failures() throws {
        let scratch = try Scratch()
        let written = try scratch.tar("layer", Self.items(), .gzip(level: 1))
        _ = try scratch.directory("to")
        try scratch.shell("head -c $2 $1/layer > $1/cut", scratch.path, "\(written.size - 100_000)")
        #expect(throws: StoreError.self) { try scratch.apply("cut", to: "to") }
        var limits = LayerLimits()
        limits.bytes = 4 << 20
        #expect { try scratch.apply("layer", to: "to", LayerApplier(limits: limits)) } throws: {
            "\($0)".contains("it unpacks to more than 4194304 bytes")
        }
    }

    @Test("Who stops in the middle waits for nobody, though a pipe's writer writes no more")
    func stopsInTheMiddle() throws {
        let scratch = try Scratch()
        let written = try scratch.tar("layer", Self.items())
        let pipe = try Descriptor.pipe()
        let layer = try Descriptor(opening: scratch.path + "/layer", O_RDONLY)
        let bytes = try Files.readAll(layer.number)
        #expect(Int64(bytes.count) == written.size)
        struct Enough: Error {}
        var count = 0
        try pipe.withEnds { reading, writing in
            let number = writing.number
            // More than is taken, and then no end: the pipe stays open.
            let writer = try DedicatedThread.start {
                try? bytes.prefix(5 << 19).withUnsafeBytes { try Files.write($0, to: number) }
            }
            do {
                let reader = try LayerReader(from: reading.number, limits: LayerLimits())
                _ = try reader.next()
                #expect(throws: Enough.self) {
                    try reader.forEachBlock { bytes, _ in
                        count += bytes.count
                        if count > 2 << 20 { throw Enough() }
                    }
                }
            }
            // What was not read ahead either is written in vain (EPIPE).
            _ = consume reading
            writer.join()
            withExtendedLifetime(writing.number) {}
        }
        #expect(count < 5 << 19)
    }
}
