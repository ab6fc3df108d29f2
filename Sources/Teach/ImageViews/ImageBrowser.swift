internal import LayerContents
public import LayerModel
internal import Pictures
public import Terminal

/// An image in two columns, its layers and the files of one of them: what is selected, and what a key does.
public struct ImageBrowser: Sendable {
    /// What fills the screen.
    enum Page: Hashable, Sendable {
        case layers
        /// Text that is read, from the line at the top of those that the screen makes of it.
        case text(title: String, Text, top: Int)
    }

    enum Text: Hashable, Sendable {
        /// Lines that are broken where the screen ends.
        case prose([String])
        /// Rows that keep to one line each.
        case table(HiddenTable)

        /// - Returns: lines of which none is wider than the screen.
        func lines(width: Int) -> [String] {
            switch self {
            case .prose(let lines): lines.flatMap { $0.printable.broken(to: width) }
            case .table(let table):
                // It has its least widths, which a very narrow screen does not hold.
                table.columns(in: width).text(width: width).split(separator: "\n").map { String($0).cut(to: width) }
            }
        }
    }

    enum Column: Hashable, Sendable { case layers, files }

    public let report: ImageReport
    /// The bytes of a file of a layer, from 0 at the bottom, as far as they are shown; `nil` where they cannot be read.
    let contents: @Sendable (Int, Path) -> [UInt8]?

    var page = Page.layers
    var column = Column.layers
    /// The layer, from 0 at the bottom.
    var layer: Int
    /// The lines of the layer's tree that are not folded away.
    private(set) var lines: [LayerLine.Place] = []
    /// Which of them is selected, and which stands at the top of the column.
    var line = 0
    var topLine = 0
    private var folded: Set<Int> = []

    /// - Parameter contents: Reads at most so much of a file as a screen can show.
    public init(_ report: ImageReport, contents: @escaping @Sendable (Int, Path) -> [UInt8]?) {
        self.report = report
        self.contents = contents
        layer = report.layers.count - 1
        list()
    }

    /// What the key comes to.
    ///
    /// - Returns: Whether the browser goes on.
    public mutating func press(_ key: Key, width: Int, height: Int) -> Bool {
        switch page {
        case .text(let title, let text, let top):
            if key == .character("q") || key == .escape || key == .enter || key == .left {
                page = .layers
                return true
            }
            let last = max(0, textLines(width: width).count - (height - 2))
            page = .text(title: title, text, top: min(max(0, top + (Self.step(key, height) ?? 0)), last))
        case .layers:
            switch key {
            case .character("q"), .escape: return false
            case .tab: column = column == .layers ? .files : .layers
            case .left: column = .layers
            case .right: column = .files
            case .enter, .character(" "): choose(height: height)
            case .character("s"): tellStory()
            case .character("h"): openHidden()
            case .character("?"): open("Keys", Self.help)
            default: if let step = Self.step(key, height) { move(by: step) }
            }
        }
        return key != .interrupt
    }

    /// The lines of the page that is read, none wider than the screen.
    func textLines(width: Int) -> [String] {
        guard case .text(_, let text, _) = page else { return [] }
        return text.lines(width: width)
    }

    /// How many lines a key moves by; `nil` for one that does not move.
    private static func step(_ key: Key, _ height: Int) -> Int? {
        switch key {
        case .up, .character("k"): -1
        case .down, .character("j"): 1
        case .pageUp: -max(1, height - 8)
        case .pageDown: max(1, height - 8)
        case .home, .character("g"): -1_000_000_000
        case .end, .character("G"): 1_000_000_000
        default: nil
        }
    }

    private mutating func move(by step: Int) {
        switch column {
        case .layers:
            // The topmost stands first.
            let other = min(max(0, layer - step), max(0, report.layers.count - 1))
            if other == layer { return }
            layer = other
            folded = []
            (line, topLine) = (0, 0)
            list()
        case .files: line = min(max(0, line + step), max(0, lines.count - 1))
        }
    }

    private mutating func choose(height: Int) {
        guard column == .files, lines.indices.contains(line) else {
            column = .files
            return
        }
        let place = lines[line]
        let entry = report.contents.layers[layer].entries[place.entry]
        if entry.kind == .directory {
            if folded.remove(place.entry) == nil { folded.insert(place.entry) }
            list()
        } else if entry.kind == .file {
            let path = report.contents.layers[layer].path(of: place.entry)
            guard let bytes = contents(layer, path) else { return }
            open("\(path) in layer \(layer + 1)", FileText.text(bytes, size: entry.size))
        } else {
            tellStory()
        }
    }

    private mutating func tellStory() {
        guard let path = selectedPath, let story = report.contents.story(of: path) else { return }
        open("The story of \(path)", report.text(story, style: .plain))
    }

    private mutating func open(_ title: String, _ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        page = .text(title: title, .prose(lines), top: 0)
    }

    private mutating func openHidden() {
        let title = "Stored and never seen"
        guard let table = report.hiddenTable else { return open(title, ImageReport.nothingHidden) }
        page = .text(title: title, .table(table), top: 0)
    }

    /// Where the selected name stands.
    var selectedPath: Path? {
        guard lines.indices.contains(line) else { return nil }
        return report.contents.layers[layer].path(of: lines[line].entry)
    }

    /// Lists what is not folded away.
    private mutating func list() {
        lines = []
        guard report.contents.layers.indices.contains(layer) else { return }
        let entries = report.contents.layers[layer].entries
        var depths = [Int](repeating: -1, count: entries.count)
        lines.reserveCapacity(entries.count)
        for (number, entry) in entries.enumerated() {
            guard let parent = entry.parent else {
                depths[number] = 0
                continue
            }
            // What is folded away has no depth, and nothing beneath it has.
            if depths[parent] < 0 || folded.contains(parent) { continue }
            depths[number] = depths[parent] + 1
            lines.append(.init(entry: number, depth: depths[number] - 1))
        }
        line = min(line, max(0, lines.count - 1))
    }

    func isFolded(_ entry: Int) -> Bool { folded.contains(entry) }

    private static let help = """
        ↑ ↓ PgUp PgDn Home End   move, also k j g G
        Tab ← →                  layers or files
        Enter, Space             a directory: fold it; a file: its contents
        s                        the story of the selected path across the layers
        h                        all files that are stored and never seen
        q, Esc                   back; from here, the end

        + added   M changed   ✕ deleted   ⊘ opaque: hides all beneath
        A file that a layer further up hides is told with that layer's number.
        """
}
