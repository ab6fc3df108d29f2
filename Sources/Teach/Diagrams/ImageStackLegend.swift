import Pictures

extension Scene {
    /// The signs that are in the picture, in one line at the foot.
    mutating func drawLegend(of geometry: ImageStackGeometry) {
        let layers = geometry.rows.compactMap(\.layer)
        let words = [
            ("+ added", layers.contains { $0.names.added > 0 }),
            ("M changed", layers.contains { $0.names.changed > 0 }),
            ("✕ deleted", layers.contains { $0.names.deleted > 0 }),
            ("⊘ hides all beneath", layers.contains { $0.names.opaque > 0 }),
        ].filter(\.1).map(\.0)
        let ink = theme.paint(.canvas).ink
        var x = ImageStackGeometry.left
        func advance(_ text: String) -> Double { Typeface.regular.width(text, size: 16) * 1.02 + 8 }
        func label(_ scene: inout Scene, _ name: String, _ text: String) {
            let width = advance(text)
            scene.text(
                "legend_\(name)", class: "legend",
                Box(center: Point(x: x + width / 2, y: 26), width: width, height: 24),
                lines: [Line(text: text, size: 16, color: ink)])
            x += width + 18
        }
        if layers.contains(where: { $0.wasted > 0 }) {
            box(
                "legend_wasted_sample", class: "legend",
                Box(center: Point(x: x + 17, y: 26), width: 34, height: 14), paint: theme.wastedBar(width: 34))
            x += 42
            label(&self, "wasted", "⚠ stored, but hidden by a layer above")
        }
        if geometry.hasShared {
            var paint = theme.paint(.lowerBand)
            paint.border = theme.paint(.cell(.present)).border
            paint.width = 2
            let sample = Box(center: Point(x: x + 17, y: 26), width: 34, height: 22)
            box("legend_shared_sample", class: "legend", sample, paint: paint)
            drawFrame("legend_shared_frame", within: sample, paint: paint)
            x += 42
            label(&self, "shared", "shared")
        }
        if !words.isEmpty { label(&self, "names", "names: " + words.joined(separator: " · ")) }
        if geometry.rows.contains(where: { if case .config = $0 { true } else { false } }) {
            label(&self, "config", "┄ made no layer")
        }
    }
}

extension Theme {
    /// The part of a bar that no container sees, `width` points of it; dashes want some room.
    func wastedBar(width: Double) -> Paint {
        var paint = paint(.cell(.hidden))
        paint.fill = self.paint(.canvas).fill
        paint.border = arrow
        paint.width = 2.5
        if width < 16 { paint.line = .solid }
        return paint
    }
}
