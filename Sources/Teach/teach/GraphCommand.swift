import ArgumentParser
import OCI
import ContentStore
import Diagrams
import Engine
import Glibc
import Lessons
import Pictures
import Recording

/// `teach graph`.
struct GraphCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Draw a recorded run's frames, or the images and their layers.",
        discussion: """
            `teach graph images -o layers.svg` draws the images, the layers that they share, and the containers on them; \
            `teach graph schema -o schema.svg` the tables of the record; `teach graph RUN --step 4 -o frame.png` a frame. \
            Without --step, --output is a folder for all frames of the run; `-o -` writes one picture to standard output.
            """)

    @Argument(
        help: "A run (number, lesson or last), `images` or `schema`.",
        completion: .list(["last", "images", "schema"]))
    var subject = "last"

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Only this step.", valueName: "n"))
    var step: Int?

    @Option(
        name: .long,
        help: ArgumentHelp("Of a step with a frame for each call, only this one; else the last.", valueName: "n"))
    var frame: Int?

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The file, whose ending tells the format.", valueName: "file"),
        completion: .file())
    var output: String

    @Option(name: .long, help: "The format where the ending tells none: svg (the default), png, pdf or dot.")
    var format: PictureFormat?

    @Option(name: .long, help: "The colours: light, dark, high-contrast or greyscale.")
    var theme = Theme.light

    func validate() throws {
        let ending = output.split(separator: "/").last.flatMap { name in
            name.lastIndex(of: ".").map { String(name[$0...].dropFirst()) }
        }
        let isFolder = step == nil && subject != "images" && subject != "schema"
        if isFolder, PictureFormat(path: output) != nil {
            throw ValidationError(
                "all frames of a run go into a folder, and \(output) has the ending of a file; name a folder, or one "
                    + "frame with --step")
        }
        if isFolder, output == "-" { throw ValidationError("`-o -` takes one picture; name a frame with --step") }
        if isFolder || output == "-" { return }
        if let ending, PictureFormat(path: output) == nil {
            throw ValidationError("\(output) ends in .\(ending); a picture can be svg, png, pdf or dot")
        }
        if let format, let other = PictureFormat(path: output), format != other {
            throw ValidationError("\(output) has the ending of \(other.rawValue), and --format says \(format.rawValue)")
        }
    }

    func run() throws {
        switch subject {
        case "images": try write(images().drawing(theme: theme))
        case "schema": try write(SchemaPicture.diagram(of: Record.open()).drawing(theme: theme))
        default: try drawRun()
        }
    }

    private func write(_ drawing: Drawing) throws {
        if output == "-" {
            sayBytes(try drawing.rendered(as: format ?? .svg), on: STDOUT_FILENO)
        } else {
            try drawing.write(to: output, as: PictureFormat(path: output) ?? format ?? .svg)
            print(output)
        }
    }

    private func drawRun() throws {
        let recording = try Record.open()
        let run = try recording.run(subject).id
        let numbers = try recording.stepNumbers(ofRun: run, only: step)
        if let step {
            let recorded = try StepRecording(recording, run: run, step: step)
            guard !recorded.snapshots.isEmpty else {
                throw LibraryError("step \(step) of run \(run) made no container, so it has no frame")
            }
            let frames = recorded.frames
            if let frame, !(1...frames.count).contains(frame) {
                throw LibraryError("step \(step) of run \(run) has \(frames.count) frames; there is no frame \(frame)")
            }
            try write(frames.matrix((frame ?? frames.count) - 1).drawing(theme: theme))
            return
        }
        var options = PictureOptions()
        options.output = output
        options.format = format ?? .svg
        options.theme = theme
        for number in numbers {
            let step = try StepRecording(recording, run: run, step: number)
            for file in try options.draw(step, into: output) { print(file) }
        }
    }

    /// The images of this home with the layers that they share, and its containers.
    private func images() throws -> LayerGraph {
        let engine = try DockerCommand.engine()
        var layers: [LayerGraph.Layer] = []
        var images: [LayerGraph.Image] = []
        for summary in try engine.store.images() {
            let image = try engine.store.image(named: "\(summary.id)")
            for (index, layer) in image.layers.enumerated()
            where !layers.contains(where: { $0.chainID == "\(layer.chainID)" }) {
                layers.append(
                    .init(
                        chainID: "\(layer.chainID)", parent: index > 0 ? "\(image.layers[index - 1].chainID)" : nil,
                        digest: "\(layer.diffID)", createdBy: layer.createdBy, size: layer.size))
            }
            let configOnly = (image.config.history ?? []).filter { $0.emptyLayer == true }.compactMap(\.createdBy)
            images.append(
                .init(
                    id: "\(summary.id)", tags: ["\(summary.repository):\(summary.tag)"],
                    top: image.layers.last.map { "\($0.chainID)" }, configOnly: configOnly))
        }
        let containers = try engine.containers.all().map {
            LayerGraph.Container(id: $0.id, name: $0.name, image: $0.imageID)
        }
        return LayerGraph(title: "Images and their layers", layers: layers, images: images, containers: containers)
    }
}

/// The tables of the record, as the database itself describes them.
enum SchemaPicture {
    static func diagram(of recording: Recording) throws -> SchemaDiagram {
        let schema = try recording.schema()
        return SchemaDiagram(
            title: "The record",
            tables: schema.tables.map { table in
                .init(table.name, columns: table.columns.map { .init($0.name, $0.type, isKey: $0.isPrimaryKey) })
            },
            references: schema.tables.flatMap { table in
                table.foreignKeys.map { .init(table.name, $0.column, to: $0.table, $0.target) }
            })
    }
}
