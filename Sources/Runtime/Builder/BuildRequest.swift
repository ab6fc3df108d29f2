internal import Dockerfiles
public import Engine
internal import Glibc
internal import LayerModel
internal import Linux
public import OCI

/// What a user asks for: the words of docker build(1).
public struct BuildRequest: Sendable {
    /// The Dockerfile's bytes, and what they are called in errors.
    public var dockerfile: [UInt8]
    public var dockerfileName: String
    /// The directory that COPY and ADD take files from, absolute; `nil`: there is none.
    public var context: String?
    /// What the context came in, where it came as a tar. It is there as long as the request is.
    public var archive: ContextArchive?
    public var tags: [ImageReference] = []
    /// `--build-arg`; `nil` is a name without a value, which takes none.
    public var arguments: [String: String] = [:]
    /// The stage to end with; `nil`: the last.
    public var target: String?
    public var usesCache = true
    /// `--label`, in their order.
    public var labels: [(name: String, value: String)] = []
    public var network = BuildNetwork.unspecified
    /// `--secret`: files of the host by the id that RUN names.
    public var secrets: [String: String] = [:]
    /// `--platform`: of the images; there are the host's alone.
    public var platform: String?
    /// `--add-host`: names that a RUN with the host's network knows besides (hosts(5)).
    public var hosts: [Host] = []
    /// Whether each step says why it hit or missed the cache.
    public var explains = false
    /// The descriptor that commands write to, their errors too.
    public var output: Int32 = 1
    /// Who may end the build.
    public var control = BuildControl()
    /// So many stages that do not need each other are built at the same time.
    public var stagesAtOnce = (try? CPUSet(of: 0).count) ?? 1

    /// A name and its address.
    public struct Host: Hashable, Sendable {
        let name: String
        let address: String

        /// - Returns: `nil` where the address is none of IPv4 or IPv6 (inet_pton(3)).
        public init?(name: String, address: String) {
            var bytes = in6_addr()
            guard inet_pton(AF_INET, address, &bytes) == 1 || inet_pton(AF_INET6, address, &bytes) == 1 else {
                return nil
            }
            (self.name, self.address) = (name, address)
        }
    }
    /// How each instruction's container is observed, by its id; `nil`: none is. Asked on any thread.
    public var observe: (@Sendable (_ container: String) -> Observation)?

    public init(dockerfile: [UInt8], named name: String, context: String?) {
        self.dockerfile = dockerfile
        dockerfileName = name
        self.context = context
    }

    /// A Dockerfile that came with its context.
    public init(dockerfile: [UInt8], named name: String, in archive: ContextArchive) {
        self.init(dockerfile: dockerfile, named: name, context: archive.path)
        self.archive = archive
    }
}

extension BuildRequest {
    /// Where the context comes from, as the user named it: what tells one user's build from another.
    var origin: String { archive == nil ? context ?? "-" : "-" }

    /// The bytes that Docker's client would send: the context without what is ignored, its tar, or the Dockerfile alone.
    ///
    /// - Throws: `BuildError`, `SystemCallError`; `BuildControl.Interruption` where somebody ends the build meanwhile.
    public func contextSize() throws -> Int64 {
        if let archive { return archive.size }
        guard let context else { return 512 + Int64((dockerfile.count + 511) / 512 * 512) + 1024 }
        return ContextSize.of(try SourceTree(context, ignored: ignorePatterns(), control: control).entries())
    }

    /// Docker's client reads them; of a context that comes as a tar all is there.
    func ignorePatterns() throws -> IgnorePatterns {
        guard archive == nil, let context,
            let file = try? Linux.Descriptor(opening: context + "/.dockerignore", O_RDONLY)
        else {
            return IgnorePatterns()
        }
        var bytes: [UInt8] = []
        do { try file.forEachChunk { bytes += $0 } } catch let error as SystemCallError where error.errno == .EISDIR {
            throw BuildError("Error reading .dockerignore: read \(context)/.dockerignore: is a directory")
        }
        do { return try IgnorePatterns(parsing: bytes) } catch { throw BuildError(error.description) }
    }
}

/// What RUN sees of the network.
public enum BuildNetwork: Hashable, Sendable {
    /// The host's, until there are networks; it is said.
    case unspecified
    case host
    /// A loopback of its own alone.
    case none
}

/// A build that cannot go on: one sentence, in Docker's words where Docker has the same error.
public struct BuildError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
    /// The exit status of docker build(1).
    public var exitStatus: Int32

    public init(_ description: String, exitStatus: Int32 = 1) {
        self.description = description
        self.exitStatus = exitStatus
    }
}

/// What a build made.
public struct BuildResult: Hashable, Sendable {
    /// The image's id.
    public var id: Digest
    /// The `--build-arg`s that no ARG took.
    public var unusedArguments: [String]
}
