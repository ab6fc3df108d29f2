internal import LayerModel

/// setxattr(2) and removexattr(2): the kernel's xattr_permission() and cap_inode_setxattr(), then ovl_xattr_set().
extension Overlay2.Call {
    mutating func setAttribute(_ operand: Operand, _ name: String, _ flags: XattrFlags) throws {
        let (node, directories) = try existing(operand)
        try checkAttribute(name, on: node)
        let exists = try attributes(of: node).contains(name)
        // The copy comes first; only then does the upper filesystem look at the flags.
        if holds(.refusedAttributeCopiesUp) { copyUp(node, in: directories) }
        if flags.contains(.create), exists { throw Errno.EEXIST }
        if flags.contains(.replace), !exists { throw Errno.ENODATA }
        copyUp(node, in: directories)
    }

    mutating func removeAttribute(_ operand: Operand, _ name: String) throws {
        let (node, directories) = try existing(operand)
        try checkAttribute(name, on: node)
        guard try attributes(of: node).contains(name) else { throw Errno.ENODATA }
        copyUp(node, in: directories)
    }

    private mutating func attributes(of node: UnionNode) throws -> [String] {
        guard let names = try layers.attributes(at: node.path, in: node.layer) else {
            throw EvidenceMissing(path: node.path, layer: node.layer)
        }
        return names
    }

    private func checkAttribute(_ name: String, on node: UnionNode) throws {
        if name.isEmpty || name.utf8.count > 255 { throw Errno.ERANGE }
        if name.hasPrefix("trusted.") {
            guard credentials.has(.sysAdmin) else { throw Errno.EPERM }
            if name.hasPrefix("trusted.overlay.") { throw Unmodelled("the name is one of overlayfs's own") }
        } else if name.hasPrefix("user.") {
            guard node.isDirectory || node.entry.kind == .file else { throw Errno.EPERM }
            if node.isDirectory, node.entry.permissions & 0o1000 != 0, !credentials.actsAsOwner(of: node.entry) {
                throw Errno.EPERM
            }
            try require(.write, on: node)
        } else if name == "security.capability" {
            guard credentials.has(.setFileCapabilities) else { throw Errno.EPERM }
        } else if name.hasPrefix("security.") {
            guard credentials.has(.sysAdmin) else { throw Errno.EPERM }
        } else {
            throw Unmodelled("the rules of \(name) are not known")
        }
    }
}
