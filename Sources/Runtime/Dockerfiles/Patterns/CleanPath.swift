/// Paths as texts, without a look at any disk.
public enum CleanPath {
    /// The shortest equal path: Go's filepath.Clean. `..` at the root is the root.
    public static func of(_ path: String) -> String {
        let isRooted = path.utf8.first == UInt8(ascii: "/")
        var parts: [Substring.UTF8View] = []
        for part in path.utf8.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            guard part.elementsEqual("..".utf8) else {
                parts.append(part)
                continue
            }
            if let last = parts.last, !last.elementsEqual("..".utf8) {
                parts.removeLast()
            } else if !isRooted {
                parts.append(part)
            }
        }
        let text = parts.map { String(Substring($0)) }.joined(separator: "/")
        return isRooted ? "/" + text : text.isEmpty ? "." : text
    }
}
