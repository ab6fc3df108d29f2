internal import Glibc
internal import LayerModel
internal import Linux

/// A directory of the upper layer that is held open, so that looking at a name in it is one system call.
final class UpperDirectory {
    let path: Path
    private let descriptor: Descriptor
    /// What stands there, with its marks; `nil` when the attributes have to be read again.
    private var known: LayerEntry?
    private let marks: LayerEntry

    init(_ path: Path, _ descriptor: consuming Descriptor, _ entry: LayerEntry) {
        self.path = path
        self.descriptor = descriptor
        marks = entry
        known = entry
    }

    /// The directory itself. Its marks are those of the opening: a call that changes them is about the directory, and
    /// then nothing is held open any longer.
    ///
    /// - Throws: `SystemCallError`
    func entry() throws -> LayerEntry {
        if let known { return known }
        var entry = LayerEntry(try FileStatus(of: descriptor))
        entry.isOpaque = marks.isOpaque
        entry.redirect = marks.redirect
        known = entry
        return entry
    }

    /// A name has come or gone: size, links and times are others.
    func hasChanged() { known = nil }

    /// What stands under a name, and the bytes allocated for it; complete but for directories and symbolic links.
    ///
    /// - Throws: `SystemCallError`
    func look(at name: String) throws -> (entry: LayerEntry, allocated: Int64)? {
        guard let status = try FileStatus.read(name, in: descriptor.number) else { return nil }
        return (LayerEntry(status), status.allocated)
    }
}
