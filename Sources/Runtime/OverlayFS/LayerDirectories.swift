internal import Glibc
public import LayerModel
public import Linux

/// The directories of an overlay's layers, read as they lie on their own filesystems.
///
/// Lower layers are immutable while they are mounted, so what was once read of them is kept for good and costs no
/// further system call. Nothing of the upper layer is kept. No symbolic link in a layer is ever followed.
/// One thread uses a value of this class at a time.
public final class LayerDirectories: LayerReading {
    /// How overlayfs's own extended attributes begin: `trusted.overlay.`, or `user.overlay.` under `userxattr`.
    public let prefix: String
    /// Whether the upper layer may hold files with their attributes alone (the mount option `metacopy`).
    public let hasMetacopy: Bool
    public let lowerCount: Int

    private let upper: Layer
    /// Whether the upper layer's filesystem tells of shared bytes, once a file was asked.
    private var tellsShared: Bool?
    private var lowers: [Layer]

    /// Opens the directories.
    ///
    /// - Parameter lowers: The read-only layers from the bottom up: the first is layer 1. (The option `lowerdir`
    ///   of the mount has them the other way round.)
    /// - Throws: `SystemCallError`
    public init(
        lowers: [String], upper: String, prefix: String = OverlayAttributes.current.prefix, hasMetacopy: Bool = false
    ) throws(SystemCallError) {
        self.prefix = prefix
        self.hasMetacopy = hasMetacopy
        lowerCount = lowers.count
        self.upper = Layer(try Descriptor(opening: upper, pathOnly | O_DIRECTORY))
        self.lowers = []
        for path in lowers { self.lowers.append(Layer(try Descriptor(opening: path, pathOnly | O_DIRECTORY))) }
    }

    /// - Throws: `SystemCallError`
    public func entry(at path: Path, in layer: LayerID) throws -> LayerEntry? {
        switch layer {
        case .lower(let number): try lower(path, in: lowers[number - 1])
        case .upper: try withUpper(path) { try read($0, $1, marks: upper.place(of: $2), attributes: false) } ?? nil
        }
    }

    /// - Throws: `SystemCallError`
    public func children(of path: Path, in layer: LayerID) throws -> [ByteString: LayerEntry] {
        if case .lower(let number) = layer, let known = lowers[number - 1].children[path.components] { return known }
        guard try entry(at: path, in: layer)?.kind == .directory else { return [:] }
        let name = path.components.isEmpty ? "." : path.components.joined(separator: "/")
        guard let directory = try openBeneath(self[layer].directory.number, name, O_RDONLY | O_DIRECTORY) else {
            return [:]
        }
        var children: [ByteString: LayerEntry] = [:]
        for name in try directoryNames(in: directory) {
            if let entry = try entry(at: path.appending(name), in: layer) { children[name] = entry }
        }
        if case .lower(let number) = layer { lowers[number - 1].children[path.components] = children }
        return children
    }

    /// - Throws: `SystemCallError`
    public func attributes(at path: Path, in layer: LayerID) throws -> [ByteString]? {
        switch layer {
        case .lower: try entry(at: path, in: layer)?.attributes
        case .upper:
            try withUpper(path) { try read($0, $1, marks: upper.place(of: $2), attributes: true) }??.attributes
        }
    }

    /// The extended attributes of what a layer holds at `path`, without overlayfs's own.
    ///
    /// - Throws: `SystemCallError`
    func attributeValues(at path: Path, in layer: LayerID) throws -> [ByteString: [UInt8]] {
        let parent = path.components.count > 1 ? path.components.dropLast().joined(separator: "/") : "."
        guard let name = path.name,
            let directory = try openBeneath(self[layer].directory.number, parent, pathOnly | O_DIRECTORY)
        else { return [:] }
        let place = "/proc/self/fd/\(directory.number)/\(name)"
        var values: [ByteString: [UInt8]] = [:]
        for name in try extendedAttributeNames(of: place) where !name.hasPrefix(prefix) {
            values[ByteString(name)] = try extendedAttribute(name, of: place)
        }
        return values
    }

    /// Whether the upper layer's filesystem has extended attributes of the name's class.
    func upperTakes(_ attribute: ByteString) -> Bool {
        takesExtendedAttribute(attribute.text, on: upper.place(of: "."))
    }

    /// Hands over each name of a directory of the upper layer and what stands there, with the names of its extended
    /// attributes.
    ///
    /// - Throws: `SystemCallError`
    func forEachUpperEntry(in path: Path, _ body: (ByteString, LayerEntry) -> Void) throws {
        let name = path.components.isEmpty ? "." : path.components.joined(separator: "/")
        guard let directory = try openBeneath(upper.directory.number, name, O_RDONLY | O_DIRECTORY) else { return }
        for name in try directoryNames(in: directory) {
            let place = "/proc/self/fd/\(directory.number)/\(name)"
            if let entry = try read(directory.number, name.text, marks: place, attributes: true) { body(name, entry) }
        }
    }

    /// The bytes allocated and shared by the regular file that the upper layer holds at `path`.
    ///
    /// - Returns: `nil` when no regular file stands there.
    /// - Throws: `SystemCallError`
    public func cost(at path: Path) throws -> FileCost? {
        let name = path.components.joined(separator: "/")
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
        guard let status = try entry(at: path, in: .upper), status.kind == .file,
            let file = try openBeneath(upper.directory.number, name, flags)
        else { return nil }
        return try FileCost(of: file)
    }

    /// The same, where the bytes allocated are known already.
    ///
    /// - Throws: `SystemCallError`
    func cost(of path: @autoclosure () -> Path, allocated: Int64) throws -> FileCost? {
        // Bytes are shared where the kernel has cloned a file; what has no blocks shares none.
        if tellsShared == false { return FileCost(allocated: allocated, shared: nil) }
        if tellsShared == true, allocated == 0 { return FileCost(allocated: 0, shared: 0) }
        let cost = try cost(at: path())
        if let cost { tellsShared = cost.shared != nil }
        return cost
    }

    /// Opens a directory of the upper layer as a place to look from.
    ///
    /// - Returns: `nil` where no directory stands there.
    /// - Throws: `SystemCallError`
    func openUpper(_ path: Path) throws -> UpperDirectory? {
        let name = path.components.isEmpty ? "." : path.components.joined(separator: "/")
        guard let directory = try openBeneath(upper.directory.number, name, pathOnly | O_DIRECTORY) else {
            return nil
        }
        return try UpperDirectory(directory)
    }

    /// The names directly in a directory of a lower layer.
    ///
    /// - Throws: `SystemCallError`
    func names(in path: Path, of layer: LayerID) throws -> Set<ByteString> {
        let known = self[layer]
        if let names = known.names[path.components] { return names }
        let name = path.components.isEmpty ? "." : path.components.joined(separator: "/")
        guard let directory = try openBeneath(known.directory.number, name, O_RDONLY | O_DIRECTORY) else { return [] }
        let names = Set(try directoryNames(in: directory))
        known.names[path.components] = names
        return names
    }

    private subscript(layer: LayerID) -> Layer {
        switch layer {
        case .lower(let number): lowers[number - 1]
        case .upper: upper
        }
    }

    /// A lower name, from what is known of its parent: where the parent is a directory, no link is in the way.
    private func lower(_ path: Path, in layer: Layer) throws -> LayerEntry? {
        if let known = layer.entries[path.components] { return known }
        var entry: LayerEntry?
        if try path.components.count <= 1 || lower(path.parent, in: layer)?.kind == .directory {
            let name = path.components.isEmpty ? "." : path.components.joined(separator: "/")
            entry = try read(layer.directory.number, name, marks: layer.place(of: name), attributes: true)
        }
        layer.entries[path.components] = .some(entry)
        return entry
    }

    /// Hands over the upper directory that holds the last name, the name, and the whole relative path.
    private func withUpper<Result>(_ path: Path, _ body: (CInt, String, String) throws -> Result) throws -> Result? {
        guard let name = path.name else { return try body(upper.directory.number, ".", ".") }
        guard path.components.count > 1 else { return try body(upper.directory.number, name.text, name.text) }
        let parent = path.components.dropLast().joined(separator: "/")
        guard let directory = try openBeneath(upper.directory.number, parent, pathOnly | O_DIRECTORY) else {
            return nil
        }
        return try body(directory.number, name.text, parent + "/" + name.text)
    }

    /// Reads one name. Extended attributes need a whole path, which starts from a descriptor of this process.
    private func read(
        _ base: CInt, _ name: String, marks path: @autoclosure () -> String, attributes wantsAttributes: Bool
    ) throws -> LayerEntry? {
        guard let status = try FileStatus.read(name, in: base) else { return nil }
        var entry = LayerEntry(status)
        if entry.kind == .symlink { entry.target = try readLink(name, in: base, size: Int(status.size)) }
        guard wantsAttributes || entry.kind == .directory || hasMetacopy && entry.kind == .file else { return entry }
        let place = path()
        let names = try extendedAttributeNames(of: place)
        if wantsAttributes { entry.attributes = names.filter { !$0.hasPrefix(prefix) }.map(ByteString.init(_:)) }
        guard names.contains(where: { $0.hasPrefix(prefix) }) else { return entry }
        if entry.kind == .directory, names.contains(prefix + "opaque") {
            entry.isOpaque = try extendedAttribute(prefix + "opaque", of: place) == Array("y".utf8)
        }
        if names.contains(prefix + "redirect"), let value = try extendedAttribute(prefix + "redirect", of: place) {
            entry.redirect = LayerEntry.redirect(value)
        }
        entry.isMetacopy = entry.kind == .file && names.contains(prefix + "metacopy")
        return entry
    }
}

extension LayerDirectories {
    /// One open directory and, for a lower layer, what was read of it.
    private final class Layer {
        let directory: Descriptor
        var entries: [[ByteString]: LayerEntry?] = [:]
        var children: [[ByteString]: [ByteString: LayerEntry]] = [:]
        var names: [[ByteString]: Set<ByteString>] = [:]

        init(_ directory: consuming Descriptor) { self.directory = directory }

        /// A path by which every call finds what lies at `path` in the layer.
        func place(of path: String) -> String { "/proc/self/fd/\(directory.number)/\(path)" }
    }
}
