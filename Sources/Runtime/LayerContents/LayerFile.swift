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
        // Nobody waits for a FIFO's writer.
        guard let file = try openBeneath(root.number, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW),
            try FileStatus(of: file).mode & S_IFMT == S_IFREG
        else { return nil }
        return file
    }
}
