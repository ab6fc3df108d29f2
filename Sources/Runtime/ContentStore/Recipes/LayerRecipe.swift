public import OCI

/// A layer described as data: what a Dockerfile instruction would have changed.
///
/// Directories above an entry that the recipe does not name are added, owned by root with mode 0755. All times are
/// the image's, so that the same recipe gives the same DiffID.
public struct LayerRecipe: Hashable, Sendable {
    /// The instruction, as `docker history` shows it.
    public var createdBy: String
    public var comment: String?
    public var entries: [RecipeEntry]

    public init(createdBy: String, comment: String? = nil, _ entries: [RecipeEntry]) {
        self.createdBy = createdBy
        self.comment = comment
        self.entries = entries
    }
}

/// One path of a layer's recipe.
public struct RecipeEntry: Hashable, Sendable {
    public enum Node: Hashable, Sendable {
        case directory
        /// A directory that hides what the layers beneath hold under its name.
        case opaqueDirectory
        case file(FileContent)
        /// Another name of a file that stands before it in the order of names.
        case hardLink(to: String)
        case symlink(to: String)
        /// The deletion of a name of the layers beneath.
        case whiteout
    }

    /// Absolute, as seen in the container.
    public var path: String
    public var node: Node
    /// The mode's twelve low bits.
    public var permissions: UInt16
    public var owner = FileOwner.root

    init(path: String, node: Node, permissions: UInt16) {
        self.path = path
        self.node = node
        self.permissions = permissions
    }

    /// A directory, 0755 unless said otherwise.
    public static func directory(_ path: String, _ permissions: UInt16 = 0o755) -> RecipeEntry {
        RecipeEntry(path: path, node: .directory, permissions: permissions)
    }

    /// A directory that hides its namesakes beneath.
    public static func opaqueDirectory(_ path: String, _ permissions: UInt16 = 0o755) -> RecipeEntry {
        RecipeEntry(path: path, node: .opaqueDirectory, permissions: permissions)
    }

    /// A file with this text, 0644 unless said otherwise.
    public static func file(_ path: String, _ text: String, _ permissions: UInt16 = 0o644) -> RecipeEntry {
        RecipeEntry(path: path, node: .file(.text(text)), permissions: permissions)
    }

    /// A file with other content.
    public static func file(_ path: String, _ content: FileContent, _ permissions: UInt16 = 0o644) -> RecipeEntry {
        RecipeEntry(path: path, node: .file(content), permissions: permissions)
    }

    public static func hardLink(_ path: String, to target: String) -> RecipeEntry {
        RecipeEntry(path: path, node: .hardLink(to: target), permissions: 0o644)
    }

    public static func symlink(_ path: String, to target: String) -> RecipeEntry {
        RecipeEntry(path: path, node: .symlink(to: target), permissions: 0o777)
    }

    public static func whiteout(_ path: String) -> RecipeEntry {
        RecipeEntry(path: path, node: .whiteout, permissions: 0o444)
    }
}

/// Whose a file is.
public struct FileOwner: Hashable, Sendable {
    public var uid: UInt32
    public var gid: UInt32

    public init(uid: UInt32, gid: UInt32) {
        self.uid = uid
        self.gid = gid
    }

    public static let root = FileOwner(uid: 0, gid: 0)
}

extension RecipeEntry {
    /// The same entry in another's possession.
    public func owned(by uid: UInt32, _ gid: UInt32) -> RecipeEntry {
        var entry = self
        entry.owner = FileOwner(uid: uid, gid: gid)
        return entry
    }
}

/// What a recipe's file holds.
public enum FileContent: Hashable, Sendable {
    case text(String)
    /// Lines of 64 bytes, each with its number: as much real data as wanted, none of it zeros, equal everywhere.
    case numberedLines(count: Int)
    /// The bytes of a file of the host.
    case hostFile(String)
    /// Some of the bytes of a file of the host.
    case part(of: String, offset: Int64, size: Int64)
}

/// An image as data: layers on top of another image's, and what runs by default.
public struct ImageRecipe: Sendable {
    public var reference: ImageReference
    /// The image beneath; `nil` for one from scratch.
    public var base: Image?
    /// The time of the image and of all its files.
    public var created: Timestamp
    /// From the bottom up.
    public var layers: [LayerRecipe]
    /// What runs by default; `nil` keeps the base's.
    public var config: ExecutionConfig?
    /// The instructions that changed the config alone, as the history tells them; `nil`: those that `config` tells of.
    public var metadata: [String]?

    public init(
        reference: ImageReference, base: Image? = nil, created: Timestamp, layers: [LayerRecipe],
        config: ExecutionConfig? = nil, metadata: [String]? = nil
    ) {
        self.reference = reference
        self.base = base
        self.created = created
        self.layers = layers
        self.config = config
        self.metadata = metadata
    }

    /// About the bytes that the image takes while it is made: its files, a bit for their names, and a packed copy that
    /// may be as big as an eighth of them.
    var size: Int64 {
        let entries = layers.flatMap(\.entries)
        let files = entries.reduce(Int64(0)) { sum, entry in
            if case .file(let content) = entry.node { sum + content.size } else { sum }
        }
        return files + files / 8 + Int64(entries.count) * 4096
    }
}
