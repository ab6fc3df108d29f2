internal import LayerModel

/// The upper branch as it lies on the disk (`aufs/diff/<id>`).
extension AufsFilesystem {
    mutating func merged() -> [ListedFile] {
        var files = union.merged()
        // The link counts of pseudo-links are this driver's own.
        for index in files.indices where files[index].kind != .directory {
            if let node = find(files[index].path) { files[index].links = linkCount(of: node) }
        }
        return files
    }

    private mutating func find(_ path: Path) -> NodeID? {
        var here = root
        for name in path.components {
            guard let next = try? union.lookup(union.names.find(name.text), in: here) else { return nil }
            here = next
        }
        return here
    }

    /// A whiteout is a name `.wh.` and what it hides, a hard link to `.wh..wh.aufs`, regular and 0444; an opaque directory
    /// holds `.wh..wh..opq`. The branch's root also has the directories of pseudo-links and of files that were removed
    /// while they were open.
    func upperListing() -> [ListedFile] {
        let whiteouts = union.whiteout == .none ? 0 : union.upper[union.whiteout].links
        var marks: UInt32 = whiteouts + 1
        var files: [ListedFile] = []
        for file in union.upperListing() {
            var file = file
            let inode = union.upper.find(file.path, union.names).map { union.upper[$0] }
            // To AUFS overlayfs's attributes are attributes like any other, and no marks.
            if let inode { file.attributes = ListedFile.values(inode.visibleXattrs) }
            if file.kind == .whiteout {
                files.append(Self.mark(file.path.parent.appending("\(Self.whiteoutPrefix)\(file.path.name ?? "")")))
                continue
            }
            files.append(file)
            guard let inode, inode.isOpaque else { continue }
            files.append(Self.mark(file.path.appending(".wh..wh..opq")))
            marks += 1
        }
        files.append(Self.mark(".wh..wh.aufs"))
        for index in files.indices where files[index].links == 0 { files[index].links = marks }
        for name in [".wh..wh.orph", ".wh..wh.plnk"] {
            files.append(
                ListedFile(
                    path: Path(components: [ByteString(name)]), kind: .directory, permissions: 0o700, uid: 0, gid: 0))
        }
        return files.sorted { $0.path < $1.path }
    }

    /// Its link count is filled in when all are known.
    private static func mark(_ path: Path) -> ListedFile {
        ListedFile(path: path, kind: .file, permissions: 0o444, uid: 0, gid: 0, size: 0, links: 0)
    }
}
