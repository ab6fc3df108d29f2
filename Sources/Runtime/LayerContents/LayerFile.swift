public import LayerModel
internal import Glibc
public import Linux
public import ContentStore

extension ImageLayer {
    /// Opens a regular file of the layer for reading. No symbolic link is followed, whatever the layer holds.
    ///
    /// - Returns: `nil` where the layer holds no regular file there.
    /// - Throws: `SystemCallError`
    public func open(_ path: Path) throws(SystemCallError) -> Descriptor? {
        let root = try Descriptor(opening: directory, pathOnly | O_DIRECTORY)
        let name = path.components.joined(separator: "/")
        // Looked at first: opening a whiteout or a device is refused, and a FIFO waits for its writer.
        guard let place = try openBeneath(root.number, name, pathOnly | O_NOFOLLOW),
            try FileStatus(of: place).mode & S_IFMT == S_IFREG
        else { return nil }
        return try openBeneath(root.number, name, O_RDONLY | O_NOFOLLOW)
    }
}
