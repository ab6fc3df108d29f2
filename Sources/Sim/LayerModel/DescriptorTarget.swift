/// What a descriptor refers to, for a call that comes to it by the descriptor and by no name.
public enum DescriptorTarget: Hashable, Sendable {
    /// It goes by this name now.
    case named(Path)
    /// It was made without a name (O_TMPFILE of open(2)) or has lost its last one. The entry is what fstat(2) tells of
    /// it. It can be given a name only if it was made without one, not with O_EXCL, and has had none since.
    case nameless(LayerEntry, isLinkable: Bool)

    /// How a call names the descriptor.
    public enum Spelling: String, Hashable, Sendable, CaseIterable {
        /// By an empty path from it (AT_EMPTY_PATH).
        case emptyPath = "AT_EMPTY_PATH"
        /// By its link in proc(5), which is followed (AT_SYMLINK_FOLLOW).
        case magicLink = "AT_SYMLINK_FOLLOW"
    }
}
