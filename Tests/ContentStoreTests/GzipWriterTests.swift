import Glibc
import Linux
import Testing

@testable import ContentStore

@Suite("gzip in blocks")
struct GzipWriterTests {
    private static func compress(_ bytes: [UInt8], level: Int = 6, piece: Int = 100_000) throws -> [UInt8] {
        let writer = GzipWriter(level: level)
        var packed: [UInt8] = []
        try bytes.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count, by: piece) {
                let some = bytes[start..<min(start + piece, bytes.count)]
                try writer.write(UnsafeRawBufferPointer(rebasing: some)) { packed += $0 }
            }
        }
        try writer.finish { packed += $0 }
        return packed
    }

    private static func numbers(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var number: UInt64 = 1
        while bytes.count < count {
            number = number &* 6_364_136_223_846_793_005 &+ 1
            bytes += "\(number >> 40) ".utf8
        }
        return Array(bytes.prefix(count))
    }

    @Test(
        "gzip(1) finds what went in: nothing, a part of a block, whole blocks, more blocks than there are lanes",
        arguments: [
            0, 1, GzipWriter.blockSize - 1, GzipWriter.blockSize, GzipWriter.blockSize + 1, 2 * GzipWriter.blockSize,
            12 * GzipWriter.blockSize + 5,
        ])
    func comesBack(count: Int) throws {
        let scratch = try Scratch()
        let bytes = Self.numbers(count)
        try scratch.file("bytes", bytes)
        try scratch.file("packed.gz", try Self.compress(bytes))
        try scratch.shell("gzip -dc $1/packed.gz | cmp - $1/bytes", scratch.path)
    }

    @Test("The same bytes give the same file, in whatever pieces they come and on however many processors")
    func reproducible() throws {
        let bytes = Self.numbers(5 * GzipWriter.blockSize + 77)
        let packed = try Self.compress(bytes)
        #expect(packed.count < bytes.count)
        #expect(try Self.compress(bytes, piece: 7_654_321) == packed)
        let alone = try DedicatedThread.run {
            try CPUSet(CPUSet(of: 0).first).apply(to: 0)
            return try Self.compress(bytes)
        }
        #expect(alone == packed)
    }

    @Test("An output that fails ends the work with its error")
    func failingOutput() throws {
        struct Full: Error {}
        let bytes = Self.numbers(8 * GzipWriter.blockSize)
        #expect(throws: Full.self) {
            let writer = GzipWriter(level: 1)
            for _ in 0..<3 {
                try bytes.withUnsafeBytes { try writer.write($0) { _ in throw Full() } }
            }
        }
    }
}
