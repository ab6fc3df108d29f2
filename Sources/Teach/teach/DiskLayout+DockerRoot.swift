import Diagrams
import Glibc
import LayerModel
import Pictures
import Scripts
import StorageDrivers
import Terminal

extension DiskLayout {
    /// Slide 54's directories as a simulated state leaves them.
    init(_ root: DockerRoot, of title: String) {
        self.init(
            title: "\(title): \(root.driver.rawValue) under /var/lib/docker, simulated",
            subtitle: "Names in <…> are made at random by Docker since 1.10: no longer a layer's own id",
            columns: root.directories.map { Column($0.path, $0.holds) },
            rows: root.layers.enumerated().reversed().map { index, layer in
                Row(
                    layer.name, isContainer: index == root.layers.count - 1,
                    cells: layer.contents.map { Cell($0, of: root.driver) })
            }, beside: root.beside.map { Column($0.path, $0.holds) })
    }
}

extension DiskLayout.Cell {
    fileprivate init(_ contents: DockerRoot.Contents, of driver: StorageDriverKind) {
        switch contents {
        case .nothing(let why): self = .nothing(why)
        case .lines(let lines): self = .lines(lines.map { DiskLayout.Line($0) })
        case .tree(let files):
            // A directory that leads to others is told by their paths.
            let parents = Set(files.map(\.path.parent))
            let told = files.filter { $0.kind != .directory || !parents.contains($0.path) || !$0.attributes.isEmpty }
            self = told.isEmpty ? .nothing("empty") : .lines(told.map { DiskLayout.Line($0, of: driver) })
        }
    }
}

extension DiskLayout.Line {
    fileprivate init(_ file: ListedFile, of driver: StorageDriverKind) {
        let marks = file.attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\(ByteString(bytes: $0.value))" }
        let path = file.path.description + (file.kind == .directory ? "/" : "")
        let detail: String? =
            switch file.kind {
            case .file: driver == .aufs && file.isAufsMark ? nil : file.size.map { ByteCount($0).description }
            case .whiteout: "c 0:0"
            case .symlink: file.target.map { "-> \($0)" }
            case .directory: nil
            case .characterDevice, .blockDevice, .fifo, .socket: file.kind.typeName
            }
        let isMark =
            driver == .aufs
            ? file.isAufsMark : file.kind == .whiteout || marks.contains { $0.hasSuffix("overlay.opaque=y") }
        self.init(([path] + [detail].compactMap(\.self) + marks).joined(separator: "  "), isMark: isMark)
    }
}

extension ListedFile {
    /// A whiteout or the mark of an opaque directory; not what AUFS keeps at a branch's root.
    fileprivate var isAufsMark: Bool {
        guard let name = path.name, name.hasPrefix(".wh.") else { return false }
        return !name.hasPrefix(".wh..wh.") || name == ".wh..wh..opq"
    }
}

extension DiskLayout {
    /// What a script leaves on the disk.
    ///
    /// - Parameter title: what it is called; else as the script is.
    init(
        of source: ScriptSource, by driver: StorageDriverKind, options: [MountOption] = [],
        on backing: BackingFilesystem? = nil, titled title: String? = nil
    )
        throws
    {
        var run = try source.simulated(by: driver, options: options, on: backing)
        while try source.placing({ try run.next() }) != nil {}
        self.init(try DockerRoot(of: run.filesystem), of: title ?? source.title)
    }

    /// Prints it, and draws it where a file is named.
    func tell(drawnTo file: String?, theme: Theme = .light) throws {
        print(text(width: terminalWidth(of: STDOUT_FILENO), style: Style(for: STDOUT_FILENO)), terminator: "")
        guard let file else { return }
        try drawing(theme: theme).write(to: file)
        print(file)
    }
}
