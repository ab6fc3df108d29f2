public import Pictures

/// The colours of a picture. Marks, words and line styles are the same in each.
public enum Theme: String, Hashable, Sendable, CaseIterable {
    case light, dark
    case highContrast = "high-contrast"
    case greyscale
}

/// A place where text stands, and so a pair of colours that must be told apart.
public enum Surface: Hashable, Sendable, CaseIterable {
    case canvas, mergedBand, upperBand, lowerBand, gapBand
    case cell(Symbol)
    /// An image, a config tick or a table's head in the graphs.
    case node, nodeHead

    public static let allCases: [Surface] =
        [.canvas, .mergedBand, .upperBand, .lowerBand, .gapBand, .node, .nodeHead] + Symbol.allCases.map(Surface.cell)
}

/// How a surface is painted. Colours are `#RRGGBB`.
public struct Paint: Hashable, Sendable {
    public enum Line: String, Hashable, Sendable {
        case solid, dashed, dotted
    }

    public var fill: String
    /// The colour of text, 4.5:1 at least against `fill`.
    public var ink: String
    /// The colour of smaller, secondary text, 4.5:1 at least too.
    public var muted: String
    public var border: String
    /// The border's width in points; 0 for none.
    public var width: Double
    public var line: Line

    init(_ fill: String, ink: String, muted: String, border: String, width: Double = 0, line: Line = .solid) {
        self.fill = fill
        self.ink = ink
        self.muted = muted
        self.border = border
        self.width = width
        self.line = line
    }
}

extension Theme {
    /// How `surface` is painted in this theme.
    public func paint(_ surface: Surface) -> Paint {
        let palette = palette
        func plain(_ fill: String) -> Paint {
            Paint(fill, ink: palette.ink, muted: palette.muted, border: fill)
        }
        return switch surface {
        case .canvas, .mergedBand: plain(palette.background)
        case .upperBand: plain(palette.upperBand)
        case .lowerBand: plain(palette.lowerBand)
        case .gapBand: plain(palette.gapBand)
        case .node:
            Paint(palette.background, ink: palette.ink, muted: palette.muted, border: palette.ink, width: 1.5)
        case .nodeHead:
            Paint(palette.file, ink: palette.onFile, muted: palette.onFile, border: palette.fileBorder, width: 2)
        case .cell(let symbol): palette.cell(symbol)
        }
    }

    /// The colour of copy-up arrows and of their source's frame; not for text.
    public var arrow: String { palette.arrow }

    /// The colour in which a predicted cell's outline is drawn: the fill that it would have, or its border where
    /// that is no colour of its own.
    func outline(_ symbol: Symbol) -> String {
        let paint = palette.cell(symbol)
        switch symbol {
        case .copiedUp: return palette.arrow
        case .added: return palette.addedOutline
        default: return paint.border
        }
    }
}
