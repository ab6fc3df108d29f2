internal import Glibc
internal import LayerModel
internal import Linux

/// A directory of the upper layer that is held open, so that looking at a name in it is one system call.
struct UpperDirectory: ~Copyable {
    private let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// What stands under a name, and the bytes allocated for it; complete but for directories and symbolic links.
    ///
    /// - Throws: `SystemCallError`
    func look(at name: String) throws -> (entry: LayerEntry, allocated: Int64)? {
        guard let status = try FileStatus.read(name, in: descriptor.number) else { return nil }
        return (LayerEntry(status), status.allocated)
    }
}
