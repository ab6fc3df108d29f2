import Diagrams
import Glibc
import Pictures
import Testing

@Suite("Graphviz draws in this process")
struct GraphvizTests {
    @Test("every picture in every theme fits its boxes", arguments: Theme.allCases)
    func noWarnings(theme: Theme) throws {
        for (name, matrix) in Samples.all {
            let drawing = matrix.drawing(theme: theme)
            let rendering = try Graphviz.shared.render(drawing.source, engine: drawing.engine.rawValue, format: "svg")
            #expect(rendering.warnings == "", "\(name)")
            if let directory = getenv("TEACH_PICTURES") {
                try drawing.write(to: "\(String(cString: directory))/\(name)-\(theme.rawValue).png")
                try drawing.write(to: "\(String(cString: directory))/\(name)-\(theme.rawValue).svg")
            }
        }
    }
}
