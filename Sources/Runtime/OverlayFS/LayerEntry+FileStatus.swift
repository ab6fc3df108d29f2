internal import Glibc
internal import LayerModel
internal import Linux

extension LayerEntry {
    /// An inode's attributes, without any extended ones.
    init(_ status: FileStatus) {
        let kind = status.kind
        self.init(
            kind: kind, permissions: UInt16(status.mode & 0o7777), uid: status.uid, gid: status.gid,
            // What a directory takes is its filesystem's own business, and changes with each name in it.
            size: kind == .directory ? 0 : status.size, links: status.links, inode: status.inode)
        if kind == .characterDevice || kind == .blockDevice { device = status.device }
    }
}

extension FileStatus {
    /// The type as a layer has it.
    var kind: NodeKind {
        switch mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .directory
        case S_IFLNK: .symlink
        case S_IFSOCK: .socket
        case S_IFIFO: .fifo
        case S_IFBLK: .blockDevice
        case S_IFCHR where device == DeviceNumber(major: 0, minor: 0): .whiteout
        default: .characterDevice
        }
    }
}
