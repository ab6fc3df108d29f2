/// COPY: files of the context, of another stage or of an image, and documents of the Dockerfile itself.
public struct CopyInstruction: Hashable, Sendable {
    public var sources: CopySources
    public var destination: ShellWord
    /// `--from`; `nil`: the build's context.
    public var origin: CopyOrigin?
    public var ownership: CopyOwnership
}

/// ADD: COPY that also unpacks archives.
public struct AddInstruction: Hashable, Sendable {
    public var sources: CopySources
    public var destination: ShellWord
    public var ownership: CopyOwnership
}

/// At least one of them.
public struct CopySources: Hashable, Sendable {
    public enum Source: Hashable, Sendable {
        case path(ShellWord)
        case document(Heredoc)
    }
    public var all: NonEmpty<Source>
}

/// Where COPY takes files from.
public enum CopyOrigin: Hashable, Sendable {
    /// An earlier stage by its number, the first is 0.
    case index(Int)
    /// An earlier stage, else an image.
    case name(String)

    init(_ text: String) {
        if let index = Int(text), index >= 0 { self = .index(index) } else { self = .name(text) }
    }
}

/// What copied files become.
public struct CopyOwnership: Hashable, Sendable {
    /// `name|uid[:group|gid]`; `nil`: 0:0.
    public var owner: ShellWord?
    /// In octal; `nil`: as it was.
    public var mode: ShellWord?
}
