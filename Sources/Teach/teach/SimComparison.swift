import ArgumentParser
import Diagrams
import LayerModel
import Pictures
import Scripts
import StorageDrivers
import Terminal

/// `teach sim --compare`: a script under several drivers, side by side.
struct SimComparison {
    private let source: ScriptSource
    private let drivers: [StorageDriverKind]
    private let options: [MountOption]

    init(_ source: ScriptSource, drivers: [StorageDriverKind], options: [MountOption]) {
        self.source = source
        self.drivers = drivers
        self.options = options
    }

    /// Prints the table. Expectations of the script are for one driver, so they do not count here.
    func run(svg: String?) throws {
        var table = Table(
            [.init("LINE", .right), .init("OPERATION", minimumWidth: 12)]
                + drivers.map { .init($0.rawValue, minimumWidth: 10) })
        var columns: [[OperationReport]] = []
        var creations: [Cost] = []
        for driver in drivers {
            // An option is overlayfs's own: the other drivers have none of its names.
            var run = try source.simulated(by: driver, options: driver == .overlay2 ? options : [])
            creations.append(run.filesystem.creation)
            var reports: [OperationReport] = []
            while let report = try source.placing({ try run.next() }) { reports.append(report) }
            columns.append(reports)
        }
        table.add(["", "the container is made"] + creations.map { $0.cell(or: "nothing") })
        for (index, line) in source.script.operations.enumerated() {
            let cells = columns.map { index < $0.count ? $0[index].cell : "not run" }
            let operation = line.operation.description.words
            table.add(["\(line.number)", operation] + cells)
        }
        table.add(["", "all together"] + columns.map { $0.reduce(into: Cost()) { $0 += $1.cost }.cell(or: "nothing") })
        table.add(["", "refused"] + columns.map { "\($0.count { $0.errno != nil })" })
        print(table.text(width: terminalWidth(of: 1), style: Style(for: 1)), terminator: "")
        guard let svg else { return }
        let matrix = DriverMatrix(
            source.name, lines: source.script.operations.map { $0.operation.description.words }, drivers,
            zip(creations, columns).map { SimulatedRun(creation: $0, reports: $1) })
        try matrix.drawing().write(to: svg, as: PictureFormat(path: svg) ?? .svg)
        print(svg)
    }
}

extension OperationReport {
    /// What the line came to, in a few words.
    fileprivate var cell: String { errno.map(\.name) ?? cost.cell(or: "ok") }
}

extension Cost {
    fileprivate func cell(or nothing: String) -> String {
        var words: [String] = []
        if copied > 0 { words.append("copied \(ByteCount(copied))") }
        if shared > 0 { words.append("shared \(ByteCount(shared))") }
        if allocated > 0 { words.append("stored \(ByteCount(allocated))") }
        if allocated < 0 { words.append("gave back \(ByteCount(-allocated))") }
        if words.isEmpty, let sharesPageCache { words.append(sharesPageCache ? "page cache shared" : "own page cache") }
        return words.isEmpty ? nothing : words.joined(separator: ", ")
    }
}
