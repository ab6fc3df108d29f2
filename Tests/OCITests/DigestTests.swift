import OCI
import Testing

@Suite("Digests and the identities made of them")
struct DigestTests {
    // The vectors of FIPS 180-2, appendix B.
    @Test(
        "SHA-256 of the standard's own examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func vectors(text: String, hex: String) {
        #expect(Digest(of: text.utf8).hex == hex)
        var digester = Digester()
        for byte in text.utf8 { withUnsafeBytes(of: byte) { digester.update($0) } }
        #expect(digester.digest.hex == hex)
        #expect(digester.count == Int64(text.utf8.count))
    }

    @Test(
        "A digest that is not sha256 and 64 lower-case digits is refused",
        arguments: [
            "", "sha256:", "abc", "sha512:" + String(repeating: "a", count: 128),
            "sha256:" + String(repeating: "a", count: 63), "sha256:" + String(repeating: "A", count: 64),
            "sha256:" + String(repeating: "a", count: 62) + "/.", "sha256:" + String(repeating: "g", count: 64),
        ])
    func malformed(text: String) {
        #expect(throws: FormatError.self) { try Digest(text) }
    }

    @Test("The lowest layer's ChainID is its DiffID; above it the parent's chain, a space and the DiffID are hashed")
    func chain() throws {
        let layers = ["one", "two", "three"].map { DiffID(Digest(of: $0.utf8)) }
        let chain = ChainID.chain(layers)
        #expect(chain[0].digest == layers[0].digest)
        #expect(chain[1].digest == Digest(of: "\(layers[0]) \(layers[1])".utf8))
        #expect(chain[2].digest == Digest(of: "\(chain[1]) \(layers[2])".utf8))
        // sha256sum(1) over the two digests' text, computed apart from this code.
        #expect(chain[1].digest.hex == "ee90d7132b9e9a049b7b0a88db345ca31fb5e8a74a5ee57210478a9a2522d499")
        #expect(ChainID.chain([layers[1], layers[0], layers[2]])[2] != chain[2])
        #expect(ChainID.chain([]).isEmpty)
    }
}
