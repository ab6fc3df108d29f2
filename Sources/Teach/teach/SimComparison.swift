import ArgumentParser
import Diagrams
import Glibc
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

    /// Prints the table, and draws it where a file is named. Expectations of the script are for one driver, so they do
    /// not count here.
    func run(svg: String?) throws {
        let comparison = try comparison()
        print(
            comparison.text(width: terminalWidth(of: STDOUT_FILENO), style: Style(for: STDOUT_FILENO)),
            terminator: "")
        guard let svg else { return }
        try comparison.drawing().write(to: svg, as: PictureFormat(path: svg) ?? .svg)
        print(svg)
    }

    private func comparison() throws -> DriverComparison {
        let runs = try drivers.map(run)
        let columns = runs.map(\.reports)
        let creations = runs.map(\.creation)
        let first = DriverComparison.Row(
            line: nil, operation: "make the container", outcomes: creations.map { .done($0.compared, hidden: 0) })
        let rows = source.script.operations.enumerated().map { index, line in
            DriverComparison.Row(
                line: line.number,
                operation: columns.lazy.compactMap { index < $0.count ? $0[index].command : nil }.first ?? line.text,
                outcomes: columns.map { index < $0.count ? $0[index].outcome : .notRun })
        }
        return DriverComparison(
            title: "\(source.title): simulated", drivers: drivers.map(\.rawValue), rows: [first] + rows,
            totals: zip(creations, columns).map { creation, reports in
                var total = reports.reduce(into: creation) { $0 += $1.cost }.compared
                total.cache = reports.reduce(into: .init()) { $0 += .init(isShared: $1.cost.sharesPageCache) }
                return total
            })
    }

    private func run(under driver: StorageDriverKind) throws -> (creation: Cost, reports: [OperationReport]) {
        // An option is overlayfs's own: the other drivers have none of its names.
        var run = try source.simulated(by: driver, options: driver == .overlay2 ? options : [])
        let creation = run.filesystem.creation
        var reports: [OperationReport] = []
        while let report = try source.placing({ try run.next() }) { reports.append(report) }
        return (creation, reports)
    }
}

extension ScriptSource {
    /// The file's name without its folder and ending.
    var title: String {
        let name = name.split(separator: "/").last.map(String.init) ?? name
        return name.hasSuffix(".sim") ? String(name.dropLast(4)) : name
    }
}

extension OperationReport {
    fileprivate var outcome: DriverComparison.Outcome {
        errno.map { .refused($0.name) } ?? .done(cost.compared, hidden: effects.count { $0.kind == .whiteout })
    }
}

extension Cost {
    fileprivate var compared: DriverComparison.Cost {
        DriverComparison.Cost(
            copied: copied, shared: shared, stored: allocated, cache: .init(isShared: sharesPageCache))
    }
}
