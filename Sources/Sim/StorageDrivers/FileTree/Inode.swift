internal import LayerModel

/// An object of one filesystem, by its number there.
struct InodeID: Hashable, Sendable {
    let number: UInt32
    /// No object.
    static let none = InodeID(number: .max)
}

/// What permission checks look at: the type, the mode bits and the owner.
struct InodeAttributes: AccessControlled, Hashable, BitwiseCopyable, Sendable {
    var kind: NodeKind
    /// The mode's twelve low bits.
    var permissions: UInt16
    var uid: UInt32
    var gid: UInt32
}

/// One object of a filesystem: what inode(7) tells, what it holds, and the marks that a union filesystem left on it.
struct Inode: Sendable {
    enum Body: Sendable {
        case file(FileData)
        /// The number of its record in the tree.
        case directory(UInt32)
        case symlink(String)
        case device(DeviceNumber)
        /// FIFOs and sockets.
        case special
    }

    /// Overlayfs's own extended attributes that have no value worth keeping.
    struct Marks: OptionSet, Hashable, Sendable {
        let rawValue: UInt8
        /// `opaque=y`
        static let opaque = Marks(rawValue: 1)
        /// `opaque=x`: whiteouts in it may be files with the attribute `whiteout`.
        static let hasAttributeWhiteouts = Marks(rawValue: 2)
        static let metacopy = Marks(rawValue: 4)
        /// A whiteout in the form of a file with an attribute.
        static let whiteout = Marks(rawValue: 8)
        /// It has the attribute `redirect`, which is in `attributes` under `redirectName`.
        static let redirect = Marks(rawValue: 16)
        /// It was copied up, and tells so by the attribute `origin`.
        static let origin = Marks(rawValue: 32)
        /// A `redirect` that overlayfs refuses to read: EINVAL.
        static let malformedRedirect = Marks(rawValue: 64)
        /// A `metacopy` that is too short: EIO.
        static let malformedMetacopy = Marks(rawValue: 128)
    }

    var attributes: InodeAttributes
    var marks: Marks = []
    /// How many names it has; 1 for a directory.
    var links: UInt32 = 1
    /// How many open files and nodes of a union keep it, with or without a name.
    var holds: UInt32 = 0
    /// The node of a union that shows the object, as long as there is one.
    var node = NodeID.none
    /// In nanoseconds since 1970.
    var accessed: Int64 = 0
    var modified: Int64 = 0
    var body: Body
    var xattrs: [ExtendedAttribute] = []

    init(_ attributes: InodeAttributes, _ body: Body) {
        self.attributes = attributes
        self.body = body
    }

    /// In bytes: a file's contents, a link's target.
    var size: Int64 {
        switch body {
        case .file(let data): data.size
        case .symlink(let target): Int64(ByteString(target).count)
        case .directory, .device, .special: 0
        }
    }

    var data: FileData {
        get { if case .file(let data) = body { data } else { FileData() } }
        set { if case .file = body { body = .file(newValue) } }
    }

    /// Changes a file's contents where they are, so that nothing is copied.
    mutating func changeData<Result>(_ change: (inout FileData) -> Result) -> Result {
        var data = data
        body = .special
        defer { body = .file(data) }
        return change(&data)
    }
}

/// An extended attribute (xattr(7)).
struct ExtendedAttribute: Hashable, Sendable {
    var name: String
    var value: [UInt8]
}

extension Inode {
    /// Where `redirect` is kept: no process can name it, for it lies in no namespace.
    static let redirectName = "redirect"

    subscript(xattr name: String) -> [UInt8]? {
        get { xattrs.first { sameBytes($0.name, name) }?.value }
        set {
            let index = xattrs.firstIndex { sameBytes($0.name, name) }
            switch (index, newValue) {
            case (let index?, let value?): xattrs[index].value = value
            case (let index?, nil): xattrs.remove(at: index)
            case (nil, let value?): xattrs.append(ExtendedAttribute(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Where the layers beneath hold what this object shows (`redirect`), as a `ByteString` spells it.
    var redirect: String? {
        get {
            guard marks.contains(.redirect) else { return nil }
            return self[xattr: Self.redirectName].map { ByteString(bytes: $0).text }
        }
        set {
            if newValue == nil { marks.remove(.redirect) } else { marks.insert(.redirect) }
            self[xattr: Self.redirectName] = newValue.map { ByteString($0).bytes }
        }
    }

    /// The attributes that are a user's own business.
    var visibleXattrs: [ExtendedAttribute] {
        marks.contains(.redirect) ? xattrs.filter { $0.name != Self.redirectName } : xattrs
    }

    var isDirectory: Bool { attributes.kind == .directory }
    var isWhiteout: Bool { attributes.kind == .whiteout || marks.contains(.whiteout) }
    var isOpaque: Bool { marks.contains(.opaque) }
    var device: DeviceNumber? { if case .device(let device) = body { device } else { nil } }
    var target: String? { if case .symlink(let target) = body { target } else { nil } }
}
