public import LayerModel

/// The rules of overlay2: what overlayfs does with a call on files, by its options as Docker mounts it
/// (`redirect_dir=off`, `index=off`, `metacopy=off`, `xino=off`).
///
/// The rules follow the order of the kernel's checks in fs/namei.c, fs/open.c and fs/overlayfs of Linux 6.18, and
/// are held against that kernel by a differential test. What they leave out: access control lists, immutable and
/// append-only files, files that run (ETXTBSY), quotas and full disks; the sizes and times of directories.
///
/// How a call's effects are told:
/// - `parent-copy-up` for each directory above the operand that is copied up, with the layer that shows it; for
///   O_TMPFILE also for the directory itself.
/// - `copy-up` of the operand, with the layer it comes from and, for a regular file, its size when the call
///   returns; `link-broken` besides where the lower inode has other names.
/// - `remove` where a name of the upper layer goes away, `whiteout` where a mark is left (with the nearest layer that
///   it hides), both where the one takes the place of the other.
/// - `create` for each name of the upper layer that stands for another object than before. A name that is replaced
///   (a rename over it, RENAME_EXCHANGE) is told by the `create` alone; so is a whiteout that gives way.
/// - a rename is a `copy-up` of the old name where that was in a lower layer, or else its `remove`; its `whiteout`
///   where a lower layer holds it; and the `create` of the new name.
/// - `opaque` with each `create` of an opaque directory, and where a directory becomes so.
public struct Overlay2: Sendable {
    /// The host's settings that refuse some calls.
    public var protections: Protections

    /// The user namespace that the calls are made in; `nil` for the host's first one.
    public var confinement: Confinement?

    /// Whether no other process takes part, as in a script: then nobody reads from a FIFO that is opened for writing.
    /// What was observed of a container tells nothing of that.
    public var isAlone: Bool

    /// Rules that are broken on purpose, to prove that the comparison with the kernel sees it.
    package var brokenRules: Set<Rule> = []
    package var brokenLookupRules: Set<Lookup.Rule> = []

    public init(protections: Protections = Protections(), isAlone: Bool = false) {
        self.protections = protections
        self.isAlone = isAlone
    }

    /// What `operation` would come to, from what `layers` hold now.
    ///
    /// Nothing is changed; `layers` is `inout` because a reader may remember what it read.
    public func prediction(
        of operation: FileOperation, by credentials: Credentials, over layers: inout some LayerReading
    ) -> Prediction {
        if let confinement { return prediction(of: operation, by: credentials, within: confinement, over: &layers) }
        var call = Call(rules: self, credentials: credentials, umask: 0, layers: layers)
        defer { layers = call.layers }
        return prediction(of: operation, &call)
    }

    /// Runs `operation` on a state.
    ///
    /// - Parameter umask: The mode bits that the caller's new objects do not get (umask(2)).
    /// - Returns: What the operation came to. Where that is `unmodelled`, the state has not changed.
    public func run(
        _ operation: FileOperation, by credentials: Credentials, umask: UInt16 = 0o022, on state: inout UnionState
    ) -> Prediction {
        var call = Call(rules: self, credentials: credentials, umask: umask, layers: state)
        let prediction = prediction(of: operation, &call)
        if case .outcome = prediction {
            for change in call.changes { state.apply(change) }
        }
        return prediction
    }

    private func prediction(of operation: FileOperation, _ call: inout Call<some LayerReading>) -> Prediction {
        do {
            try call.run(operation)
            return .outcome(Outcome(effects: call.effects))
        } catch let errno as Errno {
            return .outcome(Outcome(errno: errno, effects: call.effects))
        } catch {
            return .unmodelled("\(error)")
        }
    }
}

extension Overlay2 {
    /// The settings under `fs.` that keep users from each other's links (proc_sys_fs(5)).
    public struct Protections: Hashable, Sendable {
        /// `protected_hardlinks`: no link to a file of somebody else that one may not write.
        public var hardLinks: Bool
        /// `protected_symlinks`: no following of somebody else's link in a sticky, world-writable directory.
        public var symbolicLinks: Bool

        /// `protected_regular`: no O_CREAT of somebody else's file in a sticky directory that everybody may write
        /// (1), or also one that a group may write (2).
        public var regularFiles: UInt8
        /// `protected_fifos`: the same for FIFOs.
        public var fifos: UInt8

        /// By default the settings of a host that systemd started.
        public init(hardLinks: Bool = true, symbolicLinks: Bool = true, regularFiles: UInt8 = 2, fifos: UInt8 = 1) {
            self.hardLinks = hardLinks
            self.symbolicLinks = symbolicLinks
            self.regularFiles = regularFiles
            self.fifos = fifos
        }
    }
}
