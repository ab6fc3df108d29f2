/// RUN: a command that makes a layer.
public struct RunInstruction: Hashable, Sendable {
    public var command: RunCommand
    public var mounts: [RunMount]
    public var network: RunNetwork
}

/// What RUN runs: an empty exec form cannot be written.
public enum RunCommand: Hashable, Sendable {
    /// A line for the stage's shell, with the heredocs that it uses.
    case shell(String)
    case exec(NonEmpty<String>)
    /// A heredoc that begins with `#!`: a program of its own.
    case script(Heredoc)
}

public enum RunNetwork: String, Hashable, Sendable, CaseIterable {
    /// What the build's `--network` says.
    case standard = "default"
    case none
    case host
}

/// What one RUN sees beside its layers. See the reference, "RUN --mount".
public enum RunMount: Hashable, Sendable {
    case bind(BindMount)
    case cache(CacheMount)
    case tmpfs(TemporaryMount)
    case secret(SecretMount)
}

/// Files of the context, a stage or an image.
public struct BindMount: Hashable, Sendable {
    public var target: ShellWord
    public var source: String
    public var origin: CopyOrigin?
    /// Whether it can be written to; what is written is thrown away.
    public var isWritable: Bool
}

/// A directory that stays from build to build.
public struct CacheMount: Hashable, Sendable {
    public enum Sharing: String, Hashable, Sendable, CaseIterable {
        case shared, `private`, locked
    }
    public var target: ShellWord
    /// Which one it is; by default its target.
    public var id: String?
    public var sharing: Sharing
    public var isReadOnly: Bool
    /// What it begins as.
    public var source: String
    public var origin: CopyOrigin?
    public var mode: UInt32
    public var uid: UInt32
    public var gid: UInt32
}

public struct TemporaryMount: Hashable, Sendable {
    public var target: ShellWord
    /// In bytes; `nil`: as the kernel limits it.
    public var size: Int64?
}

/// A file that `--secret` gives and no layer keeps.
public struct SecretMount: Hashable, Sendable {
    public var id: String
    /// By default /run/secrets/ and the id.
    public var target: ShellWord?
    public var isRequired: Bool
    public var mode: UInt32
    public var uid: UInt32
    public var gid: UInt32
}
