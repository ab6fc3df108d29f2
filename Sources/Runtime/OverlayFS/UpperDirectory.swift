internal import Glibc
internal import LayerModel
internal import Linux

/// A directory of the upper layer that is held open, so that looking at a name in it is one system call.
///
/// Its names are known from a listing, as long as every change to them is looked at (`changed`): so a name that is not
/// there costs no call at all.
final class UpperDirectory {
    private let descriptor: Descriptor
    /// Every name; `nil` where they are too many to be worth listing.
    private var names: Set<ByteString>?

    /// So many names are listed at most.
    private static let mostNames = 256

    /// - Parameter descriptor: May be one that only stands for the place (O_PATH).
    /// - Throws: `SystemCallError`
    init(_ descriptor: consuming Descriptor) throws {
        let listed = try Descriptor(opening: ".", O_RDONLY | O_DIRECTORY, in: descriptor.number)
        if let names = try directoryNames(in: listed, atMost: Self.mostNames) { self.names = Set(names) }
        self.descriptor = descriptor
    }

    /// What stands under a name.
    ///
    /// - Throws: `SystemCallError`
    func look(at name: ByteString) throws -> FileStatus? {
        if let names, !names.contains(name) { return nil }
        return try read(name)
    }

    /// The same after a call that may have changed what stands there.
    ///
    /// - Throws: `SystemCallError`
    func changed(at name: ByteString) throws -> FileStatus? {
        let now = try read(name)
        if names != nil {
            if now == nil {
                names?.remove(name)
            } else {
                names?.insert(name)
            }
        }
        return now
    }

    private func read(_ name: ByteString) throws -> FileStatus? {
        try FileStatus.read(name.text, in: descriptor.number)
    }
}
