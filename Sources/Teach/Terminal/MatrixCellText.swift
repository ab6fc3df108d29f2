import Pictures

/// A cell as lines of text.
struct CellText {
    var headline: String
    var details: [String]
    var renditions: [Style.Rendition]
}

extension ShownCell {
    /// One text, or two for a refuted prediction: the model's and then the kernel's.
    ///
    /// - Parameter moment: A picture of a script is a prediction as a whole, so no cell has to say that it is one.
    func cellTexts(of moment: LayerMatrix.Moment) -> [CellText] {
        switch self {
        case .observed(let face): [face.cellText()]
        case .predicted(let face): [face.cellText(details: moment == .script ? [] : ["predicted"])]
        case .refuted(let predicted, let observed):
            [predicted.cellText(details: ["model"]), observed.cellText(prefix: "≠ ", details: ["kernel"])]
        }
    }
}

extension CellFace {
    fileprivate func cellText(prefix: String = "", details before: [String] = []) -> CellText {
        CellText(
            headline: prefix + headline + (isChanged ? " *" : ""), details: before + details,
            renditions: renditions)
    }

    private var renditions: [Style.Rendition] {
        let emphasis: [Style.Rendition] = isChanged ? [.bold] : []
        return switch symbol {
        case .copiedUp, .copiedEarlier, .changed: emphasis + [.yellow]
        case .added, .addedEarlier: emphasis + [.green]
        case .whiteout: emphasis + [.inverse]
        case .source: emphasis + [.magenta]
        case .refused: emphasis + [.red]
        case .hidden, .missing, .kept: emphasis + [.dim]
        case .present, .answer, .elsewhere: emphasis + [.blue]
        case .merged, .opaque, .redirect, .removed, .deleted, .unchanged: emphasis
        }
    }
}
