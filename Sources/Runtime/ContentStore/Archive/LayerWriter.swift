internal import CContentStore
internal import Glibc
internal import LayerModel
internal import Linux
public import OCI

/// Which modification times a layer's tar records.
public enum ModificationTimes: Hashable, Sendable {
    /// Those of the files.
    case kept
    /// One for all: what a reproducible build does (SOURCE_DATE_EPOCH).
    case fixed(Timestamp)
}

/// Writes the directory of an overlay layer as an OCI layer: overlayfs's marks become `.wh.` names.
/// Entries stand in the order of their names' bytes, so that equal directories give equal digests.
/// See image-spec, layer.md.
public struct LayerWriter: Sendable {
    public var times: ModificationTimes
    public var compression: Compression
    /// Whether the directory is a whole filesystem and no layer: it has no marks, a name that begins with `.wh.` is one
    /// like others, and a directory that something else is mounted on is written as empty.
    public var isTree: Bool
    /// Directories of a tree that are written with all that they hold although they are mounted in it.
    public var mounted: Set<FileIdentity> = []
    /// Is asked before each entry, and within large ones.
    public var checkpoint: Checkpoint?

    public init(
        times: ModificationTimes = .kept, compression: Compression = .gzip(level: 1), isTree: Bool = false
    ) {
        self.times = times
        self.compression = compression
        self.isTree = isTree
    }

    /// Writes the tree beneath `directory` to `descriptor`.
    ///
    /// - Throws: `StoreError.archive` for what a layer cannot express (a redirected or metacopy name,
    ///   a name with the prefix `.wh.`), `SystemCallError`
    public func write(_ directory: String, to descriptor: CInt) throws -> WrittenLayer {
        let root = try Descriptor(opening: directory, O_RDONLY | O_DIRECTORY)
        let writer = try TarWriter(to: descriptor, compression)
        var links: [FileIdentity: String] = [:]
        try writeChildren(of: root.number, path: "", to: writer, &links)
        return try writer.finish()
    }

    /// One file or directory of the host, whatever its names.
    public struct FileIdentity: Hashable, Sendable {
        var device: UInt64
        var inode: UInt64

        fileprivate init(_ status: stat) {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
        }

        /// That of what a path leads to, links followed. stat(2)
        ///
        /// - Throws: `SystemCallError`
        public init(of path: String) throws {
            var status = stat()
            try call("stat", path) { stat(path, &status) }
            self.init(status)
        }
    }

    private func writeChildren(
        of directory: CInt, path: String, to writer: borrowing TarWriter, _ links: inout [FileIdentity: String]
    ) throws {
        for name in try Files.names(in: directory) {
            try write(name, in: directory, as: path + name, to: writer, &links)
        }
    }

    private func write(
        _ name: String, in directory: CInt, as path: String, to writer: borrowing TarWriter,
        _ links: inout [FileIdentity: String]
    ) throws {
        try checkpoint?()
        guard let status = try Files.status(in: directory, name) else { return }
        if !isTree, name.hasPrefix(WhiteoutName.prefix) {
            throw StoreError.archive(
                "\(path) cannot be in an image: the prefix .wh. means a deletion there; rename the file")
        }
        if !isTree, Files.isWhiteout(status) {
            return try writer.add(mark(path.dropLast(name.count) + WhiteoutName.prefix + name, status))
        }
        guard var entry = try entry(path, status, in: directory, name, &links) else { return }
        let all = try ExtendedAttributes.all(in: directory, name)
        try refuseUnwritable(all.map(\.name), path)
        entry.attributes = all.filter { Self.belongsToImage($0.name) }
        if case .hardLink = entry.kind { entry.attributes = [] }
        if case .file(let size) = entry.kind, size > 0 {
            // Whoever runs meanwhile may have put something else there; nobody waits for a FIFO's writer.
            let file = try Descriptor(opening: name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, in: directory)
            guard try FileStatus(of: file).mode & S_IFMT == S_IFREG else {
                throw StoreError.archive("\(path) became something else while its layer was written")
            }
            entry.dataExtents = try DataExtents.of(file.number, size: size)
            try writer.add(entry)
            try copy(file.number, path, size: size, entry.dataExtents, to: writer)
        } else {
            try writer.add(entry)
        }
        guard entry.kind == .directory else { return }
        if all.contains(where: { $0.name == ExtendedAttributes.opaque && $0.value == Array("y".utf8) }) {
            try writer.add(mark("\(path)/\(WhiteoutName.opaque)", status))
        }
        let child = try Descriptor(opening: name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, in: directory)
        if isTree, try isLeftOut(child.number, in: directory) { return }
        try writeChildren(of: child.number, path: "\(path)/", to: writer, &links)
    }

    /// Writes one name of an open directory, and what lies beneath it, as a tar in which it has another name.
    ///
    /// - Throws: as `write(_:to:)`
    public func write(_ name: String, in directory: CInt, as path: String, to descriptor: CInt) throws {
        let writer = try TarWriter(to: descriptor, compression)
        var links: [FileIdentity: String] = [:]
        try write(name, in: directory, as: path, to: writer, &links)
        _ = try writer.finish()
    }

    private func isLeftOut(_ child: CInt, in directory: CInt) throws -> Bool {
        var (above, below) = (stat(), stat())
        try call("fstat") { fstat(directory, &above) }
        try call("fstat") { fstat(child, &below) }
        return above.st_dev != below.st_dev && !mounted.contains(FileIdentity(below))
    }

    private func mark(_ path: String, _ status: stat) -> ArchiveEntry {
        ArchiveEntry(path: path, kind: .file(size: 0), permissions: 0o444, modified: time(status))
    }

    private func time(_ status: stat) -> Timestamp {
        switch times {
        case .kept: Timestamp(seconds: Int64(status.st_mtim.tv_sec), nanoseconds: UInt32(status.st_mtim.tv_nsec))
        case .fixed(let time): time
        }
    }

    /// `nil` for a socket, which is no content.
    private func entry(
        _ path: String, _ status: stat, in directory: CInt, _ name: String, _ links: inout [FileIdentity: String]
    ) throws -> ArchiveEntry? {
        let device = DeviceNumber(major: teach_major(status.st_rdev), minor: teach_minor(status.st_rdev))
        var kind: ArchiveEntry.Kind
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file(size: Int64(status.st_size))
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symlink(target: try readLink(in: directory, name))
        case S_IFIFO: kind = .fifo
        case S_IFCHR: kind = .characterDevice(device)
        case S_IFBLK: kind = .blockDevice(device)
        default: return nil
        }
        if status.st_nlink > 1, kind != .directory {
            let identity = FileIdentity(status)
            if let first = links[identity] { kind = .hardLink(target: first) } else { links[identity] = path }
        }
        return ArchiveEntry(
            path: path, kind: kind, permissions: UInt16(status.st_mode & 0o7777), uid: status.st_uid,
            gid: status.st_gid, modified: time(status))
    }

    private func readLink(in directory: CInt, _ name: String) throws -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = try call("readlinkat", name) { readlinkat(directory, name, &buffer, buffer.count) }
        guard let target = String(validating: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) else {
            throw StoreError.archive("\(name) points at a name that is not UTF-8, which an image's layer cannot hold")
        }
        return target
    }

    /// Overlayfs's own marks and the host's security labels stay behind.
    static func belongsToImage(_ attribute: String) -> Bool {
        !ExtendedAttributes.overlayPrefixes.contains { attribute.hasPrefix($0) }
            && !["security.selinux", "security.ima", "security.evm"].contains(attribute)
    }

    private func refuseUnwritable(_ attributes: [String], _ path: String) throws {
        for prefix in ExtendedAttributes.overlayPrefixes {
            for feature in ["redirect", "metacopy"] where attributes.contains(prefix + feature) {
                throw StoreError.archive(
                    "\(path) has overlayfs's \(feature) mark, which no layer can express: "
                        + "mount the container without \(feature == "redirect" ? "redirect_dir" : "metacopy")")
            }
        }
    }

    private func copy(
        _ file: CInt, _ path: String, size: Int64, _ extents: [Range<Int64>]?, to writer: borrowing TarWriter
    ) throws {
        try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 16) { buffer in
            var offset: Int64 = 0
            for extent in extents ?? [0..<size] {
                try writer.writeZeros(extent.lowerBound - offset, asking: checkpoint)
                offset = extent.lowerBound
                while offset < extent.upperBound {
                    try checkpoint?()
                    let wanted = min(buffer.count, Int(extent.upperBound - offset))
                    let position = off_t(offset)
                    let count = try call("pread", path) { pread(file, buffer.baseAddress!, wanted, position) }
                    if count == 0 { throw StoreError.archive("\(path) became shorter while its layer was written") }
                    try writer.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                    offset += Int64(count)
                }
            }
            try writer.writeZeros(size - offset, asking: checkpoint)
        }
    }
}

/// Where a file has data. See lseek(2), SEEK_DATA and SEEK_HOLE.
enum DataExtents {
    // The kernel's numbers (include/uapi/linux/fs.h); Swift's Glibc shows no names for them.
    private static let seekData: CInt = 3
    private static let seekHole: CInt = 4

    /// `nil` for a file without holes.
    static func of(_ file: CInt, size: Int64) throws(SystemCallError) -> [Range<Int64>]? {
        var extents: [Range<Int64>] = []
        var offset: Int64 = 0
        while offset < size {
            let start: Int64
            do {
                start = Int64(try call("lseek") { lseek(file, off_t(offset), seekData) })
            } catch  where error.errno == .ENXIO {
                break
            }
            if start >= size { break }
            let end = min(size, Int64(try call("lseek") { lseek(file, off_t(start), seekHole) }))
            extents.append(start..<end)
            offset = end
        }
        return extents == [0..<size] ? nil : extents
    }
}
