import LayerModel
import Pictures
import Scripts
import StorageDrivers

extension StorageDriverKind {
    /// What keeps its layers apart, in a few words.
    var granularity: String {
        switch self {
        case .overlay2: "whole files, at open"
        case .aufs: "whole files, at write"
        case .devicemapper: "64 KiB chunks"
        case .btrfs: "4 KiB blocks"
        case .zfs: "128 KiB records"
        case .vfs: "a full copy"
        }
    }
}

extension DriverMatrix {
    /// A script under several drivers: the making of the container, then each line. Lines that came to the same everywhere
    /// without a cost go first where there are too many for a picture.
    init(_ name: String, lines: [String], _ drivers: [StorageDriverKind], _ runs: [SimulatedRun]) {
        var rows = [
            Row(
                label: "the container is made", note: "before the first line",
                cells: runs.map { Cell($0.creation, nothing: "0 B") })
        ]
        for (index, line) in lines.enumerated() {
            let cells = runs.map { run in
                index < run.reports.count ? Cell(run.reports[index]) : Cell(.notRun, "not run")
            }
            rows.append(Row(label: line, cells: cells))
        }
        while rows.count > Self.rowsOfPicture, let dull = rows.lastIndex(where: { Set($0.cells).count == 1 }) {
            rows.remove(at: dull)
        }
        self.init(
            title: "One script, \(drivers.count) storage drivers: what each copied, stored and refused",
            subtitle: "simulated · \(name)",
            columns: drivers.map { Column(name: $0.rawValue, note: $0.granularity) }, rows: rows)
    }

    private static let rowsOfPicture = 7

    /// Slide 55's matrix: what each driver is good and bad at.
    init(uses: [[DriverUse]]) {
        self.init(
            title: "Storage drivers: good and bad uses, by what they cost",
            subtitle: "simulated: no driver of this host was asked",
            columns: (uses.first ?? []).map { Column(name: $0.driver.rawValue, note: $0.driver.granularity) },
            rows: uses.map { row in
                Row(label: row[0].kind.label, note: row[0].kind.note, cells: row.map(Cell.init))
            })
    }
}

/// What a script came to under one driver.
struct SimulatedRun {
    var creation: Cost
    var reports: [OperationReport]
}

extension DriverMatrix.Cell {
    init(_ report: OperationReport) {
        if let errno = report.errno {
            self.init(.refused, errno.name)
        } else {
            let isHidden = report.effects.contains { $0.kind == .whiteout }
            self.init(report.cost, nothing: isHidden ? "whiteout" : "ok")
        }
    }

    init(_ cost: Cost, nothing: String) {
        var details: [String] = []
        if cost.shared > 0 { details.append("shared \(ByteCount(cost.shared))") }
        if cost.allocated > 0 { details.append("stored \(ByteCount(cost.allocated))") }
        if cost.allocated < 0 { details.append("gave back \(ByteCount(-cost.allocated))") }
        if details.isEmpty, cost.copied == 0, let shares = cost.sharesPageCache {
            details.append(shares ? "page cache shared" : "its own page cache")
        }
        let words = cost.copied > 0 ? ByteCount(cost.copied).description : nothing
        self.init(cost.copied > 0 ? .copied : .cheap, words, detail: details.joined(separator: ", "))
    }

    init(_ use: DriverUse) {
        let kind: DriverMatrix.Kind =
            switch use.rating {
            case .good: .good
            case .fair: .fair
            case .bad: .bad
            }
        let words: String
        var detail = ""
        switch (use.errno, use.kind) {
        case (let errno?, _): words = errno.name
        case (nil, .sharedReading): words = use.cost.sharesPageCache == true ? "one cache" : "one each"
        case (nil, .manySmallFiles):
            words = ByteCount(use.cost.allocated / 1000).description
            detail = "stored for each"
        case (nil, _):
            words = use.cost.copied > 0 ? ByteCount(use.cost.copied).description : "0 B"
            detail = use.cost.copied > 0 ? "copied" : "copied nothing"
        }
        self.init(kind, words, detail: detail)
    }
}

extension BlockMap {
    /// A file of the image into which a container wrote 4 KiB, under the drivers that know blocks, and vfs.
    static func afterAWrite() throws -> BlockMap {
        let size: Int64 = 1 << 20
        let rows = try [StorageDriverKind.devicemapper, .btrfs, .zfs, .vfs].map { driver in
            var stack = LayerStack()
            stack.addLayer()
            try stack.makeFile("/file", mode: 0o644, zeros: size, isSparse: false)
            var mount = try SimulatedMount(driver: driver, layers: stack)
            let opened = mount.answer(to: .open("/file", .readWrite, mode: 0), by: .containerRoot)
            if case .descriptor(let file) = opened.value {
                let page = [UInt8](repeating: 1, count: 4096)
                _ = mount.answer(to: .pwrite(file, page, offset: 600 << 10), by: .containerRoot)
            }
            return Row(driver, mount, of: "/file", size: size)
        }
        return BlockMap(
            title: "A file of 1 MiB, of which a container wrote 4 KiB: what is its own now",
            subtitle: "simulated · from the file's beginning on the left to its end", size: size, rows: rows)
    }
}

extension BlockMap.Row {
    fileprivate init(_ driver: StorageDriverKind, _ mount: SimulatedMount, of path: Path, size: Int64) {
        let unit = mount.storage?.granularity ?? 4096
        var runs: [BlockMap.Run] = []
        if let storage = mount.storage, let file = mount.objectNumber(of: path) {
            for extent in storage.extents(of: file) {
                let range = extent.logical * unit..<min((extent.logical + extent.count) * unit, size)
                if !range.isEmpty { runs.append(BlockMap.Run(range, isExclusive: extent.birth == storage.layer)) }
            }
        }
        self.init(driver: driver.rawValue, unit: driver.granularity, granularity: unit, runs: runs)
    }
}
