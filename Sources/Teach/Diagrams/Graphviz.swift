import CGraphviz
import Synchronization

/// Graphviz in this process: its library, loaded when the first picture is drawn.
///
/// libgvc keeps its state in globals and is not thread-safe, so all drawing goes through one lock; callers may be
/// on any thread and wait their turn.
public final class Graphviz: Sendable {
    /// The library that the distributions have; Graphviz 2.42 and its successors share the name.
    public static let shared = Graphviz(library: "libgvc.so.6")

    /// One lock for the process and not for an instance: two contexts would share the same globals.
    private static let turn = Mutex(())

    private let library: String
    /// The contexts, kept from picture to picture because their plugins and fonts take longer to find than a picture
    /// to draw. Only touched while `turn` is held.
    private let contexts = Mutex<Contexts>(Contexts())

    fileprivate struct Contexts: ~Copyable {
        /// With all of Graphviz's plugins.
        var whole = Context()
        /// With our own measures of text, for pinned nodes as SVG; `isRefused` where it cannot be had.
        var small = Context()
        var isRefused = false
    }

    /// Nothing is loaded yet.
    ///
    /// - Parameter library: a name for dlopen(3): a soname or a path.
    public init(library: String) { self.library = library }

    /// What Graphviz made of a source.
    public struct Rendering: Sendable {
        public var bytes: [UInt8]
        /// What Graphviz had to complain of, though it drew: a label larger than its box, a font not found.
        public var warnings: String
    }

    /// Lays `source` out and renders it.
    ///
    /// - Parameters:
    ///   - source: a graph in the DOT language.
    ///   - engine: the name of a layout: `dot`, or `nop2` for pinned nodes and drawn edges (`neato -n2`).
    ///   - format: the name of a renderer: `svg`, `png`, `pdf`.
    /// - Throws: `PictureError`
    public func render(_ source: String, engine: String, format: String) throws(PictureError) -> Rendering {
        let outcome = Self.turn.withLock { _ in
            contexts.withLock { contexts in
                Result { () throws(PictureError) in
                    if engine == Drawing.Engine.pinned.rawValue, format == PictureFormat.svg.rawValue,
                        contexts.openSmall(library)
                    {
                        return try contexts.small.render(source, engine: engine, format: format)
                    }
                    try contexts.whole.open(library, measuring: nil)
                    return try contexts.whole.render(source, engine: engine, format: format)
                }
            }
        }
        return try outcome.get()
    }
}

extension Graphviz.Contexts {
    /// - Returns: whether the small context is there; where Graphviz's plugins lie elsewhere, it is not.
    fileprivate mutating func openSmall(_ library: String) -> Bool {
        guard !isRefused else { return false }
        do throws(PictureError) {
            try small.open(library) { text, font, isBold, size in
                guard let text, let font else { return 0 }
                return Typeface(family: String(cString: font), isBold: isBold != 0)
                    .width(String(cString: text), size: size)
            }
        } catch {
            isRefused = true
        }
        return !isRefused
    }
}

/// The C library's context, freed with its owner.
private struct Context: ~Copyable, @unchecked Sendable {
    private var pointer: OpaquePointer?

    mutating func open(_ library: String, measuring: teach_graphviz_measure?) throws(PictureError) {
        guard pointer == nil else { return }
        switch teach_graphviz_open(library, measuring, &pointer) {
        case TEACH_GRAPHVIZ_OK: break
        case TEACH_GRAPHVIZ_NO_MEMORY: throw .outOfMemory
        default: throw .libraryMissing(library: library, reason: Self.messages)
        }
    }

    func render(_ source: String, engine: String, format: String) throws(PictureError) -> Graphviz.Rendering {
        var bytes: UnsafeMutablePointer<CChar>?
        var length = 0
        let status = teach_graphviz_render(pointer, source, engine, format, &bytes, &length)
        defer { teach_graphviz_free_bytes(pointer, bytes) }
        switch status {
        case TEACH_GRAPHVIZ_OK:
            let buffer = UnsafeRawBufferPointer(start: bytes, count: length)
            return Graphviz.Rendering(bytes: Array(buffer), warnings: Self.messages)
        case TEACH_GRAPHVIZ_BAD_SOURCE: throw .malformedSource(Self.messages)
        case TEACH_GRAPHVIZ_NO_LAYOUT: throw .layoutFailed(engine: engine, Self.messages)
        case TEACH_GRAPHVIZ_NO_RENDERER: throw .renderingFailed(format: format, Self.messages)
        default: throw .outOfMemory
        }
    }

    /// Graphviz's words for the last call, in one line.
    private static var messages: String {
        String(cString: teach_graphviz_messages()).split(whereSeparator: \.isNewline).joined(separator: "; ")
    }

    deinit { teach_graphviz_close(pointer) }
}
