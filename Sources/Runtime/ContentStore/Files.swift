internal import CContentStore
internal import Glibc
internal import LayerModel
internal import Linux

/// Calls on names in open directories; nothing here follows a symbolic link.
enum Files {
    /// Opens `path` beneath `base` without passing through any symbolic link. See openat2(2).
    static func open(beneath base: CInt, _ path: String, _ flags: CInt) throws(SystemCallError) -> Descriptor {
        let name = path.isEmpty ? "." : path
        return Descriptor(
            owning: try call("openat2", path) { teach_open_beneath(base, name, UInt64(flags), 0) })
    }

    /// A handle on a directory that serves as the base of other calls but cannot be read. See open(2), O_PATH.
    static func directory(beneath base: CInt, _ path: String) throws(SystemCallError) -> Descriptor {
        try open(beneath: base, path, teach_o_path() | O_DIRECTORY)
    }

    /// The attributes of the name itself; `nil` when nothing has it. See fstatat(2).
    static func status(in base: CInt, _ name: String) throws(SystemCallError) -> stat? {
        var status = stat()
        do {
            try call("fstatat", name) { fstatat(base, name, &status, AT_SYMLINK_NOFOLLOW) }
        } catch  where error.errno == .ENOENT {
            return nil
        }
        return status
    }

    /// Whether it is overlayfs's mark of a deletion: a character device 0:0.
    static func isWhiteout(_ status: stat) -> Bool {
        status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0
    }

    /// Writes all of `bytes`, at `offset` or else where the descriptor stands. See pwrite(2).
    static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: CInt, at offset: Int64? = nil
    ) throws(SystemCallError) {
        var done = 0
        while done < bytes.count {
            let start = bytes.baseAddress! + done
            let rest = bytes.count - done
            if let offset {
                let position = off_t(offset) + off_t(done)
                done += try call("pwrite") { pwrite(descriptor, start, rest, position) }
            } else {
                done += try call("write") { Glibc.write(descriptor, start, rest) }
            }
        }
    }

    /// Reads a whole file from where the descriptor stands. See read(2).
    static func readAll(_ descriptor: CInt) throws(SystemCallError) -> [UInt8] {
        var status = stat()
        try call("fstat") { fstat(descriptor, &status) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: max(4096, Int(status.st_size) + 1))
        while true {
            let count = try call("read") { read(descriptor, &buffer, buffer.count) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// Reads from where the descriptor stands to its end, a quarter of a MiB at a time, or until `body` answers false.
    static func forEachChunk(of descriptor: CInt, _ body: (UnsafeRawBufferPointer) throws -> Bool) throws {
        try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 16) { buffer in
            while true {
                let count = try call("read") { read(descriptor, buffer.baseAddress!, buffer.count) }
                guard count > 0, try body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else { return }
            }
        }
    }

    /// The names in an open directory in the order of their bytes, without `.` and `..`. See readdir(3).
    ///
    /// - Throws: `StoreError.archive` for a name that is not UTF-8, `SystemCallError`
    static func names(in base: CInt) throws -> [String] {
        var names: [String] = []
        var isText = true
        try forEachName(in: Descriptor(opening: ".", O_RDONLY | O_DIRECTORY, in: base)) { name, _ in
            if let name = String(validating: name, as: UTF8.self) { names.append(name) } else { isText = false }
            return isText
        }
        guard isText else {
            throw StoreError.archive("a file's name is not UTF-8, which an image's layer cannot hold")
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Makes a directory and those above it, where they are missing; symbolic links are followed: the path is the
    /// user's own. See mkdir(2).
    static func makeDirectories(_ path: String, mode: mode_t = 0o755) throws(SystemCallError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += made.isEmpty || made.hasSuffix("/") ? String(part) : "/" + part
            do {
                try call("mkdir", made) { mkdir(made, mode) }
            } catch  where error.errno == .EEXIST {}
        }
    }

    /// Makes the names in a directory survive a power cut. See fsync(2).
    static func syncDirectory(_ path: String) throws(SystemCallError) {
        let directory = try Descriptor(opening: path, O_RDONLY | O_DIRECTORY)
        let number = directory.number
        try call("fsync", path) { fsync(number) }
    }
}

/// Extended attributes of names in open directories, of whatever kind the file is. See xattr(7).
enum ExtendedAttributes {
    static let opaque = OverlayAttributes.current.prefix + "opaque"
    static let overlayPrefixes = ["trusted.overlay.", "user.overlay."]

    /// There is no setxattrat(2) before Linux 6.13; the l-forms through /proc reach the same name.
    private static func path(_ base: CInt, _ name: String) -> String { "/proc/self/fd/\(base)/\(name)" }

    static func set(
        _ attribute: String, _ value: [UInt8], in base: CInt, _ name: String, of seen: WitnessedName? = nil
    ) throws(SystemCallError) {
        try call(
            .lsetxattr, "\(attribute) of \(name)", [path(base, name)], of: seen,
            as: { .setxattr(Operand($0, .noFollow), name: attribute, []) }
        ) { teach_lsetxattr(path(base, name), attribute, value, value.count) }
    }

    /// The attributes by name, in the order of their names; none where the filesystem has none.
    static func all(in base: CInt, _ name: String) throws(SystemCallError) -> [(name: String, value: [UInt8])] {
        let path = path(base, name)
        var list = [CChar](repeating: 0, count: 1024)
        do {
            let size = try call("llistxattr", name) { teach_llistxattr(path, nil, 0) }
            if size == 0 { return [] }
            list = [CChar](repeating: 0, count: size)
            let filled = try call("llistxattr", name) { teach_llistxattr(path, &list, size) }
            list.removeLast(size - filled)
        } catch  where error.errno == .EOPNOTSUPP {
            return []
        }
        var attributes: [(name: String, value: [UInt8])] = []
        for bytes in list.split(separator: 0) {
            let attribute = String(decoding: bytes.map(UInt8.init(bitPattern:)), as: UTF8.self)
            let size = try call("lgetxattr", name) { teach_lgetxattr(path, attribute, nil, 0) }
            var value = [UInt8](repeating: 0, count: size)
            let filled = try call("lgetxattr", name) { teach_lgetxattr(path, attribute, &value, size) }
            value.removeLast(size - filled)
            attributes.append((attribute, value))
        }
        return attributes.sorted { $0.name < $1.name }
    }
}
