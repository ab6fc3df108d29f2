import LayerModel
import Scripts
import Testing

@Suite struct ScriptTests {
    @Test func contentsKnowTheirSize() {
        #expect(Contents.bytes([1, 2, 3]).size == 3)
        #expect(Contents.sparse(size: 1 << 30).size == 1 << 30)
    }
}
