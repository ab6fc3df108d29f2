/// Why a picture could not be drawn or written, in one sentence with its cure.
public enum PictureError: Error, Hashable, Sendable, CustomStringConvertible {
    /// libgvc cannot be loaded; `reason` is dlerror(3)'s.
    case libraryMissing(library: String, reason: String)
    /// Graphviz could not read the source, with its own message.
    case malformedSource(String)
    /// Graphviz could not lay the picture out.
    case layoutFailed(engine: String, String)
    /// Graphviz has no plugin for the format, or the plugin failed.
    case renderingFailed(format: String, String)
    /// The file could not be written.
    case unwritable(path: String, reason: String)
    case outOfMemory

    public var description: String {
        switch self {
        case .libraryMissing(let library, let reason):
            "Graphviz's library \(library) is not installed; `apt-get install libgvc6` brings it (\(reason))"
        case .malformedSource(let message):
            "Graphviz cannot read the picture's source: \(message)"
        case .layoutFailed(let engine, let message):
            "Graphviz cannot lay the picture out with `\(engine)`: \(message)"
        case .renderingFailed(let format, let message):
            "Graphviz cannot write \(format): \(message); `apt-get install libgvc6` brings its plugins, "
                + "and `dot -c` as root lists them anew"
        case .unwritable(let path, let reason):
            "the picture cannot be written to \(path): \(reason)"
        case .outOfMemory:
            "there is no memory left for the picture"
        }
    }
}
