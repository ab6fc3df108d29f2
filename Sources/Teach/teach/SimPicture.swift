import Events
import LayerModel
import Lessons
import Pictures
import Scripts
import StorageDrivers

/// The layers of a script as they are when it has run, as a matrix. All in it is simulated, and marked so.
struct SimPicture {
    private let script: Script
    private let driver: StorageDriverKind
    private let story: [(report: OperationReport, paths: [Path])]
    private let upper: [ListedFile]

    init(
        _ script: Script, driver: StorageDriverKind, story: [(OperationReport, [Path])], upper: [ListedFile]
    ) {
        self.script = script
        self.driver = driver
        self.story = story
        self.upper = upper
    }

    /// `nil` where there is no name to show.
    func matrix() throws -> LayerMatrix? {
        let columns = columns
        guard !columns.isEmpty else { return nil }
        var layers = MemoryLayers(script.layers, upper: driver.marks(in: upper))
        let snapshot = StackSnapshot(
            container: "", name: driver.rawValue,
            layers: script.layers.indices.map { index in
                StackedLayer(
                    layer: .lower(index + 1), createdBy: "layer \(index + 1) of the script",
                    size: script.layers[index].reduce(0) { $0.addingReportingOverflow($1.bytes).partialValue })
            } + [StackedLayer(layer: .upper, createdBy: "", size: 0)],
            rows: try StackSnapshot.rows(at: columns, from: &layers))
        let operations = story.enumerated().map { index, told in
            ObservedOperation(
                sequence: index + 1, pid: 0, program: "script", syscall: "", call: nil, credentials: .scriptRoot,
                errno: told.report.errno, resolved: told.paths.map { $0.withoutTrailingSlash },
                effects: told.report.effects.map { ObservedEffect($0) })
        }
        let composer = FrameComposer(columns: columns, snapshots: [snapshot], operations: ["": operations])
        return composer.matrix(
            caption: .init(
                cause: "\(driver.rawValue), simulated",
                effect: "\(story.count) operation\(story.count == 1 ? "" : "s")",
                subtitle: story.last.map { $0.report.command } ?? "", verdict: .predicted)
        ).predicted
    }

    /// The names that the operations changed or named; where there are none, those of the layers.
    private var columns: [Path] {
        var columns: [Path] = []
        var known: Set<Path> = [.root]
        func add(_ path: Path) {
            let path = path.withoutTrailingSlash
            if known.insert(path).inserted { columns.append(path) }
        }
        for (report, _) in story { report.effects.filter { $0.kind != .parentCopyUp }.forEach { add($0.path) } }
        for (_, paths) in story where columns.count < 24 { paths.forEach(add) }
        for layer in script.layers { for line in layer where columns.count < 6 { add(line.path) } }
        return Array(columns.prefix(24))
    }
}

extension LayerLine {
    /// The bytes that the line puts into the layer.
    fileprivate var bytes: Int64 {
        if case .file(_, _, let contents) = self { contents.size } else { 0 }
    }
}

extension StorageDriverKind {
    /// The writable layer with the driver's own marks as what they mean.
    fileprivate func marks(in upper: [ListedFile]) -> [ListedFile] {
        guard self == .aufs else { return upper }
        let prefix = ".wh."
        return upper.compactMap { file in
            guard let name = file.path.name, name.hasPrefix(prefix) else { return file }
            guard !name.hasPrefix(prefix + prefix) else { return nil }
            var mark = file
            mark.path = file.path.parent.appending(ByteString(String(name.text.dropFirst(prefix.count))))
            mark.kind = .whiteout
            return mark
        }
    }
}

extension LayerMatrix {
    /// The same with each observed cell of the merged views and writable layers as a predicted one.
    fileprivate var predicted: LayerMatrix {
        var matrix = self
        for index in matrix.stacks.indices {
            matrix.stacks[index].merged = matrix.stacks[index].merged.mapValues(\.predicted)
            matrix.stacks[index].upper = matrix.stacks[index].upper.mapValues(\.predicted)
        }
        return matrix
    }
}

extension Cell {
    fileprivate var predicted: Cell {
        if case .observed(let state) = self { .predicted(state) } else { self }
    }
}
