public import LayerModel

/// Layers against paths at one moment: reading a column downwards is the lookup that the kernel does.
///
/// A cell that is not given is empty, and yet its place is kept, so that frames with the same columns, stacks and
/// rows lie exactly over one another.
public struct LayerMatrix: Hashable, Sendable {
    public var caption: Caption
    /// The paths, left to right.
    public var columns: [Path]
    /// One container's view and writable layer each; all stand on the same read-only layers.
    public var stacks: [Stack]
    /// The read-only layers from the top down.
    public var lowerRows: [LowerRow]
    /// How many paths were left out, first those that no frame changes.
    public var omittedPaths: Int
    /// How many of them are changed in some frame.
    public var omittedChanges = 0
    /// What `Recency.thisStep` stands for.
    public var moment: Moment

    /// What the picture tells as new.
    public enum Moment: Hashable, Sendable {
        /// What one step did.
        case step
        /// What all lines of a script did.
        case script
    }

    public init(
        caption: Caption, columns: [Path], stacks: [Stack], lowerRows: [LowerRow], omittedPaths: Int = 0,
        moment: Moment = .step
    ) {
        self.moment = moment
        self.caption = caption
        self.columns = columns
        self.stacks = stacks
        self.lowerRows = lowerRows
        self.omittedPaths = omittedPaths
    }

    /// What stands over a frame: cause → effect.
    public struct Caption: Hashable, Sendable {
        /// What was done, such as `openat("/etc/passwd", O_RDWR)`.
        public var cause: String
        /// What it came to, such as `copy-up of 1.4 KB, layer 2 → upper`.
        public var effect: String
        /// The command line, and the program and process that made the call.
        public var subtitle: String
        public var step: Step?
        public var verdict: VerdictMark?
        /// Sentences for who cannot see the picture: the `<desc>` of an SVG. Empty: the cells in words.
        public var description: String

        public init(
            cause: String, effect: String, subtitle: String = "", step: Step? = nil, verdict: VerdictMark? = nil,
            description: String = ""
        ) {
            self.cause = cause
            self.effect = effect
            self.subtitle = subtitle
            self.step = step
            self.verdict = verdict
            self.description = description
        }

        /// Cause and effect in one line.
        public var title: String { effect.isEmpty ? cause : cause.isEmpty ? effect : "\(cause) → \(effect)" }
    }

    /// The place of a step in its run and, where a step has several frames, of the frame in its step; from 1.
    public struct Step: Hashable, Sendable, CustomStringConvertible {
        public var number: Int
        public var count: Int
        public var frame: Frame?

        public struct Frame: Hashable, Sendable {
            public var number: Int
            public var count: Int
            public init(_ number: Int, of count: Int) {
                self.number = number
                self.count = count
            }
        }

        public init(_ number: Int, of count: Int, frame: Frame? = nil) {
            self.number = number
            self.count = count
            self.frame = frame
        }

        public var description: String {
            "step \(number) of \(count)" + (frame.map { " · frame \($0.number) of \($0.count)" } ?? "")
        }
    }

    /// How the frame's prediction fared; the words of the record.
    public enum VerdictMark: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
        case predicted, confirmed, refuted, unmodelled

        public var description: String {
            switch self {
            case .predicted: "□ predicted"
            case .confirmed: "✓ confirmed"
            case .refuted: "≠ refuted"
            case .unmodelled: "? unmodelled"
            }
        }
    }

    /// One container: what its processes see, and the layer that they write to.
    public struct Stack: Hashable, Sendable {
        /// The container's name; shown where there is more than one.
        public var name: String
        public var merged: [Path: Cell<MergedState>]
        public var upper: [Path: Cell<UpperState>]
        /// The bytes of the writable layer's regular files, where known.
        public var size: Int64?
        /// The number of the image's layer that the writable one became: an instruction's does.
        public var becomes: Int?

        public init(
            name: String = "", merged: [Path: Cell<MergedState>] = [:], upper: [Path: Cell<UpperState>] = [:],
            size: Int64? = nil, becomes: Int? = nil
        ) {
            self.name = name
            self.merged = merged
            self.upper = upper
            self.size = size
            self.becomes = becomes
        }
    }

    /// A row beneath the stacks.
    public enum LowerRow: Hashable, Sendable {
        case layer(Layer)
        /// Instructions that made no layer: a thin tick and no row.
        case configOnly([String])
        /// So many layers, left out because they hold nothing of the paths shown.
        case omitted(Int)
    }

    /// A read-only layer.
    public struct Layer: Hashable, Sendable {
        /// From 1 at the bottom, as in `LayerID.lower`; told of the image's layers alone.
        public var number: Int
        /// The instruction that made it, as `history` shows it.
        public var createdBy: String
        /// The bytes of its regular files, where known.
        public var size: Int64?
        /// The digest that names it, whole.
        public var digest: String?
        /// Whether the image has it: the mount points of a build's container it has not.
        public var isOfImage = true
        public var cells: [Path: Cell<LowerState>]

        public init(
            number: Int, createdBy: String, size: Int64? = nil, digest: String? = nil,
            cells: [Path: Cell<LowerState>] = [:]
        ) {
            self.number = number
            self.createdBy = createdBy
            self.size = size
            self.digest = digest
            self.cells = cells
        }

        /// The number and the beginning of the instruction: what names the row. The whole is for a tooltip.
        public func heading(where fits: (String) -> Bool) -> String {
            (isOfImage ? "\(number) \(createdBy.printable)" : "mount points").shortenedAtEnd(where: fits)
        }

        /// The layer in words.
        var name: String { isOfImage ? "layer \(number)" : "the mount points" }
    }
}

extension LayerMatrix {
    /// The read-only layers without ticks and gaps, from the top down.
    public var layers: [Layer] {
        lowerRows.compactMap { if case .layer(let layer) = $0 { layer } else { nil } }
    }
}
