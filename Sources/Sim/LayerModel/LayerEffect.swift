/// One change that an operation made to a stack of layers.
///
/// The simulator derives effects from a model, the observer from what the kernel left in the upper
/// directory; so holding a prediction against reality is `==`.
public struct LayerEffect: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A directory above the operand was copied up, to hold what follows.
        case parentCopyUp = "parent-copy-up"
        /// The operand was copied from a lower layer into the upper one.
        case copyUp = "copy-up"
        /// The copy no longer shares an inode with the names it was hard-linked to.
        case linkBroken = "link-broken"
        /// A name of the upper layer went away.
        case remove
        /// A mark was left that hides the name in the layers beneath.
        case whiteout
        /// A name came into being in the upper layer.
        case create
        /// The upper directory hides everything of its name in the layers beneath.
        case opaque
        /// The upper directory points at another name in the layers beneath (`redirect_dir`).
        case redirect
    }

    public var kind: Kind
    /// The name that changed, resolved: free of symbolic links and `..`.
    public var path: Path
    /// The source of a copy-up, the nearest layer that a whiteout hides; otherwise the upper layer.
    public var layer: LayerID
    /// The logical size in bytes of the regular file copied or created, as it stood in the upper layer
    /// when the call returned; `nil` where there is none.
    public var size: Int64?

    public init(_ kind: Kind, _ path: Path, layer: LayerID = .upper, size: Int64? = nil) {
        self.kind = kind
        self.path = path
        self.layer = layer
        self.size = size
    }
}

extension LayerEffect: Comparable {
    /// The canonical order of one operation's effects: by kind in the order above, then by path.
    public static func < (left: LayerEffect, right: LayerEffect) -> Bool {
        let ranks = (left.kind.rank, right.kind.rank)
        return ranks.0 == ranks.1 ? left.path < right.path : ranks.0 < ranks.1
    }
}

extension LayerEffect.Kind {
    /// The place in the canonical order.
    var rank: Int {
        switch self {
        case .parentCopyUp: 0
        case .copyUp: 1
        case .linkBroken: 2
        case .remove: 3
        case .whiteout: 4
        case .create: 5
        case .opaque: 6
        case .redirect: 7
        }
    }
}

extension LayerEffect: CustomStringConvertible {
    public var description: String {
        let bytes = size.map { ", \($0) byte\($0 == 1 ? "" : "s")" } ?? ""
        return "\(kind.rawValue) \(path) (layer \(layer)\(bytes))"
    }
}

/// What an operation came to: its errno and its effects in canonical order.
public struct Outcome: Hashable, Sendable {
    /// The error, or `nil` when the call succeeded.
    public let errno: Errno?
    public let effects: [LayerEffect]

    public init(errno: Errno? = nil, effects: [LayerEffect] = []) {
        self.errno = errno
        self.effects = effects.sorted()
    }
}

/// What a model says of an operation before it is run.
public enum Prediction: Hashable, Sendable {
    case outcome(Outcome)
    /// The model has no rule for this call; the reason is a clause that can follow "because".
    case unmodelled(String)
}
