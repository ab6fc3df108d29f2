internal import LayerModel

/// setxattr(2) and removexattr(2): the kernel's xattr_permission() and cap_inode_setxattr(), then ovl_xattr_set().
extension Overlay2.Call {
    mutating func setAttribute(_ operand: Operand, _ name: String, _ flags: XattrFlags) throws {
        try checkName(name)
        let (node, directories) = try existing(operand)
        try checkAttribute(name, on: node)
        let names = try attributes(of: node)
        let exists = names.contains(ByteString(name))
        // The copy comes first; only then does the upper filesystem look at the name and the flags.
        if holds(.refusedAttributeCopiesUp) { copyUp(node, in: directories) }
        try refuse(.EOPNOTSUPP, .unknownAttributeIsRefused, if: Self.isUnknown(name))
        try refuse(.EEXIST, .createdAttributeIsNew, if: flags.contains(.create) && exists)
        try refuse(.ENODATA, .replacedAttributeExists, if: flags.contains(.replace) && !exists)
        copyUp(node, in: directories)
        var entry = node.entry
        entry.attributes = exists ? names : names + [ByteString(name)]
        if holds(.attributeIsSet) { change(.set(node.path, entry)) }
    }

    mutating func removeAttribute(_ operand: Operand, _ name: String) throws {
        try checkName(name)
        let (node, directories) = try existing(operand)
        try checkAttribute(name, on: node)
        try refuse(.EOPNOTSUPP, .unknownAttributeIsNotRemoved, if: Self.isUnknown(name))
        let names = try attributes(of: node)
        try refuse(.ENODATA, .removedAttributeExists, if: !names.contains(ByteString(name)))
        if holds(.removedAttributeCopiesUp) { copyUp(node, in: directories) }
        var entry = node.entry
        entry.attributes = names.filter { $0 != ByteString(name) }
        if holds(.attributeIsRemoved) { change(.set(node.path, entry)) }
    }

    private mutating func attributes(of node: UnionNode) throws -> [ByteString] {
        guard let names = try layers.attributes(at: node.path, in: node.layer) else {
            throw EvidenceMissing(path: node.path, layer: node.layer)
        }
        return names
    }

    /// XATTR_NAME_MAX; looked at before the path is walked.
    private func checkName(_ name: String) throws {
        try refuse(.ERANGE, .attributeNameHasALength, if: name.isEmpty || ByteString(name).count > 255)
    }

    private func checkAttribute(_ name: String, on node: UnionNode) throws {
        if name.hasPrefix("trusted.") {
            try refuse(.EPERM, .trustedTakesCapability, if: !credentials.has(.sysAdmin))
            if name.hasPrefix("trusted.overlay.") { throw Unmodelled("the name is one of overlayfs's own") }
        } else if name.hasPrefix("user.") {
            let takesUserAttributes = node.isDirectory || node.entry.kind == .file
            try refuse(.EPERM, .userAttributesAreOfFiles, if: !takesUserAttributes)
            let isSticky = node.isDirectory && node.entry.permissions & 0o1000 != 0
            try refuse(.EPERM, .stickyDirectoryIsItsOwners, if: isSticky && !credentials.actsAsOwner(of: node.entry))
            try refuse(.EACCES, .userAttributeTakesWrite, if: !credentials.permits(.write, on: node.entry))
        } else if name == "security.capability" {
            try refuse(.EPERM, .fileCapabilityTakesCapability, if: !credentials.has(.setFileCapabilities))
        } else if name.hasPrefix("security.") {
            try refuse(.EPERM, .securityTakesCapability, if: !credentials.has(.sysAdmin))
        } else if name.hasPrefix("system.posix_acl_") {
            throw Unmodelled("the rules of \(name) are not known")
        } else if !name.hasPrefix("system.") {
            try refuse(.EACCES, .unknownAttributeTakesWrite, if: !credentials.permits(.write, on: node.entry))
        }
    }

    /// No filesystem has a handler for such a name.
    private static func isUnknown(_ name: String) -> Bool {
        !["user.", "trusted.", "security."].contains { name.hasPrefix($0) }
    }
}
