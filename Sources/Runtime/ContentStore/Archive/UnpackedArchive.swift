internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// The files of an image archive, taken apart into a folder of their own. Names of the archive never become names on
/// disk: each file lies under a number, so nothing in the archive can reach out of the folder.
struct UnpackedArchive {
    struct File: Hashable {
        /// Where it lies.
        var path: String
        var digest: Digest
        var size: Int64
    }

    private let folder: String
    private let limits: LayerLimits
    /// The bytes of all files.
    private var size: Int64 = 0
    private var files: [String: File] = [:]
    /// Other names: what a link stands for, from the archive's root.
    private var links: [String: String] = [:]

    /// Takes an archive apart: a tar, plain or compressed with gzip, zstd, bzip2 or xz.
    ///
    /// - Throws: `StoreError` for what no image archive holds, `SystemCallError`
    init(from descriptor: CInt, into folder: String, limits: LayerLimits) throws {
        self.folder = folder
        self.limits = limits
        try call("mkdir", folder) { mkdir(folder, 0o700) }
        // Each blob has a digest of its own.
        let reader = try LayerReader(
            from: descriptor, limits: limits, what: "archive", filters: .all, takesDigests: false)
        var count = 0
        while let entry = try reader.next() {
            count += 1
            if count > limits.entries {
                throw StoreError.archive("archive refused: it has more than \(limits.entries) entries")
            }
            try add(entry, reader)
        }
        // A checksum at the end of the compressed stream is read too.
        _ = try reader.finish()
    }

    private mutating func add(_ entry: ArchiveEntry, _ reader: borrowing LayerReader) throws {
        let name = try Self.name(entry.path, from: [], of: entry.path)
        switch entry.kind {
        case .directory: return
        case .file(let size):
            links[name] = nil
            // A sparse file may be larger than the whole tar.
            let (sum, isTooLarge) = self.size.addingReportingOverflow(size)
            guard !isTooLarge, sum <= limits.bytes else {
                throw StoreError.archive("archive refused: it unpacks to more than \(limits.bytes) bytes")
            }
            self.size = sum
            files[name] = try copy(entry.path, size: size, reader)
        case .symlink(let target):
            files[name] = nil
            let parent = target.hasPrefix("/") ? [] : name.split(separator: "/").dropLast().map(String.init)
            links[name] = try Self.name(String(target.drop { $0 == "/" }), from: parent, of: entry.path)
        case .hardLink(let target):
            files[name] = nil
            links[name] = try Self.name(target, from: [], of: entry.path)
        case .fifo, .characterDevice, .blockDevice:
            throw StoreError.archiveRefused(
                entry: entry.path, reason: "is a device or a FIFO, which no image archive has")
        }
    }

    private func copy(_ entry: String, size: Int64, _ reader: borrowing LayerReader) throws -> File {
        let path = "\(folder)/\(files.count)-\(String(UInt64.random(in: 0...(.max)), radix: 36))"
        let file = try Descriptor(opening: path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
        let number = file.number
        var digester = Digester()
        let zeros = [UInt8](repeating: 0, count: 1 << 16)
        func skip(to offset: Int64) throws {
            while digester.count < offset {
                let count = Int(min(Int64(zeros.count), offset - digester.count))
                try zeros.withUnsafeBytes { bytes in
                    let some = UnsafeRawBufferPointer(rebasing: bytes[..<count])
                    try Files.write(some, to: number)
                    digester.update(some)
                }
            }
        }
        try reader.forEachBlock { bytes, offset in
            guard offset >= digester.count, offset <= size - Int64(bytes.count) else {
                throw StoreError.archiveRefused(entry: entry, reason: "has data beyond its own size")
            }
            // A sparse file's holes are bytes of the blob like others.
            try skip(to: offset)
            try Files.write(bytes, to: number)
            digester.update(bytes)
        }
        try skip(to: size)
        return File(path: path, digest: digester.digest, size: size)
    }

    /// The file that has this name, also through links inside the archive; `nil` when none has.
    func file(_ name: String) -> File? {
        var name = name.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        for _ in 0..<10 {
            if let file = files[name] { return file }
            guard let next = links[name] else { return nil }
            name = next
        }
        return nil
    }

    /// The bytes of a document.
    ///
    /// - Throws: `StoreError` for one that is larger than any honest one is, `SystemCallError`
    func document(_ file: File, what: String) throws -> [UInt8] {
        guard file.size <= Self.largestDocument else {
            throw StoreError.format("\(what) has \(file.size) bytes, more than \(Self.largestDocument): it is refused")
        }
        let open = try Descriptor(opening: file.path, O_RDONLY)
        return try Files.readAll(open.number)
    }

    /// What registries allow a manifest to have (distribution-spec, "Pushing Manifests").
    static let largestDocument: Int64 = 4 << 20

    private static func name(_ path: String, from parent: [String], of entry: String) throws -> String {
        if path.hasPrefix("/") {
            throw StoreError.archiveRefused(entry: entry, reason: "has an absolute path: it would leave the archive")
        }
        var parts = parent
        for part in path.split(separator: "/") where part != "." {
            guard part == ".." else {
                parts.append(String(part))
                continue
            }
            // Only a link may climb, and no higher than the archive's root.
            guard !parent.isEmpty, parts.popLast() != nil else {
                throw StoreError.archiveRefused(entry: entry, reason: "climbs with ..: it would leave the archive")
            }
        }
        return parts.joined(separator: "/")
    }
}
