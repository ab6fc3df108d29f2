import Terminal
import Testing

struct KeyTests {
    @Test func whatATerminalSendsIsReadAsKeys() {
        #expect(
            Key.keys(in: Array("a\u{1B}[A\u{1B}[B\u{1B}OC\u{1B}[5~\r\té\u{3}".utf8)) == [
                .character("a"), .up, .down, .right, .pageUp, .enter, .tab, .character("é"), .interrupt,
            ])
        #expect(Key.keys(in: [0x1B]) == [.escape])
        #expect(Key.keys(in: Array("\u{1B}[1;5A\u{1B}[200~x".utf8)) == [.up, .character("x")])
        #expect(Key.keys(in: Array("\u{1B}[".utf8)) == [])
    }
}
