import ArgumentParser
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
        for driver in drivers {
            // An option is overlayfs's own: the other drivers have none of its names.
            var run = try source.simulated(by: driver, options: driver == .overlay2 ? options : [])
            var reports: [OperationReport] = []
            while let report = try source.placing({ try run.next() }) { reports.append(report) }
            columns.append(reports)
        }
        for (index, line) in source.script.operations.enumerated() {
            let cells = columns.map { index < $0.count ? $0[index].cell : "not run" }
            let command = columns.lazy.compactMap { index < $0.count ? $0[index].command : nil }.first ?? line.text
            table.add(["\(line.number)", command] + cells)
        }
        table.add(["", "all together"] + columns.map { $0.reduce(into: Cost()) { $0 += $1.cost }.cell(or: "nothing") })
        table.add(["", "refused"] + columns.map { "\($0.count { $0.errno != nil })" })
        print(table.text(width: terminalWidth(of: 1), style: Style(for: 1)), terminator: "")
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
        return words.isEmpty ? nothing : words.joined(separator: ", ")
    }
}
