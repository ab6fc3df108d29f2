import Pictures

extension Scene {
    /// One cell, or the two of a refuted prediction. An empty cell is drawn too, without fill or frame: its place
    /// and its id are the same in every frame.
    ///
    /// - Parameter moment: A picture of a script is a prediction as a whole, so no cell has to say that it is one.
    mutating func drawCell(_ cell: ShownCell?, _ place: MatrixPlace, _ box: Box, of moment: LayerMatrix.Moment) {
        switch cell {
        case nil:
            let empty = Paint("transparent", ink: "", muted: "", border: "transparent")
            self.box(place.name, class: "cell \(place.rowClass) empty", box, paint: empty)
        case .observed(let face)?:
            draw(face, place, place.name, box, paint: theme.paint(.cell(face.symbol)), sentence: cell?.sentence)
        case .predicted(let face)?:
            draw(
                moment == .script ? face : face.asPrediction, place, place.name, box,
                paint: outline(face.symbol, on: theme.paint(place.row.band)), sentence: cell?.sentence)
        case .refuted(let predicted, let observed)?:
            drawRefuted(predicted, observed, place, box, sentence: cell?.sentence)
        }
    }

    private mutating func draw(
        _ face: CellFace, _ place: MatrixPlace, _ name: String, _ box: Box, paint: Paint, sentence: String?
    ) {
        var paint = paint
        if face.isFramed { paint.width = 4 }
        let isRinged = face.isChanged && face.symbol == .whiteout
        self.box(
            name, class: classes(place, face), box, paint: paint, lines: lines(face, box, paint),
            sentence: "\(place.subject): \(sentence ?? face.sentence)", rings: isRinged ? 2 : 1)
    }

    private func classes(_ place: MatrixPlace, _ face: CellFace) -> String {
        "cell \(place.rowClass) \(face.symbol.rawValue)\(face.isChanged ? " changed" : "")"
    }

    /// A prediction's paint: the band shows through, and the border has the colour that the cell would have.
    func outline(_ symbol: Symbol, on band: Paint) -> Paint {
        let line: Paint.Line =
            switch symbol {
            case .missing, .removed, .refused: .dotted
            case .redirect, .elsewhere: .dashed
            default: .solid
            }
        return Paint(
            band.fill, ink: band.ink, muted: band.muted, border: theme.outline(symbol), width: symbol == .kept ? 1 : 3,
            line: line)
    }

    private func lines(_ face: CellFace, _ box: Box, _ paint: Paint) -> [Line] {
        let room = box.width - 12
        let isBold = face.isChanged || !face.symbol.mark.isEmpty && face.symbol != .missing
        let typeface: Typeface = isBold ? .bold : .regular
        var lines = [
            Line(
                text: typeface.fitting(face.headline, room, size: 16), size: 16, weight: isBold ? .bold : .plain,
                color: paint.ink, isStruck: face.symbol == .hidden)
        ]
        lines += Self.broken(face.details, room, into: Self.furtherLines(in: box)).map {
            Line(text: Typeface.regular.fitting($0, room, size: 16), size: 16, color: paint.ink)
        }
        return lines
    }

    /// Details in as many lines as there is place for: a long one is broken at its blanks where that leaves every detail
    /// a line, and loses its middle where it does not.
    private static func broken(_ details: [String], _ room: Double, into places: Int) -> [String] {
        var lines = Array(details.prefix(places))
        var index = 0
        while index < lines.count, lines.count < places {
            let words = lines[index].split(separator: " ").map(String.init)
            var count = words.count
            while count > 1, Typeface.regular.width(words.prefix(count).joined(separator: " "), size: 16) > room {
                count -= 1
            }
            if count < words.count {
                lines.insert(words.dropFirst(count).joined(separator: " "), at: index + 1)
                lines[index] = words.prefix(count).joined(separator: " ")
            }
            index += 1
        }
        return lines
    }

    /// How many lines fit beneath the first: Graphviz gives a line 1.2 times its size.
    private static func furtherLines(in box: Box) -> Int { max(0, Int(box.height / (16 * 1.2)) - 1) }

    /// Both cells side by side: the model's in outline, the kernel's in full, ≠ between them.
    private mutating func drawRefuted(
        _ predicted: CellFace, _ observed: CellFace, _ place: MatrixPlace, _ box: Box, sentence: String?
    ) {
        let reach = 10.0
        let sign = 22.0
        let half = (box.width + 2 * reach - sign) / 2
        func part(_ x: Double) -> Box {
            Box(center: Point(x: x, y: box.center.y), width: half, height: box.height)
        }
        let left = part(box.left - reach + half / 2)
        let right = part(box.right + reach - half / 2)
        let model = outline(predicted.symbol, on: theme.paint(place.row.band))
        let kernel = theme.paint(.cell(observed.symbol))
        self.box(
            "\(place.name)_predicted", class: classes(place, predicted) + " predicted", left, paint: model,
            lines: narrowLines(predicted, "model", left, model),
            sentence: "\(place.subject): predicted was \(predicted.sentence)")
        self.box(
            place.name, class: classes(place, observed) + " refuted", right, paint: kernel,
            lines: narrowLines(observed, "kernel", right, kernel),
            sentence: "\(place.subject): \(sentence ?? observed.sentence)")
        let middle = Box(center: box.center, width: sign, height: box.height)
        text(
            "\(place.name)_refuted", class: "refuted", middle,
            lines: [Line(text: "≠", size: 20, weight: .bold, color: theme.paint(place.row.band).ink)],
            alignment: .center)
    }

    /// The lines of half a cell: sign and word stand over one another.
    private func narrowLines(_ face: CellFace, _ side: String, _ box: Box, _ paint: Paint) -> [Line] {
        let room = box.width - 8
        var lines: [Line] = []
        if Typeface.bold.width(face.headline, size: 16) <= room {
            lines.append(Line(text: face.headline, size: 16, weight: .bold, color: paint.ink))
            // Often the only difference: `from upper` against `from layer 1`.
            if let detail = face.details.first, Self.furtherLines(in: box) > 1 {
                let word = detail.hasPrefix("from ") ? String(detail.dropFirst(5)) : detail
                let fitted = Typeface.regular.fitting(word, room, size: 16)
                lines.append(Line(text: fitted, size: 16, color: paint.ink))
            }
        } else {
            if !face.symbol.mark.isEmpty {
                lines.append(Line(text: face.symbol.mark, size: 16, weight: .bold, color: paint.ink))
            }
            lines.append(
                Line(
                    text: Typeface.bold.fitting(face.text, room, size: 16), size: 16, weight: .bold, color: paint.ink))
        }
        return lines + [Line(text: side, size: 16, color: paint.muted)]
    }
}

extension CellFace {
    /// What the step changed in the merged view has no colour of its own: a thicker frame says it.
    var isFramed: Bool { isChanged && (symbol == .merged || symbol == .missing) }

    /// The face with the word that tells a prediction from an observation.
    fileprivate var asPrediction: CellFace {
        var face = self
        face.details = ["predicted"] + details.prefix(1)
        return face
    }
}
