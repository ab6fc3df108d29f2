internal import LayerModel

/// setxattr(2), getxattr(2) and removexattr(2): the kernel's xattr_permission() and cap_inode_setxattr().
extension VirtualFilesystem {
    mutating func setAttribute(
        _ operand: Operand, _ name: String, _ value: [UInt8], _ flags: XattrFlags, _ caller: Credentials,
        _ account: inout Account
    ) throws(Errno) {
        if flags.rawValue & ~3 != 0 { throw .EINVAL }
        try checkName(name)
        // XATTR_SIZE_MAX
        if value.count > 65536 { throw .E2BIG }
        let object = try existing(operand, caller)
        if name == "security.capability", !value.isEmpty, !Self.areCapabilities(value) { throw .EINVAL }
        try checkChange(name, of: object, caller)
        if let error = driver.error(forAttribute: name) { throw error }
        try driver.setXattr(name, value, flags, of: object.node, at: object.dentry, &account)
    }

    mutating func removeAttribute(
        _ operand: Operand, _ name: String, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        try checkName(name)
        let object = try existing(operand, caller)
        try checkChange(name, of: object, caller)
        try checkNamespace(name)
        try refuse(.ENODATA, .removedAttributeExists, if: driver.xattr(name, of: object.node) == nil)
        try driver.setXattr(name, nil, [], of: object.node, at: object.dentry, &account)
    }

    mutating func attribute(_ operand: Operand, _ name: String, _ caller: Credentials) throws(Errno) -> [UInt8] {
        try checkName(name)
        let object = try existing(operand, caller)
        if name.hasPrefix("trusted.") {
            if !caller.has(.sysAdmin) { throw .ENODATA }
        } else if name.hasPrefix("user.") {
            guard object.isDirectory || object.kind == .file else { throw .ENODATA }
            try refuse(.EACCES, .modeBitsAreAsked, if: !caller.permits(.read, on: object.attributes))
        } else if !name.hasPrefix("security."), !name.hasPrefix("system.") {
            try refuse(.EACCES, .modeBitsAreAsked, if: !caller.permits(.read, on: object.attributes))
        }
        try checkNamespace(name)
        guard let value = driver.xattr(name, of: object.node) else { throw .ENODATA }
        return value
    }

    /// validheader() of security/commoncap.c: a revision, and the length that it has.
    private static func areCapabilities(_ value: [UInt8]) -> Bool {
        value.count == 20 && value[3] == 2 || value.count == 24 && value[3] == 3
    }

    /// XATTR_NAME_MAX; looked at before the path is walked.
    private func checkName(_ name: String) throws(Errno) {
        try refuse(.ERANGE, .attributeNameHasALength, if: name.isEmpty || name.utf8.count > 255)
    }

    private func checkNamespace(_ name: String) throws(Errno) {
        if let error = XattrNamespace.error(for: name) { try refuse(error, .unknownAttributeIsNotRemoved, if: true) }
        if let error = driver.error(forAttribute: name) { throw error }
    }

    private func checkChange(_ name: String, of object: Object, _ caller: Credentials) throws(Errno) {
        if name.hasPrefix("trusted.") {
            try refuse(.EPERM, .trustedTakesCapability, if: !caller.has(.sysAdmin))
        } else if name.hasPrefix("user.") {
            try refuse(.EPERM, .userAttributesAreOfFiles, if: !object.isDirectory && object.kind != .file)
            let isSticky = object.isDirectory && object.attributes.permissions & 0o1000 != 0
            try refuse(
                .EPERM, .stickyDirectoryIsItsOwners, if: isSticky && !caller.actsAsOwner(of: object.attributes))
            try refuse(.EACCES, .userAttributeTakesWrite, if: !caller.permits(.write, on: object.attributes))
        } else if name == "security.capability" {
            try refuse(.EPERM, .fileCapabilityTakesCapability, if: !caller.has(.setFileCapabilities))
        } else if name.hasPrefix("security.") {
            try refuse(.EPERM, .securityTakesCapability, if: !caller.has(.sysAdmin))
        } else if !name.hasPrefix("system.") {
            try refuse(.EACCES, .unknownAttributeTakesWrite, if: !caller.permits(.write, on: object.attributes))
        }
    }
}

/// Which names filesystems keep (xattr(7)). Access control lists are not modelled.
enum XattrNamespace {
    /// What a filesystem answers about a name that it has no handler for; `nil` where it has one.
    static func error(for name: String) -> Errno? {
        for prefix in ["user.", "trusted.", "security."] where name.hasPrefix(prefix) {
            return name.utf8.count == prefix.utf8.count ? .EINVAL : nil
        }
        return .EOPNOTSUPP
    }
}
