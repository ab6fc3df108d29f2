import LayerModel
import Testing

@Suite("Names are bytes")
struct ByteStringTests {
    private let composed = ByteString("\u{E9}")
    private let decomposed = ByteString("e\u{301}")

    @Test("two spellings that Unicode calls equivalent are two names")
    func canonicalEquivalence() {
        #expect(composed.text == decomposed.text)
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(decomposed < composed && !(composed < decomposed))
        #expect(Path("/d/\u{E9}") != Path("/d/e\u{301}"))
        #expect(Set([Path("/d/\u{E9}"), Path("/d/e\u{301}")]).count == 2)
        #expect(!Path("/e\u{301}/f").isAtOrBeneath("/\u{E9}"))
        let effects = [LayerEffect(.create, "/\u{E9}"), LayerEffect(.create, "/e\u{301}")]
        #expect(Outcome(effects: effects) != Outcome(effects: [effects[0], effects[0]]))
        #expect(Outcome(effects: effects) == Outcome(effects: effects.reversed()))
    }

    @Test("a slash is a slash, whatever mark comes after it")
    func splitting() {
        #expect(Path("/a/\u{301}b").components == ["a", "\u{301}b"])
        #expect(Path("/\u{301}").components == ["\u{301}"])
    }

    @Test(
        "any bytes come back as they were",
        arguments: [
            [], [0x61], [0xE9], [0xC3, 0xA9], [0x65, 0xCC, 0x81], [0xFF, 0xFE, 0x41], [0xC3], [0xE2, 0x82],
            [0x80, 0x80],
            [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x90, 0xB3], [0xF4, 0x8F, 0xBF, 0xA9],
            [0xF4, 0x90, 0x80, 0x80],
            [0x61, 0xF4], [0xF4, 0x8F, 0xBE],
        ] as [[UInt8]])
    func bytesComeBack(bytes: [UInt8]) {
        let name = ByteString(bytes: bytes)
        #expect(name.bytes == bytes)
        #expect(name.count == bytes.count)
        #expect(ByteString(name.text) == name)
        #expect(name.cString.map(UInt8.init(bitPattern:)) == bytes + [0])
        let isText = String(validating: bytes, as: UTF8.self) != nil
        // The spelling's own scalars are spelled too.
        #expect(name.isSpelled == (!isText || bytes == [0xF4, 0x8F, 0xBF, 0xA9]))
    }

    @Test("no two names have one spelling")
    func spellingIsInjective() {
        var seen: [ByteString: [UInt8]] = [:]
        let parts: [UInt8] = [0x61, 0x80, 0xA9, 0xBF, 0xC3, 0xE9, 0xF4, 0x8F]
        for one in parts {
            for two in parts {
                for three in parts {
                    for four in parts {
                        let bytes = [one, two, three, four]
                        #expect(seen.updateValue(bytes, forKey: ByteString(bytes: bytes)) == nil)
                    }
                }
            }
        }
    }

    @Test("the order is that of the bytes")
    func order() {
        let names: [[UInt8]] = [[0x61], [0x80], [0xC3, 0xA9], [0xE9], [0xF0, 0x9F, 0x90, 0xB3], [0xFF]]
        #expect(names.map { ByteString(bytes: $0) }.shuffled().sorted().map(\.bytes) == names)
    }

    @Test("paths are read from bytes as from text, and know their length")
    func paths() {
        let path = Path(bytes: Array("/a//".utf8) + [0xE9] + Array("/./b/".utf8))
        #expect(path.components.map(\.bytes) == [[0x61], [0xE9], [0x62]])
        #expect(path.demandsDirectory)
        #expect(path.byteCount == 7)
        #expect(Path(path.description) == path)
        #expect(Path.root.byteCount == 1)
        #expect(Path("/a").byteCount == 2)
    }
}
