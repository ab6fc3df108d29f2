internal import LayerModel

/// Overlayfs's own attributes, as layers hold them on disk (fs/overlayfs/xattrs.c and util.c).
///
/// What a layer's own attributes say is read when the union is mounted, for only then it is known which ones are its own:
/// those of `trusted.overlay.`, or of `user.overlay.` with `userxattr`. The others are attributes like any other. An own
/// attribute that a process sets through the union lies on disk with one more `overlay.` in its name, so that it means
/// nothing there.
extension LayerStack {
    /// Turns the own attributes of all layers into marks, where there are any.
    mutating func readMarks(_ options: OverlayOptions) {
        guard holdsOverlayAttributes else { return }
        for index in layers.indices { layers[index].readMarks(options.xattrPrefix) }
    }

    /// Whether a name is overlayfs's own under some option.
    static func isOverlayAttribute(_ name: String) -> Bool {
        name.utf8.starts(with: "trusted.overlay.".utf8) || name.utf8.starts(with: "user.overlay.".utf8)
    }
}

extension FileTree {
    /// Whether overlayfs has noted anything on what the tree holds, or a process has in the names that overlayfs uses.
    var holdsMarks: Bool {
        (0..<inodeCount).contains { number in
            withInode(InodeID(number: UInt32(number))) { inode in
                inode.links > 0
                    && (!inode.marks.isEmpty || inode.xattrs.contains { LayerStack.isOverlayAttribute($0.name) })
            }
        }
    }

    fileprivate mutating func readMarks(_ prefix: String) {
        for number in 0..<inodeCount {
            let id = InodeID(number: UInt32(number))
            guard withInode(id, { !$0.xattrs.isEmpty }) else { continue }
            self[id].readMarks(prefix)
            if self[id].isWhiteout { mayHoldWhiteouts = true }
        }
    }
}

extension Inode {
    fileprivate mutating func readMarks(_ prefix: String) {
        guard xattrs.contains(where: { $0.name.utf8.starts(with: prefix.utf8) }) else { return }
        let all = xattrs
        xattrs = []
        for xattr in all {
            guard xattr.name.utf8.starts(with: prefix.utf8) else {
                xattrs.append(xattr)
                continue
            }
            let name = String(xattr.name.utf8.dropFirst(prefix.utf8.count)) ?? ""
            if name.utf8.starts(with: OverlayOptions.escape.utf8) {
                let shown = prefix + (String(name.utf8.dropFirst(OverlayOptions.escape.utf8.count)) ?? "")
                xattrs.append(ExtendedAttribute(name: shown, value: xattr.value))
            } else {
                readMark(name, xattr.value)
            }
        }
    }

    /// One own attribute, by its name without the prefix. What is none of these bears on nothing that a lower layer
    /// shows.
    private mutating func readMark(_ name: String, _ value: [UInt8]) {
        switch (name, attributes.kind) {
        case ("opaque", .directory):
            // One byte is read; a longer value is none (ovl_get_dir_xattr_val()).
            marks.remove([.opaque, .hasAttributeWhiteouts])
            if value == [UInt8(ascii: "y")] { marks.insert(.opaque) }
            if value == [UInt8(ascii: "x")] { marks.insert(.hasAttributeWhiteouts) }
        case ("metacopy", .file):
            // Empty, or at least a version, a length, flags and the algorithm of a digest, which is only looked at with
            // `verity` (ovl_check_metacopy_xattr()).
            marks.insert(value.isEmpty || value.count >= 4 ? .metacopy : .malformedMetacopy)
        case ("whiteout", .file):
            if size == 0 { marks.insert(.whiteout) }
        case ("redirect", .file), ("redirect", .directory):
            // The kernel reads a string that ends in NUL.
            let text = value.prefix { $0 != 0 }
            let names = text.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            let isAbsolute = text.first == UInt8(ascii: "/")
            if value.isEmpty || (isAbsolute ? names.dropFirst().contains(where: \.isEmpty) : names.count > 1) {
                marks.insert(.malformedRedirect)
            } else {
                redirect = ByteString(bytes: text).text
            }
        case ("origin", .directory): marks.insert(.origin)
        default: break
        }
    }
}

extension OverlayOptions {
    /// What stands in an own attribute's name on disk if a process gave it (OVL_XATTR_ESCAPE_PREFIX).
    static let escape = "overlay."

    /// What the union answers about a name before any layer is asked: own names are longer on disk.
    func error(forAttribute name: String) -> Errno? {
        guard ownsAttributes, name.utf8.starts(with: xattrPrefix.utf8) else { return nil }
        if name.utf8.count == xattrPrefix.utf8.count { return .EINVAL }
        return name.utf8.count + Self.escape.utf8.count > 255 ? .EOPNOTSUPP : nil
    }

    /// How an attribute that the union shows lies on disk.
    func onDisk(_ xattr: ExtendedAttribute) -> ExtendedAttribute {
        guard ownsAttributes, xattr.name.utf8.starts(with: xattrPrefix.utf8) else { return xattr }
        let rest = String(xattr.name.utf8.dropFirst(xattrPrefix.utf8.count)) ?? ""
        return ExtendedAttribute(name: xattrPrefix + Self.escape + rest, value: xattr.value)
    }
}
