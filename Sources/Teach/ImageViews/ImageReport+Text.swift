internal import LayerContents
internal import LayerModel
internal import Pictures
public import Terminal

extension ImageReport {
    /// The image at a glance: a line for each layer, the topmost first, and what is stored and never seen.
    ///
    /// - Parameter width: The columns of the terminal; `nil` where nothing is cut.
    public func text(width: Int?, style: Style) -> String {
        var text = style.apply(.bold, to: name.printable) + "  \(shortDigest(id))\n\n"
        var table = Table([
            .init("LAYER", .right), .init("STORED", .right), .init("HIDDEN", .right),
            .init("+", .right, minimumWidth: 1),
            .init("M", .right, minimumWidth: 1), .init("✕", .right, minimumWidth: 1),
            .init("⊘", .right, minimumWidth: 1), .init("CREATED BY"), .init("ALSO IN"),
        ])
        for layer in layers.reversed() {
            let account = layer.account
            func count(_ change: ImageContents.Change) -> String { account.counts[change].map(String.init) ?? "" }
            table.add([
                "\(layer.number)", ByteCount(account.storedBytes).decimal,
                account.hiddenBytes == 0 ? "" : ByteCount(account.hiddenBytes).decimal, count(.added), count(.changed),
                count(.removed), account.opaqueDirectories == 0 ? "" : "\(account.opaqueDirectories)",
                layer.createdBy.historyInstruction,
                Self.list(layer.sharedWith),
            ])
        }
        text += table.text(width: width, style: style)
        text += "\n" + efficiencyText(style: style)
        let hidden = contents.hiddenFiles()
        if !hidden.isEmpty {
            text += "\n" + style.apply(.bold, to: "Stored and never seen") + "\n"
            text += HiddenTable(hidden.prefix(10)).columns(in: width).text(width: width)
            if hidden.count > 10 { text += "… and \(hidden.count - 10) more; --hidden lists all\n" }
        }
        text += "\n+ added · M changed · ✕ deleted · ⊘ opaque: hides all beneath\n"
        return text
    }

    /// A base may have very many images on it: `--json` has all their names.
    private static func list(_ names: [String]) -> String {
        let most = 3
        // One name more takes no more room than to say that there is one.
        guard names.count > most + 1 else { return names.joined(separator: ", ") }
        return names.prefix(most).joined(separator: ", ") + " and \(names.count - most) more"
    }

    /// The score with what it means.
    func efficiencyText(style: Style) -> String {
        style.apply(.bold, to: "Efficiency \(Percentage(efficiency.score))")
            + ": of \(ByteCount(efficiency.storedBytes).decimal) in all layers' files, containers see "
            + "\(ByteCount(efficiency.visibleBytes).decimal); \(ByteCount(efficiency.hiddenBytes).decimal) are replaced, "
            + "deleted or beneath an opaque directory.\n"
    }

    /// All files that are stored and never seen, the largest first.
    public func hiddenText(width: Int?, style: Style) -> String {
        hiddenTable?.columns(in: width).text(width: width, style: style) ?? Self.nothingHidden + "\n"
    }

    static let nothingHidden = "Every file of every layer is seen."

    /// The same in columns; `nil` where there is nothing to tell.
    var hiddenTable: HiddenTable? {
        let hidden = contents.hiddenFiles()
        return hidden.isEmpty ? nil : HiddenTable(hidden[...])
    }
}

/// Files that are stored and never seen, a row each.
struct HiddenTable: Hashable, Sendable {
    private var wide = Table([.init("SIZE", .right), .init("LAYER", .right), .init("PATH"), .init("WHY")])
    private var narrow = Table([
        .init("SIZE", .right), .init("LAYER", .right), .init("PATH"), .init("HIDDEN BY", minimumWidth: 9),
    ])

    init(_ files: ArraySlice<ImageContents.HiddenFile>) {
        for file in files {
            let cells = [ByteCount(file.size).decimal, "\(file.layer + 1)", file.path.description]
            wide.add(cells + [file.reason.words(layer: file.hiddenBy + 1)])
            narrow.add(cells + ["layer \(file.hiddenBy + 1)"])
        }
    }

    /// In few columns the layer that hides it is told alone: a clause would lose its number.
    func columns(in width: Int?) -> Table { width.map { $0 < 60 } ?? false ? narrow : wide }
}

extension ImageContents.Reason {
    /// A clause that tells by what the layer hides something.
    func words(layer: Int) -> String {
        switch self {
        case .replaced: "replaced in layer \(layer)"
        case .deleted(let path): "layer \(layer) deletes \(path)"
        case .opaque(let path): "layer \(layer) makes \(path) opaque"
        case .covered(let path): "layer \(layer) puts something else at \(path)"
        }
    }
}
