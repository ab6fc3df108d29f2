internal import Dockerfiles
internal import Glibc
internal import LayerModel
internal import Linux

/// What COPY and ADD take files from: the context without what `.dockerignore` names, or the tree of an image.
final class SourceTree {
    let root: Linux.Descriptor
    let ignored: IgnorePatterns
    /// The root as the kernel names it.
    let path: String
    /// Who may end the reading.
    let control: BuildControl

    init(
        _ directory: String, ignored: IgnorePatterns = IgnorePatterns(), control: BuildControl = BuildControl()
    ) throws {
        root = try Linux.Descriptor(opening: directory, O_RDONLY | O_DIRECTORY)
        self.ignored = ignored
        self.control = control
        path = try Self.name(of: root)
    }

    private static func name(of descriptor: borrowing Linux.Descriptor) throws -> String {
        try readLink("/proc/self/fd/\(descriptor.number)", in: AT_FDCWD).text
    }

    /// One thing to copy, with all beneath it.
    struct Source {
        /// The last name of the path that the user wrote: what a file is called in a directory.
        var name: String
        /// The path in this tree, symbolic links followed; empty for the root.
        var path: String
        var isDirectory: Bool
        /// Itself first, then what lies beneath it, in the order of names.
        var entries: [Entry]
    }

    struct Entry {
        /// Beneath the source; empty for itself.
        var path: String
        var status: FileStatus
        /// Of a symbolic link.
        var target: String?

        var kind: UInt32 { status.mode & UInt32(S_IFMT) }
    }

    /// Where a file lies in this tree, symbolic links followed; empty for the root.
    func place(of file: borrowing Linux.Descriptor) throws -> String {
        let name = try Self.name(of: file)
        if name == path { return "" }
        return String(decoding: name.utf8.dropFirst(path == "/" ? 1 : path.utf8.count + 1), as: UTF8.self)
    }

    /// Finds a source.
    ///
    /// - Throws: `SystemCallError` with ENOENT where it is not there, or is ignored.
    func source(_ written: String) throws -> Source {
        let file = try openInRoot(root.number, written)
        let place = try place(of: file)
        let status = try FileStatus(of: file)
        let isDirectory = status.mode & UInt32(S_IFMT) == UInt32(S_IFDIR)
        var entries = [Entry(path: "", status: status)]
        if isDirectory {
            try list(place, beneath: "", &entries)
        }
        if !place.isEmpty, ignored.ignores(place), entries.count == 1 {
            throw SystemCallError(call: "openat2", subject: written, errno: .ENOENT)
        }
        let last = written.split(separator: "/").last.map(String.init) ?? ""
        return Source(name: last, path: place, isDirectory: isDirectory, entries: entries)
    }

    /// Finds what a pattern matches, in the order of names.
    func sources(matching pattern: PathPattern) throws -> [Source] {
        var all: [Entry] = []
        try list("", beneath: "", &all)
        return try all.filter { pattern.matches(ByteString($0.path).bytes) }.map { try source($0.path) }
    }

    /// All entries that are not ignored.
    func entries() throws -> [Entry] {
        var all: [Entry] = []
        try list("", beneath: "", &all)
        return all
    }

    /// Opens a file of a source.
    ///
    /// - Throws: `BuildError` where it is gone since it was listed, `SystemCallError`
    func open(_ entry: Entry, of source: Source) throws -> Linux.Descriptor {
        let path = [source.path, entry.path].filter { !$0.isEmpty }.joined(separator: "/")
        guard let file = try openBeneath(root.number, path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW) else {
            throw BuildError("\(path) went away while it was read: build again")
        }
        return file
    }

    private func list(_ directory: String, beneath prefix: String, _ entries: inout [Entry]) throws {
        guard let open = try openBeneath(root.number, directory.isEmpty ? "." : directory, O_RDONLY | O_DIRECTORY)
        else { return }
        try control.check()
        for name in try directoryNames(in: open).sorted() {
            let (place, path) = (
                directory.isEmpty ? name.text : "\(directory)/\(name)", prefix.isEmpty ? name.text : "\(prefix)/\(name)"
            )
            let isIgnored = !ignored.isEmpty && ignored.ignores(place)
            guard let status = try FileStatus.read(name.text, in: open.number) else { continue }
            var entry = Entry(path: path, status: status)
            if entry.kind == UInt32(S_IFSOCK) { continue }
            if entry.kind == UInt32(S_IFLNK) { entry.target = try readLink(name.text, in: open.number).text }
            guard entry.kind == UInt32(S_IFDIR) else {
                if !isIgnored { entries.append(entry) }
                continue
            }
            // An ignored directory is there if something in it is kept.
            if isIgnored, !ignored.hasExceptions { continue }
            let before = entries.count
            entries.append(entry)
            try list(place, beneath: path, &entries)
            if isIgnored, entries.count == before + 1 { entries.removeLast() }
        }
    }
}

extension Linux.Descriptor {
    /// Writes all of it.
    func write(_ bytes: UnsafeRawBufferPointer) throws { try Self.write(bytes, to: number) }

    static func write(_ bytes: UnsafeRawBufferPointer, to number: CInt) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = try call("write") { Glibc.write(number, rest.baseAddress, rest.count) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Reads the file from its beginning in chunks.
    func forEachChunk(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let number = number
        try withUnsafeTemporaryAllocation(byteCount: 1 << 17, alignment: 16) { buffer in
            var offset: off_t = 0
            while true {
                let position = offset
                let count = try call("pread") { pread(number, buffer.baseAddress!, buffer.count, position) }
                if count == 0 { return }
                try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                offset += off_t(count)
            }
        }
    }
}
