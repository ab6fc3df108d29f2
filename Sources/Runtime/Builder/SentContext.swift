public import ContentStore
internal import Glibc
internal import LayerModel
internal import Linux

/// What comes to `docker build -`: a Dockerfile, or a tar that has one among its files. The bytes tell, as Docker's client
/// tells them.
public enum SentContext: Sendable {
    case dockerfile([UInt8])
    case archive(ContextArchive)

    /// What the Dockerfile alone may have.
    private static let largestDockerfile: Int64 = 16 << 20

    /// Reads a descriptor to its end.
    ///
    /// - Throws: `BuildError` for a Dockerfile that is too large, and for an archive as `ContextArchive` does; `SystemCallError`;
    ///   `BuildControl.Interruption` where somebody ends the build meanwhile.
    public init(reading descriptor: CInt, in store: ContentStore, _ control: BuildControl) throws {
        let input = try store.unnamedFile()
        var size: Int64 = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            try control.awaitInput(on: descriptor)
            let count = try call("read", "standard input") { read(descriptor, &buffer, buffer.count) }
            if count == 0 { break }
            try buffer[..<count].withUnsafeBytes { try input.write($0) }
            size += Int64(count)
        }
        let number = input.number
        if let archive = try ContextArchive(number, size: size, in: store) {
            self = .archive(archive)
            return
        }
        guard size <= Self.largestDockerfile else { throw BuildError("the Dockerfile is larger than 16 MiB") }
        try call("lseek") { lseek(number, 0, SEEK_SET) }
        var bytes: [UInt8] = []
        try input.forEachChunk { bytes += $0 }
        self = .dockerfile(bytes)
    }
}
