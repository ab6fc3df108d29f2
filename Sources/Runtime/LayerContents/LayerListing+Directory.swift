internal import Glibc
internal import LayerModel
public import Linux

extension LayerListing {
    /// Lists the directory of an unpacked layer. No symbolic link is followed.
    ///
    /// - Throws: `SystemCallError`
    public init(directory: String) throws(SystemCallError) {
        var scan = Scan()
        try scan.add(Descriptor(opening: directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), name: "", parent: nil)
        self.init(entries: scan.entries)
    }

    private struct Scan {
        var entries: [Entry] = []
        /// The first name of each inode that has several, by the inode's number.
        var shared: [UInt64: Int] = [:]
        let opaque = OverlayAttributes.current.prefix + "opaque"

        mutating func add(
            _ directory: consuming Descriptor, name: ByteString, parent: Int?
        ) throws(SystemCallError) {
            let number = entries.count
            var entry = Entry(name, parent, try FileStatus(of: directory), number: number)
            let place = "/proc/self/fd/\(directory.number)/."
            entry.isOpaque = try extendedAttribute(opaque, of: place) == Array("y".utf8)
            entries.append(entry)
            for child in try directoryNames(in: directory).sorted() {
                guard let status = try FileStatus.read(child.text, in: directory.number) else { continue }
                if status.mode & S_IFMT == S_IFDIR {
                    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
                    try add(
                        Descriptor(opening: child.text, flags, in: directory.number), name: child, parent: number)
                    continue
                }
                var entry = Entry(child, number, status, number: entries.count)
                if entry.kind == .symlink {
                    entry.target = try readLink(child.text, in: directory.number, size: Int(status.size))
                }
                if status.links > 1, entry.kind != .whiteout {
                    entry.inode = shared[status.inode] ?? entries.count
                    shared[status.inode] = entry.inode
                }
                entries.append(entry)
            }
        }
    }
}

extension LayerListing.Entry {
    fileprivate init(_ name: ByteString, _ parent: Int?, _ status: FileStatus, number: Int) {
        let kind: NodeKind
        switch status.mode & S_IFMT {
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symlink
        case S_IFIFO: kind = .fifo
        case S_IFSOCK: kind = .socket
        case S_IFBLK: kind = .blockDevice
        case S_IFCHR: kind = status.device == DeviceNumber(major: 0, minor: 0) ? .whiteout : .characterDevice
        default: kind = .file
        }
        self.init(
            name: name, parent: parent, kind: kind, permissions: UInt16(status.mode & 0o7777), uid: status.uid,
            gid: status.gid, size: status.size, modified: status.modified,
            device: kind == .characterDevice || kind == .blockDevice ? status.device : nil, inode: number)
    }
}
