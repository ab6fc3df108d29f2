public import LayerModel

/// What the layers of one container held at chosen paths when a step had ended: what a frame of the step shows.
public struct LayerSnapshot: Hashable, Sendable {
    /// The container's full id.
    public var container: String
    /// Whether the container was removed in the step: then there is no writable layer any more.
    public var isGone: Bool
    public var rows: [Evidence.Row]

    public init(container: String, isGone: Bool, rows: [Evidence.Row]) {
        self.container = container
        self.isGone = isGone
        self.rows = rows
    }
}

/// How the frames of a step are to be drawn.
public struct FrameSettings: Hashable, Sendable {
    /// The paths that are the columns, from the left.
    public var columns: [Path]
    /// `last` for one frame at the end, `each` for one after every call that changed a layer.
    public var extent: String
    /// The step's place among the lesson's steps, from 1, and how many these are.
    public var number: Int
    public var count: Int
    /// A line under the picture.
    public var caption: String?

    public init(columns: [Path], extent: String, number: Int, count: Int, caption: String? = nil) {
        self.columns = columns
        self.extent = extent
        self.number = number
        self.count = count
        self.caption = caption
    }
}
