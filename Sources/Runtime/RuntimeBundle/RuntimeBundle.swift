import Cgroups
public import Containers
import Glibc
import Linux

/// An OCI runtime bundle: a directory with a `config.json` and a root filesystem (the runtime specification 1.0,
/// bundle.md, config.md and config-linux.md).
public struct RuntimeBundle: Sendable {
    /// What `run` makes of it.
    public let spec: ContainerSpec
    /// What the bundle asks for and the container does without: a sentence each.
    public let warnings: [String]

    /// Reads the bundle in `directory` for a container that is called `id`.
    ///
    /// - Throws: `BundleError`
    public init(_ directory: String, id: String) throws(BundleError) {
        try Self.check(id: id)
        guard let place = Self.realPath(directory) else {
            throw BundleError("the bundle \(directory) is not there: name its directory with --bundle")
        }
        let config = try ConfigObject(JSON(parsing: try Self.read(place + "/config.json"), of: "config.json"))
        let version = try config.required("ociVersion", try config.string("ociVersion"))
        guard version.hasPrefix("1.") else {
            throw config.error("ociVersion", "is \(version): only version 1 of the specification is known")
        }
        try config.refuse("hooks", "domainname", "solaris", "windows", "vm", "zos")
        config.passOver("annotations")

        var warnings: [String] = []
        let root = try Self.root(config, place, &warnings)
        let process = try ProcessSection(config, &warnings)
        let linux = try LinuxSection(config, &warnings)
        let mounts = try MountsSection(config, place, linux.namespaces, &warnings)
        let hostname = try config.string("hostname") ?? ""
        if !hostname.isEmpty, !linux.namespaces.contains(.uts) {
            throw config.error("hostname", "needs a namespace of its own: add uts to linux.namespaces")
        }
        config.finish(&warnings)
        self.warnings = warnings
        spec = ContainerSpec(
            id: id, hostname: hostname.isEmpty ? id : hostname, root: .directory(root),
            surface: KernelSurface(
                mounts: mounts.mounts, devices: mounts.isDevOurs ? KernelSurface.defaultDevices : [],
                links: mounts.isDevOurs ? KernelSurface.defaultLinks : [], maskedPaths: linux.maskedPaths,
                readOnlyPaths: linux.readOnlyPaths),
            arguments: process.arguments, environment: process.environment,
            workingDirectory: process.workingDirectory, user: process.user, capabilities: process.capabilities,
            noNewPrivileges: process.noNewPrivileges, resourceLimits: process.resourceLimits,
            fileMask: process.fileMask, namespaces: linux.namespaces.union(mounts.neededNamespaces),
            limits: linux.limits)
    }

    /// It also names a cgroup, so it must be one name.
    private static func check(id: String) throws(BundleError) {
        let isPlain = id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "_+-.".utf8.contains(byte)
            }
        }
        guard isPlain, (1...255).contains(id.utf8.count), id != ".", id != ".." else {
            throw BundleError(
                "\(id.isEmpty ? "an empty name" : id) cannot name a container: use letters, digits, _, +, - and .")
        }
    }

    private static func root(_ config: ConfigObject, _ bundle: String, _ warnings: inout [String])
        throws(BundleError) -> DirectoryRoot
    {
        let section = try config.required("root", try config.object("root"))
        let path = try section.required("path", try section.string("path"))
        let isReadOnly = try section.bool("readonly") ?? false
        section.finish(&warnings)
        let whole = path.hasPrefix("/") ? path : "\(bundle)/\(path)"
        guard let place = realPath(whole) else {
            throw section.error("path", "names \(whole), which is not there: put the root filesystem in it")
        }
        var about = stat()
        guard stat(place, &about) == 0, about.st_mode & S_IFMT == S_IFDIR else {
            throw section.error("path", "names \(whole), which is not a directory")
        }
        guard place != "/" else {
            throw section.error("path", "names the host's own root: give the container a directory of its own")
        }
        return DirectoryRoot(path: place, isReadOnly: isReadOnly)
    }

    /// Absolute and without symbolic links; `nil` when nothing is there. See realpath(3).
    static func realPath(_ path: String) -> String? {
        guard let found = realpath(path, nil) else { return nil }
        defer { free(found) }
        return String(cString: found)
    }

    private static func read(_ path: String) throws(BundleError) -> [UInt8] {
        let limit = 8 << 20
        do throws(SystemCallError) {
            let file = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK)
            let number = file.number
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            var count = 0
            while count <= limit {
                let space = bytes.count - count
                let more = try call("read", path) {
                    bytes.withUnsafeMutableBytes { Glibc.read(number, $0.baseAddress! + count, space) }
                }
                if more == 0 { return Array(bytes.prefix(count)) }
                count += more
                if count == bytes.count { bytes += [UInt8](repeating: 0, count: count) }
            }
        } catch {
            throw BundleError("the bundle has no config.json that can be read: \(error)")
        }
        throw BundleError("\(path) is greater than 8 MiB: that is no config.json")
    }
}
