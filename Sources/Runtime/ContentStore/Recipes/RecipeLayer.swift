internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// Writes a layer's recipe as a tar, in the order of names.
struct RecipeLayer {
    let recipe: LayerRecipe
    let time: Timestamp
    var compression = Compression.gzip(level: 1)
    /// Is asked before each entry, and within large ones.
    var checkpoint: Checkpoint?

    /// - Throws: `StoreError.recipe` when the recipe contradicts itself, `SystemCallError`
    func write(to descriptor: CInt) throws -> WrittenLayer {
        let writer = try TarWriter(to: descriptor, compression)
        for entry in try ordered() {
            try checkpoint?()
            try add(entry, to: writer)
        }
        return try writer.finish()
    }

    /// The entries with the directories above them, each name once, parents first.
    private func ordered() throws -> [(path: String, entry: RecipeEntry)] {
        var byPath: [String: RecipeEntry] = [:]
        for entry in recipe.entries {
            let path = entry.path.split(separator: "/").joined(separator: "/")
            guard !path.isEmpty, byPath.updateValue(entry, forKey: path) == nil else {
                throw StoreError.recipe("the layer \"\(recipe.createdBy)\" names \(entry.path) twice or not at all")
            }
        }
        for path in Array(byPath.keys) {
            var parent = path[...]
            while let slash = parent.lastIndex(of: "/") {
                parent = parent[..<slash]
                let name = String(parent)
                switch byPath[name]?.node {
                case nil: byPath[name] = .directory("/" + name)
                case .directory, .opaqueDirectory: break
                default:
                    throw StoreError.recipe(
                        "the layer \"\(recipe.createdBy)\" puts /\(path) beneath /\(name), which is no directory")
                }
            }
        }
        // Names in order, a directory's before all that merely begin like it: no name holds a zero byte.
        let keyed = byPath.map { (key: $0.key.utf8.map { $0 == UInt8(ascii: "/") ? 0 : $0 }, item: $0) }
        return keyed.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { (path: $0.item.key, entry: $0.item.value) }
    }

    private func add(_ item: (path: String, entry: RecipeEntry), to writer: borrowing TarWriter) throws {
        func entry(_ path: String, _ kind: ArchiveEntry.Kind) -> ArchiveEntry {
            ArchiveEntry(
                path: path, kind: kind, permissions: item.entry.permissions, uid: item.entry.owner.uid,
                gid: item.entry.owner.gid, modified: time)
        }
        switch item.entry.node {
        case .directory:
            try writer.add(entry(item.path, .directory))
        case .opaqueDirectory:
            try writer.add(entry(item.path, .directory))
            try writer.add(entry("\(item.path)/\(WhiteoutName.opaque)", .file(size: 0)))
        case .whiteout:
            let (parent, name) = split(item.path)
            try writer.add(entry(parent + WhiteoutName.prefix + name, .file(size: 0)))
        case .symlink(let target):
            try writer.add(entry(item.path, .symlink(target: target)))
        case .hardLink(let target):
            let path = target.split(separator: "/").joined(separator: "/")
            guard path.utf8.lexicographicallyPrecedes(item.path.utf8) else {
                throw StoreError.recipe("\(item.entry.path) is a hard link to \(target), which must come before it")
            }
            try writer.add(entry(item.path, .hardLink(target: path)))
        case .file(let content):
            try content.withData { size, forEachChunk in
                try writer.add(entry(item.path, .file(size: size)))
                try forEachChunk { bytes in
                    try checkpoint?()
                    try writer.write(bytes)
                }
            }
        }
    }

    private func split(_ path: String) -> (parent: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("", path) }
        return (String(path[...slash]), String(path[path.index(after: slash)...]))
    }
}

extension FileContent {
    /// In bytes; 0 for a file of the host that cannot be looked at.
    var size: Int64 {
        switch self {
        case .text(let text): Int64(text.utf8.count)
        case .numberedLines(let count): Int64(count) * Int64(Self.lineLength)
        case .hostFile(let path): (try? Files.status(in: AT_FDCWD, path))?.map { Int64($0.st_size) } ?? 0
        case .part(_, _, let size): size
        }
    }

    /// Calls `body` with the size in bytes and with a function that gives the bytes chunk by chunk.
    func withData(
        _ body: (Int64, ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws -> Void
    ) throws {
        switch self {
        case .text(let text):
            let bytes = Array(text.utf8)
            try body(Int64(bytes.count)) { use in try bytes.withUnsafeBytes(use) }
        case .numberedLines(let count):
            try body(Int64(count) * Int64(Self.lineLength)) { use in try Self.lines(count, use) }
        case .hostFile(let path):
            let file = try Descriptor(opening: path, O_RDONLY)
            let bytes = try Files.readAll(file.number)
            try body(Int64(bytes.count)) { use in try bytes.withUnsafeBytes(use) }
        case .part(let path, let offset, let size):
            let file = try Descriptor(opening: path, O_RDONLY)
            let number = file.number
            try body(size) { use in try Self.part(of: number, path, offset..<offset + size, use) }
        }
    }

    private static func part(
        of file: CInt, _ path: String, _ range: Range<Int64>, _ use: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 16) { buffer in
            var offset = range.lowerBound
            while offset < range.upperBound {
                let wanted = min(buffer.count, Int(range.upperBound - offset))
                let position = off_t(offset)
                let count = try call("pread", path) { pread(file, buffer.baseAddress!, wanted, position) }
                if count == 0 { throw StoreError.recipe("\(path) became shorter while a layer was made of it") }
                try use(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                offset += Int64(count)
            }
        }
    }

    static let lineLength = 64

    /// Counts up in the digits of a line instead of formatting each number: half a million lines in milliseconds.
    private static func lines(_ count: Int, _ use: (UnsafeRawBufferPointer) throws -> Void) throws {
        var line = Array("line 00000000: the same bytes on every machine, not one is zero\n".utf8)
        precondition(line.count == lineLength && count < 100_000_000)
        var chunk: [UInt8] = []
        chunk.reserveCapacity(lineLength * 4096)
        for _ in 0..<count {
            var digit = 12
            while line[digit] == 57 {
                line[digit] = 48
                digit -= 1
            }
            line[digit] += 1
            chunk.append(contentsOf: line)
            if chunk.count == lineLength * 4096 {
                try chunk.withUnsafeBytes(use)
                chunk.removeAll(keepingCapacity: true)
            }
        }
        try chunk.withUnsafeBytes(use)
    }
}
