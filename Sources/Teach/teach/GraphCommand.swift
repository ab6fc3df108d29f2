import ArgumentParser
import ContentStore
import Diagrams
import Engine
import Glibc
import ImageViews
import Lessons
import Pictures
import Recording
import Terminal

/// `teach graph`.
struct GraphCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Draw a recorded run's frames, an image's layers, or all images.",
        discussion: """
            `teach graph RUN --step 4 -o frame.png` draws a frame; without --step, --output is a folder for all frames of \
            the run. `teach graph IMAGE -o stack.svg` draws an image's layers as a stack: what each holds, what of it is \
            wasted because a later layer hides it, and which other images have it too. `teach graph images -o images.svg` \
            draws all images, the layers that they share, and the containers on them; `teach graph schema -o schema.svg` \
            the tables of the record. `-o -` writes one picture to standard output.

            Where a run and an image have the same name, the run is drawn; NAME:TAG and sha256:ID are an image's alone.
            """)

    @Argument(
        help: "A run (number, lesson or last), an image's name or id, `images` or `schema`.",
        completion: .list(["last", "images", "schema"]))
    var subject = "last"

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Only this step.", valueName: "n"))
    var step: Int?

    @Option(
        name: .long,
        help: ArgumentHelp("Of a step with a frame for each call, only this one; else the last.", valueName: "n"))
    var frame: Int?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The file, whose ending tells the format; of all frames the folder.", valueName: "file"),
        completion: .file())
    var output: String?

    @Flag(name: .long, help: "Tell it as text instead: an image's layers, or a run's frames.")
    var text = false

    @Option(name: .long, help: "The format where the ending tells none: svg (the default), png, pdf or dot.")
    var format: PictureFormat?

    @Option(name: .long, help: "The colours: light, dark, high-contrast or greyscale.")
    var theme = Theme.light

    @Argument(help: .hidden)
    var more: [String] = []

    /// Not the parser's `validate`, which would put the usage behind each sentence.
    private func check() throws(GraphUsageError) {
        if let word = more.first {
            throw GraphUsageError(
                "`teach graph` draws one thing, and `\(word)` is a second"
                    + (PictureFormat(path: word) == nil ? "" : "; the file is named with -o \(word)"))
        }
        guard let output else { return }
        if text { throw GraphUsageError("--text tells it on standard output; leave out -o \(output)") }
        guard let format, let other = PictureFormat(path: output), format != other else { return }
        throw GraphUsageError(
            "\(output) has the ending of \(other.rawValue), and --format says \(format.rawValue); leave one of them out"
        )
    }

    func run() throws {
        try check()
        let subject = try GraphSubject(self.subject)
        if case .run = subject {
        } else if step != nil || frame != nil {
            throw GraphUsageError("--step and --frame choose a frame of a run; `\(self.subject)` is none")
        }
        switch subject {
        case .images:
            let place = try place("images")
            try write(LayerGraph(of: DockerCommand.engine()).drawing(theme: theme), to: place)
        case .schema:
            let place = try place("schema")
            try write(SchemaPicture.diagram(of: Record.open()).drawing(theme: theme), to: place)
        case .image(let id, let store):
            let name = String(self.subject.map { "/:@".contains($0) ? "-" : $0 })
            let place = text ? nil : try place(name)
            // Nobody removes a layer while it is read.
            let lease = try store.lease()
            defer { _ = lease }
            let stack = try ImageReport(store.image(named: id), named: self.subject, in: store).stack
            guard let place else {
                return print(stack.text(width: terminalWidth(of: 1), style: Style(for: 1)), terminator: "")
            }
            try write(stack.drawing(theme: theme), to: place)
        case .run(let run): try draw(run.id)
        }
    }

    private func draw(_ run: Int64) throws {
        let recording = try Record.open()
        let numbers = try recording.stepNumbers(ofRun: run, only: step)
        if let step {
            let place = text ? nil : try place("step\(step)")
            return try tell(frame(of: StepRecording(recording, run: run, step: step)), at: place)
        }
        if text {
            for number in numbers {
                for matrix in try StepRecording(recording, run: run, step: number).frames.summary {
                    try tell(matrix, at: nil)
                }
            }
            return
        }
        let folder = try folder(of: run)
        var options = PictureOptions()
        options.output = folder
        options.format = format ?? .svg
        options.theme = theme
        for number in numbers {
            let step = try StepRecording(recording, run: run, step: number)
            for file in try options.draw(step, into: folder) { print(file) }
        }
    }

    private func frame(of step: StepRecording) throws -> LayerMatrix {
        guard !step.snapshots.isEmpty else {
            throw LibraryError("step \(step.number) of run \(step.run) made no container, so it has no frame")
        }
        let count = step.frames.count
        let number = frame ?? count
        guard (1...count).contains(number) else {
            throw LibraryError(
                "step \(step.number) of run \(step.run) has \(count) frames; there is no frame \(number)")
        }
        return step.frames.matrix(number - 1)
    }

    /// Draws the frame, or tells it where it has no place.
    private func tell(_ matrix: LayerMatrix, at place: GraphPlace?) throws {
        if let place { return try write(matrix.drawing(theme: theme), to: place) }
        print(matrix.text(width: terminalWidth(of: 1), style: Style(for: 1)))
    }

    /// Where all frames of a run go.
    private func folder(of run: Int64) throws -> String {
        guard let folder = output else {
            throw GraphUsageError(
                "say where to: `teach graph \(subject) -o frames` draws all frames of run \(run) into a folder, "
                    + "`--step 1 -o frame.svg` one of them, and --text tells them here")
        }
        if folder == "-" { throw GraphUsageError("`-o -` takes one picture; name a frame with --step") }
        var cure = "name a folder, or one frame with --step"
        // A number is a run's, also where an image's id begins so.
        if Int64(subject) == nil, let image = try? DockerCommand.engine().existingImage(subject) {
            cure += "; \(image.reference.map { "\($0)" } ?? "\(image.id)") is the image of that name"
        }
        if PictureFormat(path: folder) != nil, !GraphPlace.isFolder(folder) {
            throw GraphUsageError(
                "all frames of run \(run) go into a folder, and \(folder) has the ending of a file; \(cure)")
        }
        if GraphPlace.isFile(folder) {
            throw GraphUsageError("all frames of run \(run) go into a folder, and \(folder) is a file; \(cure)")
        }
        if let ending = GraphPlace.ending(of: folder), !GraphPlace.isFolder(folder) {
            throw GraphUsageError(
                "all frames of run \(run) go into a folder, and \(folder) ends in .\(ending): \(cure), or write -o \(folder)/"
            )
        }
        return folder
    }

    /// Where one picture goes.
    ///
    /// - Parameter name: What it would be called, without an ending.
    private func place(_ name: String) throws -> GraphPlace {
        if let output { return try GraphPlace(output, format, of: name) }
        let words = "`teach graph \(subject)\(step.map { " --step \($0)" } ?? "") -o \(name).svg`"
        if text { throw GraphUsageError("--text tells an image's layers or a run's frames; write \(words)") }
        let isTold = subject != "images" && subject != "schema"
        throw GraphUsageError("say where to: \(words) draws it" + (isTold ? ", and --text tells it here" : ""))
    }

    private func write(_ drawing: Drawing, to place: GraphPlace) throws {
        switch place {
        case .standardOutput(let format): sayBytes(try drawing.rendered(as: format), on: STDOUT_FILENO)
        case .file(let path, let format):
            try drawing.write(to: path, as: format)
            print(path)
        }
    }
}
