/// A picture ready for Graphviz: its source, and what has to be said of it for those who cannot see it.
public struct Drawing: Hashable, Sendable {
    /// Which of Graphviz's layouts places it.
    public enum Engine: String, Hashable, Sendable {
        /// Everything is pinned, edges included (`neato -n2`).
        case pinned = "nop2"
        /// The nodes are pinned, and Graphviz finds the edges' ways round them (`neato -n`).
        case placed = "nop1"
        /// Graphviz ranks and orders the nodes.
        case ranked = "dot"
    }

    public var engine: Engine
    /// The graph in the DOT language.
    public var source: String
    /// One line: what the picture shows.
    public var title: String
    /// Sentences that tell the picture's whole content.
    public var description: String
    /// A sentence for each node that means something, by the node's name in `source`.
    public var sentences: [String: String]

    public init(
        engine: Engine, source: String, title: String, description: String, sentences: [String: String] = [:]
    ) {
        self.engine = engine
        self.source = source
        self.title = title
        self.description = description
        self.sentences = sentences
    }
}

extension Drawing {
    /// Renders the picture. `dot` is the source itself and needs no Graphviz.
    ///
    /// - Throws: `PictureError`
    public func rendered(as format: PictureFormat, by graphviz: Graphviz = .shared) throws(PictureError) -> [UInt8] {
        switch format {
        case .dot:
            return Array(source.utf8)
        case .svg:
            let svg = try graphviz.render(source, engine: engine.rawValue, format: "svg").bytes
            return annotated(svg: svg)
        case .png:
            // 108 points to the inch make 1920 × 1080 of a canvas of 1280 × 720 points.
            let sharper = source.replacingFirstBrace(with: "{\ngraph [dpi=108];")
            return try graphviz.render(sharper, engine: engine.rawValue, format: "png").bytes
        case .pdf:
            return try graphviz.render(source, engine: engine.rawValue, format: "pdf").bytes
        }
    }

    /// Renders the picture into a file, which is there whole or not at all.
    ///
    /// - Parameter format: by default what the path's ending asks for, or SVG.
    /// - Throws: `PictureError`
    public func write(
        to path: String, as format: PictureFormat? = nil, by graphviz: Graphviz = .shared
    ) throws(PictureError) {
        let bytes = try rendered(as: format ?? PictureFormat(path: path) ?? .svg, by: graphviz)
        try writeAtomically(bytes, to: path)
    }
}

extension String {
    fileprivate func replacingFirstBrace(with text: String) -> String {
        guard let brace = firstIndex(of: "{") else { return self }
        return self[..<brace] + text + self[index(after: brace)...]
    }
}
