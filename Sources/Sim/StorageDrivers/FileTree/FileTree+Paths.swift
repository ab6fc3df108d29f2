internal import LayerModel

extension LayerEntry {
    /// An object as it lies in its layer.
    init(_ inode: Inode) {
        self.init(
            kind: inode.isWhiteout ? .whiteout : inode.attributes.kind, permissions: inode.attributes.permissions,
            uid: inode.attributes.uid, gid: inode.attributes.gid, size: inode.size, links: inode.links,
            target: inode.target.map(ByteString.init(_:)), device: inode.isWhiteout ? nil : inode.device,
            isOpaque: inode.isOpaque, redirect: inode.redirect.map(ByteString.init(_:)),
            isMetacopy: inode.marks.contains(.metacopy))
    }
}

extension FileTree {
    /// The object under a path, no symbolic link followed.
    func find(_ path: Path, _ names: NameTable) -> InodeID? {
        var here = Self.root
        for name in path.components {
            guard self[here].isDirectory, let next = child(names.find(name.text), of: here) else { return nil }
            here = next
        }
        return here
    }

    /// A path under which an object lies; `nil` where it has no name.
    func path(of object: InodeID, _ names: NameTable) -> Path? {
        if self[object].isDirectory {
            var components: [ByteString] = []
            var here = object
            while here != Self.root {
                components.append(ByteString(names[name(of: here)]))
                here = parent(of: here)
            }
            return Path(components: components.reversed())
        }
        var found: [Path] = []
        var pending = [Self.root]
        while let directory = pending.popLast() {
            forEachChild(of: directory) { name, child in
                if self[child].isDirectory { pending.append(child) }
                guard child == object, let parent = path(of: directory, names) else { return }
                found.append(parent.appending(ByteString(names[name])))
            }
        }
        return found.min()
    }
}
