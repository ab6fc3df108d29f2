public import ContentStore
internal import Glibc
public import Linux

extension LayerListing {
    /// The listing of an image's layer: as it was kept when the layer was first looked at, else read from its directory
    /// and kept. That it cannot be kept, in a home that is not the caller's, is no error.
    ///
    /// - Throws: `SystemCallError`
    public init(_ layer: ImageLayer) throws(SystemCallError) {
        let kept = Self.place(of: layer)
        if let listing = Self.read(kept) {
            self = listing
            return
        }
        try self.init(directory: layer.directory)
        try? write(to: kept)
    }

    private static func place(of layer: ImageLayer) -> String {
        // Beside the directory: it goes with the layer, and is no part of it.
        layer.directory.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/listing"
    }

    private static func read(_ path: String) -> LayerListing? {
        guard let file = try? Descriptor(opening: path, O_RDONLY), let status = try? FileStatus(of: file),
            status.size > 0
        else { return nil }
        let (number, size) = (file.number, Int(status.size))
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, number, 0), start != MAP_FAILED else { return nil }
        defer { munmap(start, size) }
        return LayerListing(bytes: UnsafeRawBufferPointer(start: start, count: size))
    }

    /// Whoever reads sees all of it or nothing.
    private func write(to path: String) throws(SystemCallError) {
        let partial = "\(path).\(getpid())-\(UInt32.random(in: 0...(.max)))"
        do throws(SystemCallError) {
            let file = try Descriptor(opening: partial, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            let (number, bytes) = (file.number, bytes)
            var done = 0
            while done < bytes.count {
                done += try call("write", partial) {
                    bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress! + done, $0.count - done) }
                }
            }
            try call("rename", path) { rename(partial, path) }
        } catch {
            unlink(partial)
            throw error
        }
    }
}
