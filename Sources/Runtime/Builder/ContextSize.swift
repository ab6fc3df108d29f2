internal import Glibc
internal import LayerModel
internal import Linux

/// How many bytes Docker's client would send: the context as a tar.
enum ContextSize {
    /// A header of 512 bytes for each entry, the file's data in blocks of 512, and two empty blocks at the end.
    static func of(_ entries: [SourceTree.Entry]) -> Int64 {
        var seen: Set<UInt64> = []
        return entries.reduce(Int64(1024)) { sum, entry in
            let name = entry.path.utf8.count + (entry.kind == UInt32(S_IFDIR) ? 1 : 0)
            // A long name takes a header of its own.
            let extra: Int64 = name > 100 && !fitsTwoFields(entry.path) ? 1024 : 0
            // Of a file's further names there is the header alone.
            let isAgain = entry.status.links > 1 && !seen.insert(entry.status.inode).inserted
            let size = entry.kind == UInt32(S_IFREG) && !isAgain ? (entry.status.size + 511) / 512 * 512 : 0
            return sum + 512 + size + extra
        }
    }

    /// ustar keeps a name in two fields that are divided at a slash: 155 and 100 bytes.
    private static func fitsTwoFields(_ path: String) -> Bool {
        let bytes = Array(path.utf8)
        guard bytes.count <= 256 else { return false }
        return bytes.indices.contains { bytes[$0] == UInt8(ascii: "/") && $0 <= 155 && bytes.count - $0 - 1 <= 100 }
    }
}
