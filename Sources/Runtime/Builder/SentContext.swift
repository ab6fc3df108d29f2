public import ContentStore
internal import Glibc
internal import LayerModel
internal import Linux

/// What comes to `docker build -`: a Dockerfile, or a tar that has one among its files. The bytes tell, as Docker's client
/// tells them.
public enum SentContext: Sendable {
    case dockerfile([UInt8])
    case archive(ContextArchive)

    /// What the Dockerfile alone may have, in bytes.
    static let largestDockerfile: Int64 = 16 << 20
    static let tooLarge = BuildError("the Dockerfile is larger than 16 MiB")

    /// Reads a descriptor to its end, or until there is more than may come.
    ///
    /// - Throws: `BuildError` for a Dockerfile or an archive that is too large, and as `ContextArchive` does; `SystemCallError`;
    ///   `BuildControl.Interruption` where somebody ends the build meanwhile.
    public init(reading descriptor: CInt, in store: ContentStore, _ control: BuildControl) throws {
        let input = try store.unnamedFile()
        let number = input.number
        var size: Int64 = 0
        var limit = Self.largestDockerfile
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            try control.awaitInput(on: descriptor)
            let count = try call("read", "standard input") { read(descriptor, &buffer, buffer.count) }
            if count == 0 { break }
            try buffer[..<count].withUnsafeBytes { try input.write($0) }
            size += Int64(count)
            guard size > limit else { continue }
            // An archive may have more; it is one by its beginning, or what comes is not worth the disk.
            let isArchive = if case .other = try ArchiveExtraction.content(of: number) { false } else { true }
            guard isArchive else { throw Self.tooLarge }
            guard limit == Self.largestDockerfile else {
                throw BuildError("the context is larger than any image may be")
            }
            limit = LayerLimits().bytes
            try call("lseek") { lseek(number, 0, SEEK_END) }
        }
        if let archive = try ContextArchive(number, size: size, in: store) {
            self = .archive(archive)
            return
        }
        guard size <= Self.largestDockerfile else { throw Self.tooLarge }
        try call("lseek") { lseek(number, 0, SEEK_SET) }
        var bytes: [UInt8] = []
        try input.forEachChunk { bytes += $0 }
        self = .dockerfile(bytes)
    }
}
