import ArgumentParser
import Diagrams
import Pictures
import StorageDrivers
import Terminal

/// `teach drivers`.
struct DriversCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drivers",
        abstract: "What the six storage drivers are good and bad at, by what the simulator says it costs.")

    @Option(name: .shortAndLong, help: ArgumentHelp("Draw the matrix: svg, png, pdf or dot.", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Draw what a small write unshares, block by block.", valueName: "file"))
    var blocks: String?

    @Option(name: .long, help: "The colours: light, dark, high-contrast or greyscale.")
    var theme = Theme.light

    func run() throws {
        let uses = try DriverUse.Kind.allCases.map { kind in
            try StorageDriverKind.allCases.map { try DriverUse(kind, under: $0) }
        }
        let matrix = DriverMatrix(uses: uses)
        print(matrix.text(width: terminalWidth(of: 1), style: Style(for: 1)), terminator: "")
        if let output {
            try matrix.drawing(theme: theme).write(to: output)
            print(output)
        }
        if let blocks {
            try BlockMap.afterAWrite().drawing(theme: theme).write(to: blocks)
            print(blocks)
        }
    }
}
