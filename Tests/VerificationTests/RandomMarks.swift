import LayerModel
import Scripts
import TestSupport

/// Draws overlayfs's own attributes as a layer may hold them, well-formed or not, and what only looks like them.
struct RandomMarks {
    /// `trusted.overlay.` or `user.overlay.`
    var prefix: String

    private static let redirects = [
        "a", "b", "c", "d", "/a", "/b", "/a/b", "/b/a/c", "/c/d", "/a/", "/", "//a", "a/b", "", "..", ".", "/a/../b",
        "/nowhere", "nowhere", "/a\0b", String(repeating: "n", count: 256),
    ]

    func draw(_ path: Path, _ kind: NodeKind, _ random: inout SeededGenerator) -> [LayerLine] {
        func line(_ name: String, _ value: String) -> LayerLine {
            .xattr(path, name: prefix + name, value: Array(value.utf8))
        }
        switch kind {
        case .directory:
            switch Int.random(in: 0..<10, using: &random) {
            case ..<4: return [line("redirect", random.pick(Self.redirects))]
            case ..<7: return [line("opaque", random.pick(["x", "x", "x", "y", "yy", "", "Y"]))]
            case 7: return [line("origin", "")]
            default: return other(path, &random)
            }
        case .file:
            switch Int.random(in: 0..<10, using: &random) {
            case ..<5:
                let data = line(
                    "metacopy", random.pick(["", "", "", "\0\u{4}\0\0", "\u{1}\u{4}\0\0\u{7}", "\0", "123"]))
                return random.chance(50) ? [data] : [data, line("redirect", random.pick(Self.redirects))]
            case ..<8: return [line("whiteout", random.pick(["y", ""]))]
            default: return other(path, &random)
            }
        default: return prefix.hasPrefix("user.") ? [] : other(path, &random)
        }
    }

    /// What the mount does not take for its own, what a process gave, and what means nothing in a lower layer.
    private func other(_ path: Path, _ random: inout SeededGenerator) -> [LayerLine] {
        let name = random.pick(["overlay.k", "overlay.opaque", "nlink", "protattr", "unknown", "impure"])
        return [.xattr(path, name: prefix + name, value: [UInt8(ascii: "y")])]
    }
}
