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
    private let backing: BackingFilesystem?

    init(
        _ source: ScriptSource, drivers: [StorageDriverKind], options: [MountOption], on backing: BackingFilesystem?
    ) {
        self.source = source
        self.drivers = drivers
        self.options = options
        self.backing = backing
    }

    /// Prints the table, and draws it where a file is named. Expectations of the script are for one driver, so they do
    /// not count here.
    ///
    /// - Throws: Where no driver at all takes the layers, after the table.
    func run(svg: String?) throws {
        let runs = try drivers.map(run)
        let comparison = comparison(of: runs)
        print(
            comparison.text(width: terminalWidth(of: STDOUT_FILENO), style: Style(for: STDOUT_FILENO)),
            terminator: "")
        if let svg {
            try comparison.drawing().write(to: svg, as: PictureFormat(path: svg) ?? .svg)
            print(svg)
        }
        if runs.allSatisfy({ $0.refusal != nil }) {
            throw LibraryError("\(source.name): no driver mounts its layers; the table tells why")
        }
    }

    private func comparison(of runs: [DriverRun]) -> DriverComparison {
        let first = DriverComparison.Row(
            line: nil, operation: "make the container",
            outcomes: runs.map { run in
                run.refusal.map { .refused($0.errno.name) } ?? .done(run.creation.compared, hidden: 0)
            })
        let rows = source.script.operations.enumerated().map { index, line in
            DriverComparison.Row(
                line: line.number,
                operation: runs.lazy.compactMap { index < $0.reports.count ? $0.reports[index].command : nil }.first
                    ?? line.text,
                outcomes: runs.map { index < $0.reports.count ? $0.reports[index].outcome : .notRun })
        }
        return DriverComparison(
            title: "\(source.title): simulated" + (backing.map { ", on \($0.rawValue)" } ?? ""),
            drivers: drivers.map(\.rawValue), rows: [first] + rows,
            totals: runs.map { run in
                guard run.refusal == nil else { return nil }
                var total = run.reports.reduce(into: run.creation) { $0 += $1.cost }.compared
                total.cache = run.reports.reduce(into: .init()) { $0 += .init(isShared: $1.cost.sharesPageCache) }
                return total
            }, notes: zip(drivers, runs).flatMap { driver, run in run.notes(of: driver) })
    }

    private func run(under driver: StorageDriverKind) throws -> DriverRun {
        // An option is overlayfs's own: the other drivers have none of its names.
        let options = driver == .overlay2 ? options : []
        var run: ScriptRunner<SimulatedMount>
        do {
            run = try source.mounted(by: driver, options: options, on: backing)
        } catch let refusal as MountRefusal {
            return DriverRun(refusal: refusal)
        }
        var ran = DriverRun(creation: run.filesystem.creation)
        while let report = try source.placing({ try run.next() }) { ran.reports.append(report) }
        return ran
    }
}

/// What a script came to under one driver.
private struct DriverRun {
    /// Why the layers were not mounted; nothing was run then.
    var refusal: MountRefusal?
    var creation = Cost()
    var reports: [OperationReport] = []

    /// What the table cannot say in its cells.
    func notes(of driver: StorageDriverKind) -> [String] {
        if let refusal { return ["\(driver.rawValue): \(refusal)"] }
        if driver == .devicemapper, let first = reports.first(where: \.opensAFile), first.cost.copied > 0 {
            return ["\(driver.rawValue), line \(first.line): \(FirstOpen.reason)"]
        }
        return []
    }
}

/// What ext4 does when the first file of a mount is opened.
enum FirstOpen {
    /// A clause that can stand behind a colon.
    static let reason =
        "the first open of a file makes ext4 note where it is mounted, in a journal whose chunks were shared"
}

extension OperationReport {
    /// Whether a regular file was opened or made.
    var opensAFile: Bool { cost.sharesPageCache != nil }
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
