/// What a picture can be written as.
public enum PictureFormat: String, Hashable, Sendable, CaseIterable {
    case svg, png, pdf
    /// Our own source text, as Graphviz's `dot` and `neato` programs read it.
    case dot

    /// The format that a file's name asks for by its ending; `nil` where it asks for none of these.
    public init?(path: String) {
        guard let dot = path.lastIndex(of: "."), path[dot...].firstIndex(of: "/") == nil else { return nil }
        self.init(rawValue: path[dot...].dropFirst().lowercased())
    }
}
