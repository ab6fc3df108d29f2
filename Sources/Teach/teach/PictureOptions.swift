public import ArgumentParser
import Pictures
import Recording
public import Diagrams
import Engine
import LayerModel
import Lessons
import Linux

extension PictureFormat: ExpressibleByArgument {}
extension Theme: ExpressibleByArgument {}

/// How pictures are drawn, and where to.
struct PictureOptions: ParsableArguments {
    @Option(
        name: .shortAndLong, help: ArgumentHelp("The folder for the frames.", valueName: "folder"),
        completion: .directory)
    var output: String?

    @Option(name: .long, help: "The format of the frames: svg, png, pdf or dot.")
    var format = PictureFormat.svg

    @Option(name: .long, help: "The colours: light, dark, high-contrast or greyscale.")
    var theme = Theme.light

    /// Draws a step's frames into a folder.
    ///
    /// - Returns: the files.
    func draw(_ step: StepRecording, into folder: String) throws -> [String] {
        guard !step.snapshots.isEmpty else { return [] }
        let matrices = step.frames.matrices
        do {
            try Folders.make(folder)
        } catch {
            throw PictureError.unwritable(path: folder, reason: "\(error.errno.explanation) (\(error.errno.name))")
        }
        let example = step.step.description.example ?? "step"
        let number = step.number < 10 ? "0\(step.number)" : "\(step.number)"
        var files: [String] = []
        for (index, matrix) in matrices.enumerated() {
            let part = matrices.count > 1 ? "-\(index + 1)" : ""
            let file = "\(folder)/\(number)-\(example)\(part).\(format.rawValue)"
            try matrix.drawing(theme: theme).write(to: file, as: format)
            files.append(file)
        }
        return files
    }
}

extension PictureError: StatusCarrying {
    var sentence: String { description }
    var status: Int32 { 2 }
}

/// Whether Graphviz can draw.
enum PictureCheck {
    static func run() -> HostCheck {
        do {
            _ = try Graphviz.shared.render("digraph { a }", engine: "nop2", format: "svg")
            return HostCheck("Graphviz", .good, "libgvc draws")
        } catch {
            return HostCheck("Graphviz", .fatal, "\(error)", cure: "apt-get install libgvc6")
        }
    }
}
