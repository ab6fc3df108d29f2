internal import Containers
internal import ContentStore
internal import Engine
internal import Glibc
internal import Linux

/// One RUN: a container over the layers so far, whose writable layer becomes the next.
struct RunStep {
    var arguments: [String]
    /// `NAME=value`: ENV and ARG.
    var environment: [String]
    var workingDirectory: String
    /// `name|uid[:group|gid]`.
    var user: String
    /// From the top down.
    var layers: [String]
    var id: String
    var hasOwnNetwork: Bool
    var control: BuildControl
    /// Names that hosts(5) has besides the host's own.
    var hosts: [BuildRequest.Host] = []
    /// What it sees of VOLUME.
    var volumes: [KernelSurface.Mount] = []
    /// What the command sees besides.
    var mounts: [KernelSurface.Mount] = []
    /// Who is told what it does.
    var observed: ObservedStep?

    /// The files that the host gives a container on its network (resolv.conf(5), hosts(5), hostname(5)).
    private static let hostFiles = ["etc/resolv.conf", "etc/hosts", "etc/hostname"]

    /// - Parameter output: where its output and its errors go.
    /// - Returns: the exit status as a shell reports it.
    /// - Throws: `BuildError` where the command did not begin.
    func run(in workspace: LayerWorkspace, output: CInt) throws -> Int32 {
        let user: UserLookup.User
        do { user = try UserLookup(layers: layers).resolve(self.user) } catch {
            throw BuildError(error.description)
        }
        let given = Set(environment.map { String($0.prefix { $0 != "=" }) })
        let standard = ["HOSTNAME=\(id.prefix(12))", "HOME=\(user.home)"].filter {
            !given.contains(String($0.prefix { $0 != "=" }))
        }
        try makeMountPoints(in: workspace)
        var surface = KernelSurface.container
        // The host's files come over them, as with Docker: a volume may be /etc.
        surface.mounts += volumes
        for name in Self.hostFiles where !hasOwnNetwork {
            let more = name == "etc/hosts" ? hosts.map { "\($0.address)\t\($0.name)\n" }.joined() : ""
            guard let copy = try Self.copyHostFile(name, to: workspace, more) else { continue }
            surface.mounts.append(.bind(BindMount(copy, on: name, isDirectory: false, isRecursive: false)))
        }
        surface.mounts += mounts
        if !hasOwnNetwork, !UserNamespace.current.isInitial {
            // Who does not own the network namespace may not mount its sysfs: the host's is shown (user_namespaces(7)).
            surface.mounts = surface.mounts.map { mount in
                guard case .filesystem(let sysfs) = mount, sysfs.type == "sysfs" else { return mount }
                return .bind(
                    BindMount("/sys", on: sysfs.target, isDirectory: true, isRecursive: true, sysfs.flags))
            }
        }
        let nothing = try Linux.Descriptor(opening: "/dev/null", O_RDONLY)
        defer { withExtendedLifetime(nothing.number) {} }
        let spec = ContainerSpec(
            id: id, hostname: String(id.prefix(12)),
            root: .overlay(
                OverlayRoot(
                    layers: [workspace.mountPoints] + layers, upper: workspace.upper, work: workspace.work,
                    mountPoint: workspace.root)),
            surface: surface, arguments: arguments, environment: standard + environment,
            workingDirectory: workingDirectory, user: UserIdentity(uid: user.uid, gid: user.gid, groups: user.groups),
            namespaces: hasOwnNetwork ? .container : Namespaces.container.subtracting(.network), cgroup: .forLimits,
            streams: StandardStreams(input: nothing.number, output: output, error: output))
        do {
            let control = control
            defer { control.end() }
            let observed = try observed?.run(in: workspace, mountPoints: workspace.mountPoints)
            return try spec.run(observed: observed) { try control.begin($0.pid) }.status.shellStatus
        } catch {
            // What an interruption has ended is no failure of the command's.
            try control.check()
            throw (error as? ContainerError).map { BuildError($0.description) } ?? error
        }
    }

    private func makeMountPoints(in workspace: LayerWorkspace) throws {
        let points = MountPoints(beneath: workspace, over: layers)
        for name in ["proc", "dev", "sys"] { try points.make(name, isDirectory: true) }
        guard !hasOwnNetwork else { return }
        // A symbolic link there would lead the mount astray.
        for name in Self.hostFiles { try points.make(name, isDirectory: false, shadowing: true) }
    }

    /// A copy of one of the host's files: what the command writes to it is its own.
    ///
    /// - Returns: `nil` where the host has none.
    private static func copyHostFile(
        _ name: String, to workspace: LayerWorkspace, _ more: String
    ) throws -> String? {
        let from: Linux.Descriptor
        do { from = try Linux.Descriptor(opening: "/" + name, O_RDONLY) } catch {
            // What is to be added needs no file before it.
            guard !more.isEmpty else { return nil }
            from = try Linux.Descriptor(opening: "/dev/null", O_RDONLY)
        }
        let path = workspace.path + "/" + name.drop { $0 != "/" }.dropFirst()
        let file = try Linux.Descriptor(opening: path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
        try from.forEachChunk { try file.write($0) }
        try Array(more.utf8).withUnsafeBytes { try file.write($0) }
        return path
    }
}
