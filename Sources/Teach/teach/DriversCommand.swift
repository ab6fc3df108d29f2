import ArgumentParser
import Diagrams
import Glibc
import Pictures
import StorageDrivers
import Terminal
import Verification

/// `teach drivers`.
struct DriversCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drivers",
        abstract: "What the six storage drivers are good and bad at, by what they cost.",
        discussion: """
            The simulator tells it of all six. With --measure the same calls are made for real, over a smaller image on \
            loop devices in memory, under the drivers that this kernel has: overlay2 and vfs on ext4, btrfs on Btrfs. What \
            was measured is marked so. With --root it tells instead what a driver keeps under /var/lib/docker, for the image \
            of slide 54; `teach sim SCRIPT --root` does it for any script.
            """)

    @Option(name: .shortAndLong, help: ArgumentHelp("Draw what is told: svg, png, pdf or dot.", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("What this driver keeps under Docker's root.", valueName: "driver"))
    var root: StorageDriverKind?

    @Flag(help: "Measure where this kernel has the driver; needs root.")
    var measure = false

    @Option(help: ArgumentHelp("Draw what a small write unshares, block by block.", valueName: "file"))
    var blocks: String?

    @Option(name: .long, help: "The colours: light, dark, high-contrast or greyscale.")
    var theme = Theme.light

    func validate() throws {
        if root != nil, measure || blocks != nil {
            throw ValidationError("--root is a picture of its own; leave out --measure and --blocks")
        }
    }

    func run() throws {
        for file in [output, blocks].compactMap(\.self) { try GraphPlace.checkEnding(of: file) }
        if let root {
            let library = try LessonLibrary(environment: Environment.all, program: Program.path)
            let source = try ScriptSource(library.path + "/slides/54-aufs.sim")
            try DiskLayout(of: source, by: root, titled: "the image of slide 54").tell(drawnTo: output, theme: theme)
            return
        }
        let matrix = try measure ? measured() : DriverMatrix(uses: simulated(over: .large))
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

    private func simulated(over image: DriverUse.Image) throws -> [[DriverUse]] {
        try DriverUse.Kind.allCases.map { kind in
            try StorageDriverKind.allCases.map { try DriverUse(kind, under: $0, over: image) }
        }
    }

    /// The simulated matrix with what this kernel does in place of what it was said to do, where it has the driver.
    private func measured() throws -> DriverMatrix {
        var uses = try simulated(over: .medium)
        var reasons: [String] = []
        for driver in DriverMeasurement.drivers {
            do {
                for use in try DriverMeasurement.uses(of: driver, over: .medium) {
                    for row in uses.indices {
                        guard let column = uses[row].firstIndex(where: { $0.driver == driver && $0.kind == use.kind })
                        else { continue }
                        if uses[row][column].rating != use.rating {
                            complain(
                                "\(use.kind.label) under \(driver.rawValue): the model says otherwise than the kernel")
                        }
                        uses[row][column] = use
                    }
                }
            } catch let error as Ground.Unavailable {
                reasons.append("\(driver.rawValue) is not measured, because \(error)")
            }
        }
        guard uses.joined().contains(where: { $0.nanoseconds != nil }) else {
            throw NothingMeasured(sentence: reasons.joined(separator: "; "))
        }
        for reason in reasons { complain(reason) }
        var host = utsname()
        uname(&host)
        let release = withUnsafeBytes(of: host.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return DriverMatrix(uses: uses, ground: "Linux \(release)")
    }
}

/// Why this host could measure nothing.
struct NothingMeasured: StatusCarrying {
    var sentence: String
    var status: Int32 { 2 }
}
