public import LayerModel

/// One change to what the upper layer holds. An operation is a list of them; the layers beneath never change.
public enum UpperChange: Hashable, Sendable {
    /// A new object under a name, in the place of whatever stood there. Its inode number is given out by the state.
    case put(Path, LayerEntry)
    /// A further name, the second one, of the object under the first.
    case link(Path, Path)
    /// The name goes, with all that is beneath it.
    case remove(Path)
    /// The object takes the second name, with all that is beneath it, in the place of whatever stood there.
    case move(Path, Path)
    case exchange(Path, Path)
    /// The object under the name, and so under all its names, gets these attributes; its marks stay.
    case set(Path, LayerEntry)
    /// The directory hides everything of its name in the layers beneath.
    case hideBeneath(Path)
}
