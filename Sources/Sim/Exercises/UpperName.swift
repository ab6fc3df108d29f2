public import LayerModel
internal import Scripts

/// What the upper layer holds under one name, as far as an exercise asks for it.
public struct UpperName: Hashable, Sendable {
    public enum Form: Hashable, Sendable {
        case directory(isOpaque: Bool, redirect: String?)
        /// - Parameters:
        ///   - size: In bytes.
        ///   - names: How many names of the upper layer the file has.
        ///   - isMetacopy: Whether the data still lies beneath.
        case file(size: Int64, names: Int, isMetacopy: Bool)
        case symlink(target: String)
        case node(NodeKind)
        case whiteout
    }

    public var path: Path
    public var form: Form
    /// The mode's twelve low bits, where the exercise is about them.
    public var mode: UInt16?

    public init(_ path: Path, _ form: Form, mode: UInt16? = nil) {
        self.path = path
        self.form = form
        self.mode = mode
    }
}

extension UpperName: CustomStringConvertible {
    /// Such as `file /etc/motd (12 bytes)`.
    public var description: String {
        switch form {
        case .directory(let isOpaque, let redirect):
            words(
                isOpaque ? "opaque directory" : "directory",
                [redirect.map { "redirect to \($0)" }].compactMap(\.self))
        case .file(let size, let names, let isMetacopy):
            words(
                "file",
                [
                    "\(size) byte\(size == 1 ? "" : "s")", names > 1 ? "\(names) names, one file" : nil,
                    isMetacopy ? "metacopy: no data" : nil,
                ].compactMap(\.self))
        case .symlink(let target): words("symbolic link", ["to \(target)"])
        case .node(let kind): words(kind.rawValue, [])
        case .whiteout: "whiteout \(path)"
        }
    }

    private func words(_ kind: String, _ details: [String]) -> String {
        let details = details + (mode.map { ["mode \(String($0, radix: 8))"] } ?? [])
        return "\(kind) \(path)" + (details.isEmpty ? "" : " (\(details.joined(separator: ", ")))")
    }
}

/// What an operation comes to, as far as an exercise asks for it.
public struct UpperOutcome: Hashable, Sendable {
    public var errno: Errno?
    /// What the upper layer then holds, by path.
    public private(set) var upper: [UpperName]

    public init(errno: Errno? = nil, upper: [UpperName]) {
        self.errno = errno
        self.upper = upper.sorted { $0.path < $1.path }
    }

    public subscript(path: Path) -> UpperName? { upper.first { $0.path == path } }

    /// The same with other names.
    func with(_ names: [UpperName]) -> UpperOutcome {
        UpperOutcome(errno: errno, upper: upper.filter { old in !names.contains { $0.path == old.path } } + names)
    }

    /// The same without some names.
    func without(_ isGone: (UpperName) -> Bool) -> UpperOutcome {
        UpperOutcome(errno: errno, upper: upper.filter { !isGone($0) })
    }
}

extension [UpperName] {
    /// A driver's upper layer as an exercise shows it.
    ///
    /// - Parameters:
    ///   - showsModes: Whether modes are told.
    ///   - countsNames: Whether hard links are told; overlayfs's index has a name of its own for each file.
    public init(_ listing: [ListedFile], showsModes: Bool, countsNames: Bool) {
        self = listing.map { file in
            let entry = LayerEntry(file)
            let form: UpperName.Form =
                switch file.kind {
                case .directory: .directory(isOpaque: entry.isOpaque, redirect: entry.redirect?.text)
                case .file:
                    .file(
                        size: file.size ?? 0, names: countsNames ? Int(file.links ?? 1) : 1,
                        isMetacopy: entry.isMetacopy)
                case .symlink: .symlink(target: file.target?.text ?? "")
                case .whiteout: .whiteout
                case .socket, .fifo, .characterDevice, .blockDevice: .node(file.kind)
                }
            return UpperName(file.path, form, mode: showsModes && file.kind != .whiteout ? file.permissions : nil)
        }
    }

    /// Names one after the other, or `nothing`.
    public var words: String { isEmpty ? "nothing" : map(\.description).joined(separator: "; ") }
}
