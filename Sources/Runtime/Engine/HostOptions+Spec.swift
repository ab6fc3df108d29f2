internal import Containers
internal import Glibc
internal import Linux

extension LocalEngine {
    /// What the container may do at most: Docker's fourteen, without what is dropped and with what is added.
    ///
    /// - Throws: `EngineError` in Docker's words for a name that is none.
    static func capabilities(_ host: ContainerRecord.HostOptions) throws(EngineError) -> Capabilities {
        let added = try host.addedCapabilities.map { name throws(EngineError) in try named(name, "CapAdd") }
        let dropped = try host.droppedCapabilities.map { name throws(EngineError) in try named(name, "CapDrop") }
        var set = Capabilities.container
        // As Docker has it: ALL comes first, and single names are exceptions from it.
        if added.contains(nil) { set = Capabilities(rawValue: (1 << 41) - 1) }
        if dropped.contains(nil) { set = [] }
        for capability in added { if let capability { set.formUnion(capability) } }
        for capability in dropped { if let capability { set.subtract(capability) } }
        return set
    }

    /// `nil` for ALL.
    private static func named(_ name: String, _ list: String) throws(EngineError) -> Capabilities? {
        let upper = name.uppercased()
        if upper == "ALL" { return nil }
        let bare = upper.hasPrefix("CAP_") ? upper.dropFirst(4) : upper[...]
        guard let capability = Capabilities(names: [bare.lowercased()]) else {
            throw EngineError("invalid \(list): unknown capability: \"CAP_\(bare)\"")
        }
        return capability
    }

    /// - Throws: `EngineError` for a mount that cannot be.
    static func checkBinds(_ binds: [ContainerRecord.HostOptions.Bind]) throws(EngineError) {
        var targets: Set<String> = []
        for bind in binds {
            guard targets.insert(bind.target).inserted else {
                throw EngineError("Duplicate mount point: \(bind.target)")
            }
            let names = bind.target.split(separator: "/")
            guard bind.target.hasPrefix("/"), !names.contains("..") else {
                throw EngineError("invalid mount path: '\(bind.target)' mount path must be absolute")
            }
            guard names.contains(where: { $0 != "." }) else {
                throw EngineError("invalid volume specification: '\(bind.source):/': destination can't be '/'")
            }
            guard bind.makesSource || access(bind.source, F_OK) == 0 else {
                throw EngineError(
                    "invalid mount config for type \"bind\": bind source path does not exist: \(bind.source)")
            }
        }
    }

    /// The mount, with its source made where it is missing.
    static func bindMount(_ bind: ContainerRecord.HostOptions.Bind) throws -> BindMount {
        if bind.makesSource, access(bind.source, F_OK) != 0 { try Folders.make(bind.source) }
        var status = stat()
        try call("stat", bind.source) { stat(bind.source, &status) }
        let target = bind.target.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        return BindMount(
            bind.source, on: target, isDirectory: status.st_mode & S_IFMT == S_IFDIR, isRecursive: true,
            bind.isReadOnly ? [.readOnly] : [])
    }

    /// What a container cannot see of the kernel, and what it cannot change: absolute paths.
    public static var hiddenPaths: (masked: [String], readOnly: [String]) {
        let surface = KernelSurface.container
        return (surface.maskedPaths.map { "/" + $0 }, surface.readOnlyPaths.map { "/" + $0 })
    }
}
