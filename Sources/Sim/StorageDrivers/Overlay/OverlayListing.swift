internal import LayerModel

/// What the union shows, and what its upper layer holds.
extension OverlayFilesystem {
    mutating func merged() -> [ListedFile] { merged(beneath: root, .root, isDeep: true) }

    /// What the union shows beneath a directory, or only in it.
    private mutating func merged(beneath top: NodeID, _ path: Path, isDeep: Bool) -> [ListedFile] {
        var files: [ListedFile] = []
        var pending: [(NodeID, Path)] = [(top, path)]
        while let (directory, path) = pending.popLast() {
            for name in (try? names(in: directory)) ?? [] {
                // A name that is listed but cannot be looked up is left out.
                guard let node = try? lookup(name, in: directory) else { continue }
                let here = path.appending(ByteString(names[name]))
                let entry = entry(of: node)
                files.append(ListedFile(here, entry, withReal(node) { $0.visibleXattrs }))
                if isDeep, entry.kind == .directory { pending.append((node, here)) }
            }
        }
        return files.sorted { $0.path < $1.path }
    }

    /// What the union shows in one directory, and what its upper layer holds there; nothing where there is none. The
    /// path is taken as it is: no symbolic link is followed.
    mutating func listings(of directory: Path) -> (merged: [ListedFile], upper: [ListedFile]) {
        var files: [ListedFile] = []
        var node: NodeID? = root
        for text in directory.components {
            guard let here = node, self[here].directory != .max else { break }
            node = (try? lookup(names.find(text.text), in: here)) ?? nil
        }
        if let node, self[node].directory != .max { files = merged(beneath: node, directory, isDeep: false) }
        var held: InodeID? = FileTree.root
        for text in directory.components {
            guard let here = held, upper[here].isDirectory else { break }
            held = upper.child(names.find(text.text), of: here)
        }
        guard let held, upper[held].isDirectory else { return (files, []) }
        return (files, upperListing(beneath: held, directory, isDeep: false))
    }

    func upperListing() -> [ListedFile] { upperListing(beneath: FileTree.root, .root, isDeep: true) }

    private func upperListing(beneath top: InodeID, _ path: Path, isDeep: Bool) -> [ListedFile] {
        var files: [ListedFile] = []
        var pending: [(InodeID, Path)] = [(top, path)]
        while let (directory, path) = pending.popLast() {
            upper.forEachChild(of: directory) { name, id in
                let here = path.appending(ByteString(names[name]))
                let inode = upper[id]
                var xattrs = inode.visibleXattrs.map(options.onDisk)
                if inode.isOpaque { xattrs.append(own("opaque", "y")) }
                if inode.marks.contains(.metacopy) { xattrs.append(own("metacopy", "")) }
                if let redirect = inode.redirect { xattrs.append(own("redirect", redirect)) }
                let isUncounted = inode.isDirectory || inode.isWhiteout
                files.append(
                    ListedFile(
                        path: here, kind: inode.attributes.kind, permissions: inode.attributes.permissions,
                        uid: inode.attributes.uid, gid: inode.attributes.gid,
                        size: inode.isDirectory ? nil : inode.size, links: isUncounted ? nil : inode.links,
                        target: inode.target.map(ByteString.init(_:)), device: inode.device,
                        attributes: ListedFile.values(xattrs)))
                if isDeep, inode.isDirectory { pending.append((id, here)) }
            }
        }
        return files.sorted { $0.path < $1.path }
    }

    private func own(_ name: String, _ value: String) -> ExtendedAttribute {
        ExtendedAttribute(name: options.xattrPrefix + name, value: ByteString(value).bytes)
    }
}

extension ListedFile {
    init(_ path: Path, _ entry: LayerEntry, _ xattrs: [ExtendedAttribute]) {
        self.init(
            path: path, kind: entry.kind, permissions: entry.permissions, uid: entry.uid, gid: entry.gid,
            size: entry.kind == .directory ? 0 : entry.size, links: entry.links, target: entry.target,
            device: entry.device, attributes: Self.values(xattrs))
    }

    static func values(_ xattrs: [ExtendedAttribute]) -> [ByteString: [UInt8]] {
        Dictionary(xattrs.map { (ByteString($0.name), $0.value) }, uniquingKeysWith: { $1 })
    }
}
