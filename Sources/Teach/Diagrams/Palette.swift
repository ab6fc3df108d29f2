import Pictures

/// The colours that a theme is made of. Okabe and Ito's palette where there are hues at all: it stays apart in the
/// common kinds of colour blindness.
struct Palette: Sendable {
    var background: String
    var ink: String
    var muted: String
    var upperBand: String
    var lowerBand: String
    var gapBand: String
    var file: String
    var fileBorder: String
    var onFile: String
    var copied: String
    var onCopied: String
    var copiedEarlier: String
    var added: String
    var onAdded: String
    var addedOutline: String
    var addedEarlier: String
    var hidden: String
    var onHidden: String
    var whiteout: String
    var onWhiteout: String
    var arrow: String
    var refused: String
    var onRefused: String
    var refusedOutline: String

    /// How a cell with this symbol is painted.
    func cell(_ symbol: Symbol) -> Paint {
        switch symbol {
        case .merged: Paint(background, ink: ink, muted: muted, border: ink, width: 2)
        case .missing: Paint(background, ink: muted, muted: muted, border: muted, width: 2, line: .dotted)
        case .refused:
            Paint(refused, ink: onRefused, muted: onRefused, border: refusedOutline, width: 4, line: .dotted)
        case .copiedUp: Paint(copied, ink: onCopied, muted: onCopied, border: ink, width: 3)
        case .copiedEarlier: Paint(copiedEarlier, ink: ink, muted: ink, border: ink, width: 1.5)
        case .added: Paint(added, ink: onAdded, muted: onAdded, border: ink, width: 3)
        case .addedEarlier: Paint(addedEarlier, ink: ink, muted: ink, border: ink, width: 1.5)
        case .whiteout: Paint(whiteout, ink: onWhiteout, muted: onWhiteout, border: ink, width: 1.5)
        case .opaque: Paint(background, ink: ink, muted: muted, border: ink, width: 6)
        case .redirect: Paint(background, ink: ink, muted: muted, border: ink, width: 3, line: .dashed)
        case .elsewhere: Paint(file, ink: onFile, muted: onFile, border: fileBorder, width: 2, line: .dashed)
        case .changed: Paint(copied, ink: onCopied, muted: onCopied, border: ink, width: 3)
        case .removed, .deleted: Paint(background, ink: ink, muted: muted, border: ink, width: 2, line: .dashed)
        case .unchanged: Paint(background, ink: ink, muted: muted, border: muted, width: 1.5)
        case .present: Paint(file, ink: onFile, muted: onFile, border: fileBorder, width: 2)
        case .kept: Paint(background, ink: muted, muted: muted, border: fileBorder, width: 1)
        case .source: Paint(file, ink: onFile, muted: onFile, border: arrow, width: 4)
        case .answer: Paint(file, ink: onFile, muted: onFile, border: ink, width: 4)
        case .hidden: Paint(hidden, ink: onHidden, muted: onHidden, border: onHidden, width: 1.5, line: .dashed)
        }
    }
}

extension Theme {
    var palette: Palette {
        switch self {
        case .light: .light
        case .dark: .dark
        case .highContrast: .highContrast
        case .greyscale: .greyscale
        }
    }
}

extension Palette {
    static let light = Palette(
        background: "#FFFFFF", ink: "#1A1A1A", muted: "#5C5C5C", upperBand: "#FFF3D6", lowerBand: "#EAF2F8",
        gapBand: "#F7F9FB", file: "#BFD9EC", fileBorder: "#0072B2", onFile: "#1A1A1A", copied: "#E69F00",
        onCopied: "#1A1A1A", copiedEarlier: "#FBE3B0", added: "#009E73", onAdded: "#000000", addedOutline: "#007A59",
        addedEarlier: "#C4E8DC", hidden: "#F2F2F2", onHidden: "#5C5C5C", whiteout: "#1A1A1A", onWhiteout: "#FFFFFF",
        arrow: "#D55E00", refused: "#F0D9E6", onRefused: "#1A1A1A", refusedOutline: "#A2457C")

    static let dark = Palette(
        background: "#14181D", ink: "#F2F2F2", muted: "#B4BAC1", upperBand: "#3A2F14", lowerBand: "#1B2A38",
        gapBand: "#181F26", file: "#24567D", fileBorder: "#56B4E9", onFile: "#FFFFFF", copied: "#E69F00",
        onCopied: "#14181D", copiedEarlier: "#6B4D0C", added: "#009E73", onAdded: "#000000", addedOutline: "#2BC79B",
        addedEarlier: "#0E4F3D", hidden: "#22272D", onHidden: "#A9B0B8", whiteout: "#000000", onWhiteout: "#FFFFFF",
        arrow: "#FF8A3D", refused: "#4A2238", onRefused: "#FFFFFF", refusedOutline: "#E39AC4")

    static let highContrast = Palette(
        background: "#FFFFFF", ink: "#000000", muted: "#262626", upperBand: "#FFE9A8", lowerBand: "#E3EEF7",
        gapBand: "#FFFFFF", file: "#FFFFFF", fileBorder: "#003E80", onFile: "#000000", copied: "#FFB000",
        onCopied: "#000000", copiedEarlier: "#FFFFFF", added: "#35D69B", onAdded: "#000000", addedOutline: "#005A3C",
        addedEarlier: "#FFFFFF", hidden: "#FFFFFF", onHidden: "#404040", whiteout: "#000000", onWhiteout: "#FFFFFF",
        arrow: "#B03A00", refused: "#FFFFFF", onRefused: "#000000", refusedOutline: "#7A1F58")

    static let greyscale = Palette(
        background: "#FFFFFF", ink: "#111111", muted: "#555555", upperBand: "#E2E2E2", lowerBand: "#F2F2F2",
        gapBand: "#FAFAFA", file: "#D4D4D4", fileBorder: "#444444", onFile: "#111111", copied: "#9C9C9C",
        onCopied: "#000000", copiedEarlier: "#CFCFCF", added: "#BDBDBD", onAdded: "#000000", addedOutline: "#333333",
        addedEarlier: "#DDDDDD", hidden: "#F7F7F7", onHidden: "#555555", whiteout: "#111111", onWhiteout: "#FFFFFF",
        arrow: "#444444", refused: "#FFFFFF", onRefused: "#111111", refusedOutline: "#111111")
}
