public import LayerModel

/// What a cell of the matrix shows, and by what right.
public enum Cell<State: Hashable & Sendable>: Hashable, Sendable {
    /// The kernel's directories hold this.
    case observed(State)
    /// The model says that they will; it has not been run. Drawn in outline.
    case predicted(State)
    /// The model said one thing and the kernel did another: both are shown, with ≠ between.
    case refuted(predicted: State, observed: State)
}

/// A filesystem object as far as a picture tells it.
public enum Content: Hashable, Sendable {
    /// A regular file and its logical size in bytes.
    case file(size: Int64)
    /// A directory, and how many names it holds in the layer or view shown; `nil` where nobody counted.
    case directory(entries: Int?)
    case symlink(target: String)
    /// A socket, FIFO or device.
    case node(NodeKind)

    /// What `entry` is; `nil` for a whiteout, which is a state of a cell and not an object.
    public init?(_ entry: LayerEntry, entries: Int? = nil) {
        switch entry.kind {
        case .file: self = .file(size: entry.size)
        case .directory: self = .directory(entries: entries)
        case .symlink: self = .symlink(target: entry.target?.text ?? "")
        case .whiteout: return nil
        case .socket, .fifo, .characterDevice, .blockDevice: self = .node(entry.kind)
        }
    }
}

/// What the process sees under a name.
public enum MergedState: Hashable, Sendable {
    /// There is something, and `from` is the layer that the lookup found it in.
    case present(Content, from: LayerID)
    /// A directory put together from more than one layer, which readdir(2) shows as one.
    case mergedDirectory(entries: Int?)
    /// The lookup ends with ENOENT.
    case missing
    /// The lookup ends with another error, such as ENOTDIR beneath a file.
    case unreachable(Errno)
    /// The call of this frame was refused on this name, and nothing changed; what stands there, where that was looked at.
    case refused(Errno, showing: Content? = nil)
}

/// When a mark of the upper layer came to be: only what this frame changed is drawn with emphasis.
public enum Recency: Hashable, Sendable {
    case thisStep, earlier
}

/// What the writable layer holds under a name.
public enum UpperState: Hashable, Sendable {
    case copiedUp(CopyUp, Recency)
    /// Came into being here; no lower layer's bytes were copied for it.
    case added(Content, Recency)
    case whiteout(Recency)
    /// A directory that hides everything of its name beneath; how many names it holds itself.
    case opaque(entries: Int?, Recency)
    /// A directory that stands for another name beneath (`redirect_dir`).
    case redirect(to: String, Recency)
    /// Held here, touched before, unchanged by this frame's call, and not told apart further.
    case unchanged(Content)
    /// Was here until this frame's call; nothing is left of it, not even a mark.
    case removed
    /// An object of this layer under the name `at`, or under none where an index keeps it.
    case elsewhere(Content, at: Path?)
    /// A snapshot's: an object of the layer beneath, changed where it lies.
    case changed(Content, fromLayer: Int)
    /// A snapshot's: as it is in the layer that brought it.
    case kept(Content, fromLayer: Int)
}

/// A copy-up: what was copied from where, and the three numbers of its cost.
public struct CopyUp: Hashable, Sendable {
    /// What stands there now: the program may have written since.
    public var content: Content
    /// What was copied: the object as the call that copied it left it.
    public var copied: Content
    /// The number of the read-only layer that it was copied from; the arrow starts there.
    public var fromLayer: Int
    /// The name that it had there, when the call gave it another one (rename(2)).
    public var fromPath: Path?
    /// The bytes of the blocks really allocated; `nil` where nobody looked.
    public var allocated: Int64?
    /// The bytes that share their blocks with the source (reflink); `nil` where the filesystem does not tell.
    public var shared: Int64?
    /// Whether the copy parted from names that it was hard-linked to.
    public var breaksLink: Bool
    /// Whether only the attributes were copied, and the data is read from beneath (`metacopy`).
    public var isMetadataOnly: Bool

    public init(
        _ content: Content, copied: Content? = nil, fromLayer: Int, fromPath: Path? = nil, allocated: Int64? = nil,
        shared: Int64? = nil, breaksLink: Bool = false, isMetadataOnly: Bool = false
    ) {
        self.content = content
        self.copied = copied ?? content
        self.fromLayer = fromLayer
        self.fromPath = fromPath
        self.allocated = allocated
        self.shared = shared
        self.breaksLink = breaksLink
        self.isMetadataOnly = isMetadataOnly
    }
}

/// What a read-only layer holds under a name. The source of a copy-up is no state of its own: the copy names it,
/// and both the ● and the arrow follow from that.
public enum LowerState: Hashable, Sendable {
    case present(Content)
    /// Something above it is found first.
    case hidden(Content)
    /// The lookup of this frame's call ended here.
    case answers(Content)
    /// A whiteout that an image's layer brought along.
    case whiteout
    case opaque(entries: Int?)
    /// What the lookup finds in this layer lies there under another name: a redirect led to it.
    case elsewhere(Content, at: Path?)
    /// A snapshot's: as it is in the layer that brought it.
    case kept(Content, fromLayer: Int)
    /// A snapshot's: the layer beneath has the name, and this one took it away.
    case deleted
}
