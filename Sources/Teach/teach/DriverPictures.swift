import LayerModel
import Pictures
import StorageDrivers

extension StorageDriverKind {
    /// What keeps its layers apart, in a few words: in the unit of the numbers beside them.
    var granularity: String {
        switch self {
        case .overlay2: "files, at open"
        case .aufs: "files, at write"
        case .devicemapper: "\(ByteCount(ThinPool.chunkSize)) chunks"
        case .btrfs: "\(ByteCount(BtrfsStorage().granularity)) blocks"
        case .zfs: "\(ByteCount(ZFSStorage().granularity)) records"
        case .vfs: "a full copy"
        }
    }
}

extension DriverMatrix {
    /// Slide 55's matrix: what each driver is good and bad at. A row holds one use under each driver.
    ///
    /// - Parameter ground: What the measured ones were measured on; `nil` where none was.
    init(uses: [[DriverUse]], ground: String? = nil) {
        self.init(
            title: "Storage drivers: good and bad uses, by what they cost",
            subtitle: ground.map { "● measured on \($0); the others are simulated" }
                ?? "simulated: no driver of this host was asked",
            columns: (uses.first ?? []).map { Column(name: $0.driver.rawValue, note: $0.driver.granularity) },
            rows: uses.map { row in
                Row(label: row[0].kind.label, note: row[0].note, cells: row.map(Cell.init))
            })
    }
}

extension DriverMatrix.Cell {
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
        case (nil, .sharedReading): words = use.cost.sharesPageCache == true ? "shared" : "apart"
        case (nil, .manySmallFiles):
            words = ByteCount(use.storedEach).description
            detail = "stored each"
        case (nil, _):
            words = use.cost.copied > 0 ? ByteCount(use.cost.copied).description : "0 B"
            detail = use.cost.copied > 0 ? "copied\(use.time.map { " in \($0)" } ?? "")" : "copied nothing"
        }
        self.init(kind, words, detail: detail, source: use.nanoseconds == nil ? .simulated : .measured)
    }
}

extension DriverUse {
    /// What was done.
    fileprivate var note: String {
        let page = ByteCount(4096)
        return switch kind {
        case .startContainers: "image of \(ByteCount(image.dataSize)) and \(image.fileCount) files"
        case .sharedReading: "their page caches"
        case .smallWritesIntoBigFiles: "\(page) into \(ByteCount(image.dataSize))"
        case .manySmallFiles: "\(image.fileCount) files of \(ByteCount(Int64(image.fileSize)))"
        case .renamedDirectories: "of the image, with files in it"
        case .rewrittenFiles: "\(page), the second time"
        }
    }

    /// How long it took the kernel, to two digits.
    fileprivate var time: String? {
        guard let nanoseconds else { return nil }
        let milliseconds = nanoseconds / 1_000_000
        guard milliseconds >= 1000 else { return milliseconds > 0 ? "\(milliseconds) ms" : "under 1 ms" }
        return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }
}

extension BlockMap {
    /// A file of the image into which a container wrote 4 KiB, under each driver.
    static func afterAWrite() throws -> BlockMap {
        let size: Int64 = 1 << 20
        let rows = try StorageDriverKind.allCases.map { driver in
            var stack = LayerStack()
            stack.addLayer()
            // No zeros: AUFS would leave a hole for them.
            try stack.makeFile("/file", mode: 0o644, bytes: [UInt8](repeating: 2, count: Int(size)))
            var mount = try SimulatedMount(driver: driver, layers: stack)
            let opened = mount.answer(to: .open("/file", .readWrite, mode: 0), by: .containerRoot)
            if case .descriptor(let file) = opened.value {
                let page = [UInt8](repeating: 1, count: 4096)
                _ = mount.answer(to: .pwrite(file, page, offset: 600 << 10), by: .containerRoot)
            }
            return Row(driver, mount, of: "/file", size: size)
        }
        return BlockMap(
            title:
                "A file of \(ByteCount(size)), of which a container wrote \(ByteCount(4096)): what is its own now",
            subtitle: "simulated · from the file's beginning on the left to its end", size: size, rows: rows)
    }
}

extension BlockMap.Row {
    fileprivate init(_ driver: StorageDriverKind, _ mount: SimulatedMount, of path: Path, size: Int64) {
        // A union copies a file as a whole, into its upper layer.
        let unit = mount.storage?.granularity ?? size
        var runs: [BlockMap.Run] = []
        if let storage = mount.storage, let file = mount.objectNumber(of: path) {
            for extent in storage.extents(of: file) {
                let range = extent.logical * unit..<min((extent.logical + extent.count) * unit, size)
                if !range.isEmpty { runs.append(BlockMap.Run(range, isExclusive: extent.birth == storage.layer)) }
            }
        }
        if mount.storage == nil {
            var mount = mount
            let sight = mount.sights(of: [path], by: .containerRoot).first
            runs = [BlockMap.Run(0..<size, isExclusive: sight?.places.first?.layer == .upper)]
        }
        self.init(driver: driver.rawValue, unit: driver.granularity, granularity: unit, runs: runs)
    }
}
