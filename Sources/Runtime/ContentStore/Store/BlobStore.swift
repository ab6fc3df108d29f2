internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// The layout's blobs: files named by the digest of what they hold. A blob has its name only once it is whole,
/// verified and on the disk.
struct BlobStore: Sendable {
    let paths: StorePaths

    func path(_ digest: Digest) -> String { "\(paths.blobs)/\(digest.hex)" }

    func contains(_ digest: Digest) -> Bool { access(path(digest), F_OK) == 0 }

    /// Stores `bytes`; when `expected` is given they must have that digest.
    ///
    /// - Throws: `StoreError.blobCorrupt`, `SystemCallError`
    @discardableResult
    func put(_ bytes: [UInt8], expecting expected: Digest? = nil) throws -> Digest {
        try write(expecting: expected) { file in
            try bytes.withUnsafeBytes { try Files.write($0, to: file) }
            return (Digest(of: bytes), Int64(bytes.count))
        }
    }

    /// Stores what `body` writes to the descriptor that it gets; `body` answers the digest and the size.
    @discardableResult
    func write(expecting expected: Digest? = nil, _ body: (CInt) throws -> (Digest, Int64)) throws -> Digest {
        let partial = StorePaths.partial(in: paths.images)
        let file = try Descriptor(opening: partial, O_RDWR | O_CREAT | O_EXCL, mode: 0o644)
        do {
            let (digest, size) = try body(file.number)
            if let expected, expected != digest {
                throw StoreError.blobCorrupt(expected, found: digest, size: size)
            }
            if contains(digest) {
                unlink(partial)
                return digest
            }
            let number = file.number
            try call("fsync", partial) { fsync(number) }
            let path = path(digest)
            try call("rename", path) { rename(partial, path) }
            try Files.syncDirectory(paths.blobs)
            return digest
        } catch {
            unlink(partial)
            throw error
        }
    }

    /// Takes over a file of the same filesystem whose bytes the caller has verified; whoever does so with many calls
    /// `Files.syncDirectory` after the last.
    func adopt(_ file: String, as digest: Digest) throws {
        if contains(digest) { return }
        let open = try Descriptor(opening: file, O_RDONLY)
        let number = open.number
        try call("fsync", file) { fsync(number) }
        let path = path(digest)
        try call("rename", path) { rename(file, path) }
    }

    /// Opens a blob whose bytes the caller verifies as it reads them.
    ///
    /// - Throws: `StoreError.blobMissing`, `SystemCallError`
    func open(_ digest: Digest) throws -> Descriptor {
        do {
            return try Descriptor(opening: path(digest), O_RDONLY)
        } catch  where error.errno == .ENOENT {
            throw StoreError.blobMissing(digest)
        }
    }

    /// The bytes of a small blob, verified.
    ///
    /// - Throws: `StoreError.blobMissing`, `StoreError.blobCorrupt`, `SystemCallError`
    func read(_ digest: Digest) throws -> [UInt8] {
        let file = try open(digest)
        let bytes = try Files.readAll(file.number)
        let found = Digest(of: bytes)
        guard found == digest else {
            throw StoreError.blobCorrupt(digest, found: found, size: Int64(bytes.count))
        }
        return bytes
    }
}
