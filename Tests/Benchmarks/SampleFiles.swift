import Glibc
import TestSupport

/// Files that compress to three fifths, some as texts do and some hardly at all: words, most of them common, between bytes
/// without order. The same seed gives the same files on every machine.
struct SampleFiles {
    private var random: SeededGenerator
    private let text: [UInt8]
    private let noise: [UInt8]

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let letters = Array("eeeetttaaaooiinnsshhrrddllcumwfgypbvkxjqz".utf8)
        let words = (0..<4096).map { _ in (0..<Int.random(in: 2...9, using: &random)).map { _ in random.pick(letters) }
        }
        var text: [UInt8] = []
        while text.count < 4 << 20 {
            // Of two draws the lesser: a few words are frequent, most are rare.
            let draws = (
                Int.random(in: 0..<words.count, using: &random), Int.random(in: 0..<words.count, using: &random)
            )
            text += words[min(draws.0, draws.1)] + [UInt8(ascii: random.chance(10) ? "\n" : " ")]
        }
        self.text = text
        noise = (0..<1 << 20).map { _ in UInt8.random(in: 0...255, using: &random) }
        self.random = random
    }

    /// The sizes of `count` files, `total` bytes together: most are small, few are large.
    mutating func sizes(count: Int, total: Int) -> [Int] {
        let weights = (0..<count).map { _ in
            // Twelve even draws are nearly a normal one; its power is spread as files' sizes are.
            pow(5, (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) })
        }
        let sum = weights.reduce(0, +)
        return weights.map { Int($0 / sum * Double(total)) }
    }

    /// The bytes of the next file.
    mutating func contents(size: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + 4096)
        while bytes.count < size {
            let pool = random.chance(80) ? text : noise
            let length = Int.random(in: 100..<(random.chance(80) ? 4096 : 1024), using: &random)
            let start = Int.random(in: 0..<(pool.count - length), using: &random)
            bytes += pool[start..<start + length]
        }
        return Array(bytes.prefix(size))
    }

    /// Writes a file.
    ///
    /// - Throws: `BenchmarkError`
    mutating func write(size: Int, to path: String) throws { try Self.write(contents(size: size), to: path) }

    static func write(_ bytes: [UInt8], to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw BenchmarkError("\(path) cannot be written: errno \(errno)") }
        defer { close(file) }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + done, bytes.count - done) }
            guard count > 0 else { throw BenchmarkError("\(path) cannot be written: errno \(errno)") }
            done += count
        }
    }
}
