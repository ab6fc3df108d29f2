internal import CLinux
internal import Glibc
internal import LayerModel
internal import Linux

/// Every name beneath a directory, as lstat(2), readlink(2) and listxattr(2) tell it.
struct TreeListing {
    enum Form {
        /// What a user sees.
        case merged
        /// The writable layer as it lies on disk, with overlayfs's marks under this prefix.
        case upper(prefix: String)
        /// The same of a driver that is no union.
        case plain
    }

    private let form: Form
    private var isDeep = true
    private var files: [ListedFile] = []
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 8)

    /// Lists what lies beneath an open directory, the directory itself left out, sorted by path. The thread's working
    /// directory is another one afterwards.
    ///
    /// - Throws: `SystemCallError`
    static func files(beneath root: CInt, _ form: Form) throws(SystemCallError) -> [ListedFile] {
        var listing = TreeListing(form: form)
        defer { listing.buffer.deallocate() }
        let directory = try Linux.Descriptor(opening: ".", O_RDONLY | O_DIRECTORY, in: root)
        try listing.add(directory, [])
        return listing.files
    }

    /// Lists one directory beneath an open one; nothing where there is none, or where a symbolic link leads to it.
    ///
    /// - Throws: `SystemCallError`
    static func files(in directory: Path, of root: CInt, _ form: Form) throws(SystemCallError) -> [ListedFile] {
        var listing = TreeListing(form: form)
        listing.isDeep = false
        defer { listing.buffer.deallocate() }
        var here = try Linux.Descriptor(opening: ".", O_RDONLY | O_DIRECTORY, in: root)
        for name in directory.components {
            let place = here.number
            do { here = try Linux.Descriptor(opening: name.text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, in: place) } catch
            {
                return []
            }
        }
        try listing.add(here, directory.components)
        return listing.files
    }

    private init(form: Form) { self.form = form }

    private mutating func add(_ directory: borrowing Linux.Descriptor, _ components: [ByteString])
        throws(SystemCallError)
    {
        let number = directory.number
        let names = try names(in: directory)
        // Attributes have no call that starts from a directory on every kernel.
        try call("fchdir") { fchdir(number) }
        var directories: [(name: ByteString, place: Int)] = []
        var children: [(ByteString, ListedFile)] = []
        for name in names {
            var status = stat()
            if fstatat(number, name.cString, &status, AT_SYMLINK_NOFOLLOW) != 0 {
                // overlayfs lists a name for whose metadata it then finds no source.
                continue
            }
            children.append((name, try file(name, components, status)))
        }
        children.sort { $0.0 < $1.0 }
        for (name, file) in children {
            directories.append((name, files.count))
            files.append(file)
            guard isDeep, file.kind == .directory else { continue }
            let child = try Linux.Descriptor(opening: name.text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, in: number)
            try add(child, components + [name])
        }
    }

    private func names(in directory: borrowing Linux.Descriptor) throws(SystemCallError) -> [ByteString] {
        var tries = 0
        while true {
            do { return try directoryNames(in: directory) } catch {
                // A name of a union that may not be looked up can end a listing with its error; the next one of the same
                // open directory leaves it out (ovl_cache_update()).
                guard case .merged = form, tries < 1000 else { throw error }
                tries += 1
            }
        }
    }

    private func file(_ name: ByteString, _ components: [ByteString], _ status: stat) throws(SystemCallError)
        -> ListedFile
    {
        let entry = LayerEntry(status)
        var file = ListedFile(
            path: Path(components: components + [name]), kind: entry.kind, permissions: entry.permissions,
            uid: entry.uid, gid: entry.gid,
            device: entry.kind == .whiteout ? DeviceNumber(major: 0, minor: 0) : entry.device)
        file.size = entry.kind == .directory ? nil : entry.size
        switch form {
        case .merged: file.links = entry.links
        case .upper, .plain: file.links = [.directory, .whiteout].contains(entry.kind) ? nil : entry.links
        }
        if entry.kind == .symlink { file.target = try readLink(name.text, in: AT_FDCWD, size: Int(entry.size)) }
        file.attributes = try attributes(of: name)
        return file
    }

    /// Those that overlayfs keeps for itself are left out, but for the marks that say what a layer shows; what a process
    /// gave such a name has one more `overlay.` in it, and is listed.
    private func attributes(of name: ByteString) throws(SystemCallError) -> [ByteString: [UInt8]] {
        let name = name.cString
        let length = llistxattr(name, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
        guard length > 0 else { return [:] }
        var attributes: [ByteString: [UInt8]] = [:]
        for bytes in buffer[..<length].split(separator: 0).map(Array.init) {
            let attribute = ByteString(bytes: bytes)
            if case .upper(let prefix) = form, attribute.hasPrefix(prefix),
                !attribute.hasPrefix(prefix + "overlay."),
                !["opaque", "redirect", "metacopy", "whiteout"].contains(String(attribute.text.dropFirst(prefix.count)))
            {
                continue
            }
            let count = lgetxattr(name, attribute.cString, buffer.baseAddress!, buffer.count)
            if count >= 0 { attributes[attribute] = Array(buffer[..<count]) }
        }
        return attributes
    }
}
