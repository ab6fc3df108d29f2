import ArgumentParser
import ContentStore
import Engine
import Glibc
import ImageViews
import LayerContents
import LayerModel
import Linux
import Lessons
import OCI
import Terminal

/// `teach image`.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image",
        abstract: "Look into an image: its layers, what each holds and hides, and the story of a path.",
        discussion: """
            In a terminal it opens a browser of layers and files (`q` ends it); elsewhere, and with --text, it prints the \
            layers. The efficiency is the share of the bytes in all layers' files that a container can see: what a later \
            layer replaces, deletes, or hides beneath an opaque directory is stored and shipped all the same. With --ci it \
            exits 1 where the image does not keep the thresholds.
            """)

    @Argument(help: ArgumentHelp("The image's name or id.", valueName: "IMAGE"))
    var image: String

    @Option(help: ArgumentHelp("The files of this layer, 1 at the bottom; with --cat, where to read.", valueName: "n"))
    var layer: Int?

    @Option(help: ArgumentHelp("What happened to this path from layer to layer.", valueName: "path"))
    var path: String?

    @Option(
        help: ArgumentHelp(
            "The contents of this file, as a container sees it, or as --layer has it.", valueName: "path"))
    var cat: String?

    @Flag(help: "All files that are stored and never seen.")
    var hidden = false

    @Flag(help: "The layers as text, also in a terminal.")
    var text = false

    @Flag(help: "One line of JSON; with --layer the layers' files too.")
    var json = false

    @OptionGroup(title: "Thresholds") var ci: ImageThresholds

    func validate() throws {
        if [path != nil, cat != nil, hidden, json, ci.isAsked, text].filter(\.self).count > 1 {
            throw ValidationError(
                "--path, --cat, --hidden, --text, --json and --ci each tell something else; choose one")
        }
        try ci.check()
    }

    func run() throws {
        let engine = try DockerCommand.engine()
        // Nobody removes a layer while it is read.
        let lease = try engine.store.lease()
        defer { _ = lease }
        let image = try engine.imageToShow(image)
        if let cat { return try print(file: cat, of: image) }
        let report = try ImageReport(image, named: self.image, in: engine.store)
        if let layer, !(1...max(report.layers.count, 1)).contains(layer) {
            throw noLayer(layer, of: report)
        }
        if ci.isAsked { return try ci.judge(report) }
        if json { return Swift.print(report.json(files: layer != nil)) }
        let isBrowsed = path == nil && !hidden && !text && layer == nil && FullScreen.isPossible()
        if isBrowsed { return try browse(report, image) }
        let width = isatty(STDOUT_FILENO) == 1 ? terminalWidth(of: STDOUT_FILENO) : nil
        let style = Style(for: STDOUT_FILENO)
        if let path {
            guard let story = report.contents.story(of: Path(path)) else {
                throw LibraryError(
                    "no layer of \(self.image) holds \(path); paths are as a container sees them: /etc/passwd")
            }
            return Swift.print(report.text(story, style: style), terminator: "")
        }
        if hidden { return Swift.print(report.hiddenText(width: width, style: style), terminator: "") }
        if let layer {
            return Swift.print(report.layerText(layer, width: width, style: style), terminator: "")
        }
        Swift.print(report.text(width: width, style: style), terminator: "")
    }

    private func noLayer(_ layer: Int, of report: ImageReport) -> LibraryError {
        LibraryError("\(image) has layers 1 to \(report.layers.count); there is no layer \(layer)")
    }

    private func browse(_ report: ImageReport, _ image: Image) throws {
        var browser = ImageBrowser(report) { layer, path in
            guard let file = try? image.layers[layer].open(path) else { return nil }
            // What is longer is seen with --cat.
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            let count = read(file.number, &bytes, bytes.count)
            return count < 0 ? nil : Array(bytes[..<count])
        }
        guard let terminal = FullScreen() else {
            throw LibraryError("the terminal cannot be read; --text prints the layers")
        }
        let style = Style(for: STDOUT_FILENO)
        while true {
            let size = terminal.size
            terminal.draw(browser.screen(width: size.width, height: size.height, style: style))
            guard let keys = terminal.keys() else {
                if let ending = terminal.ending { throw ExitCode(128 + ending) }
                return
            }
            for key in keys where !browser.press(key, width: size.width, height: size.height) {
                if key == .interrupt { throw ExitCode(128 + SIGINT) }
                return
            }
        }
    }

    /// The bytes of a file, as they are.
    private func print(file: String, of image: Image) throws {
        let report = try ImageReport(image, named: self.image)
        if let layer, !image.layers.indices.contains(layer - 1) { throw noLayer(layer, of: report) }
        let path = Path(file)
        let number = layer ?? report.contents.story(of: path)?.visibleLayer.map { $0 + 1 }
        guard let number, image.layers.indices.contains(number - 1),
            let contents = try image.layers[number - 1].open(path)
        else {
            throw LibraryError(report.absence(of: path, in: layer))
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let number = contents.number
            let count = read(number, &buffer, buffer.count)
            if count <= 0 { return }
            sayBytes(Array(buffer[..<count]), on: STDOUT_FILENO)
        }
    }
}
