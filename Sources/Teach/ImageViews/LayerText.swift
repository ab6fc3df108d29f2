internal import LayerContents
internal import LayerModel
internal import Pictures
public import Terminal

extension ImageReport {
    /// What one layer holds, as a tree, each name with its mark.
    ///
    /// - Parameter number: The layer, from 1 at the bottom.
    public func layerText(_ number: Int, width: Int?, style: Style) -> String {
        let layer = layers[number - 1]
        var text = style.apply(.bold, to: "Layer \(number) of \(layers.count)") + "  \(shortDigest(layer.diffID))\n"
        if !layer.createdBy.isEmpty { text += layer.createdBy.historyInstruction.printable + "\n" }
        text += "\n"
        var table = Table([
            .init(""), .init("MODE"), .init("OWNER"), .init("SIZE", .right), .init("NAME"), .init(""),
        ])
        for line in LayerLine.lines(of: number - 1, in: contents) {
            table.add([
                line.mark, line.mode, line.owner, line.size, String(repeating: "  ", count: line.depth) + line.name,
                line.remark,
            ])
        }
        return text + table.text(width: width, style: style)
    }
}

/// One line of a layer's tree.
struct LayerLine: Hashable, Sendable {
    var depth: Int
    var mark: String
    var mode: String
    var owner: String
    var size: String
    var name: String
    /// What becomes of it, where something does.
    var remark: String
    var isDirectory: Bool

    /// Which entry a line is about, and how far in it stands.
    struct Place: Hashable, Sendable {
        var entry: Int
        var depth: Int
    }

    static func lines(of layer: Int, in contents: ImageContents) -> [LayerLine] {
        let entries = contents.layers[layer].entries
        var depths = [Int](repeating: 0, count: entries.count)
        var lines: [LayerLine] = []
        for (number, entry) in entries.enumerated() {
            guard let parent = entry.parent else { continue }
            depths[number] = entries[parent].parent == nil ? 0 : depths[parent] + 1
            lines.append(LayerLine(Place(entry: number, depth: depths[number]), in: layer, of: contents))
        }
        return lines
    }

    init(_ place: Place, in number: Int, of contents: ImageContents) {
        let layer = contents.layers[number]
        let entry = layer.entries[place.entry]
        let appearance = contents.appearance(of: place.entry, in: number)
        depth = place.depth
        let isWhiteout = entry.kind == .whiteout
        isDirectory = entry.kind == .directory
        mark = appearance.change.mark + (entry.isOpaque ? "⊘" : "")
        mode = isWhiteout ? "" : entry.kind.letter + String(entry.permissions, radix: 8)
        owner = isWhiteout ? "" : "\(entry.uid):\(entry.gid)"
        size = entry.kind == .file ? ByteCount(entry.size).decimal : ""
        name = entry.name.text.printable + (isDirectory ? "/" : "")
        if let target = entry.target { name += " → \(target.text.printable)" }
        var remarks: [String] = []
        if entry.inode != place.entry { remarks.append("same file as \(layer.path(of: entry.inode))") }
        if let device = entry.device { remarks.append("\(device.major):\(device.minor)") }
        if let before = contents.altered(by: place.entry, in: number) {
            remarks.append("other \(entry.differences(from: before).joined(separator: ", "))")
        }
        if let hider = appearance.hiddenBy { remarks.append("hidden by layer \(hider + 1)") }
        remark = remarks.joined(separator: ", ")
    }
}

extension NodeKind {
    /// As `ls -l` has it.
    var letter: String {
        switch self {
        case .file: "-"
        case .directory: "d"
        case .symlink: "l"
        case .socket: "s"
        case .fifo: "p"
        case .characterDevice: "c"
        case .blockDevice: "b"
        case .whiteout: " "
        }
    }

    /// The word for it in a sentence.
    var word: String {
        switch self {
        case .file: "file"
        case .directory: "directory"
        case .symlink: "symbolic link"
        case .socket: "socket"
        case .fifo: "FIFO"
        case .characterDevice, .blockDevice: "device"
        case .whiteout: "whiteout"
        }
    }
}
