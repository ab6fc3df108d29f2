import LayerModel

extension [ListedFile] {
    /// The upper branch of AUFS with its marks as what they mean: `.wh.x` is a whiteout of x, `.wh..wh..opq` makes its
    /// directory opaque, and what AUFS keeps for itself is left out.
    var withAufsMarksRead: [ListedFile] {
        var opaque: Set<Path> = []
        var files: [ListedFile] = []
        for var file in self {
            guard let name = file.path.name?.text, name.hasPrefix(".wh.") else {
                files.append(file)
                continue
            }
            if name == ".wh..wh..opq" { opaque.insert(file.path.parent) }
            if name.hasPrefix(".wh..wh.") { continue }
            file.path = file.path.parent.appending(ByteString(String(name.dropFirst(4))))
            file.kind = .whiteout
            files.append(file)
        }
        return files.map { file in
            var file = file
            if opaque.contains(file.path) { file.attributes["trusted.overlay.opaque"] = [UInt8]("y".utf8) }
            return file
        }
    }
}
