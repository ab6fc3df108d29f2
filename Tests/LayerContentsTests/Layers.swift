import LayerContents
import LayerModel

/// Writes a listing down as lines: `d /etc`, `o /etc` (opaque), `f /etc/motd 12`, `w /old`, `l /a target`,
/// `= /b /a` (another name of /a). Parents stand before what they hold.
func listing(_ lines: [String]) -> LayerListing {
    var entries = [LayerListing.Entry(name: "", parent: nil, kind: .directory, permissions: 0o755, inode: 0)]
    var numbers: [Path: Int] = [.root: 0]
    for line in lines {
        let words = line.split(separator: " ").map(String.init)
        let path = Path(words[1])
        let number = entries.count
        var entry = LayerListing.Entry(
            name: path.name!, parent: numbers[path.parent]!, kind: .file, permissions: 0o644, inode: number)
        switch words[0] {
        case "d", "o":
            (entry.kind, entry.permissions, entry.isOpaque) = (.directory, 0o755, words[0] == "o")
        case "w": entry.kind = .whiteout
        case "l":
            (entry.kind, entry.target) = (.symlink, ByteString(words[2]))
            entry.size = Int64(words[2].utf8.count)
        case "=":
            entry.inode = numbers[Path(words[2])]!
            entry.size = entries[entry.inode].size
        default: entry.size = Int64(words[2])!
        }
        numbers[path] = number
        entries.append(entry)
    }
    return LayerListing(entries: entries)
}
