import Linux

/// `process` of a config.json: who runs what, where, with which power.
struct ProcessSection {
    let arguments: [String]
    let environment: [String]
    let workingDirectory: String
    let user: UserIdentity
    let fileMask: UInt32
    let capabilities: CapabilitySets
    let resourceLimits: [ResourceLimit]
    let noNewPrivileges: Bool

    init(_ config: ConfigObject, _ warnings: inout [String]) throws(BundleError) {
        let section = try config.required("process", try config.object("process"))
        arguments = try section.required("args", try section.strings("args"))
        guard let first = arguments.first, !first.isEmpty else {
            throw section.error("args", "is empty: name the command to run")
        }
        environment = try section.strings("env") ?? []
        workingDirectory = try section.required("cwd", try section.string("cwd"))
        guard workingDirectory.hasPrefix("/") else {
            throw section.error("cwd", "must be absolute: it is \(workingDirectory)")
        }
        if try section.bool("terminal") == true {
            throw .unsupported(section.path("terminal"), "set it to false; the container then has our own streams")
        }
        section.passOver("consoleSize")  // of the terminal that it does not have
        noNewPrivileges = try section.bool("noNewPrivileges") ?? false
        try section.refuse(
            "apparmorProfile", "selinuxLabel", "oomScoreAdj", "scheduler", "ioPriority", "execCPUAffinity",
            "commandLine")
        (user, fileMask) = try Self.user(section, &warnings)
        capabilities = try Self.capabilities(section, &warnings)
        resourceLimits = try Self.resourceLimits(section, &warnings)
        section.finish(&warnings)
    }

    private static func user(_ process: ConfigObject, _ warnings: inout [String])
        throws(BundleError) -> (UserIdentity, UInt32)
    {
        let user = try process.required("user", try process.object("user"))
        let uid = try user.required("uid", try user.integer("uid", UInt32.self))
        let gid = try user.required("gid", try user.integer("gid", UInt32.self))
        let groups = try user.integers("additionalGids", UInt32.self) ?? []
        let mask = try user.integer("umask", UInt32.self) ?? 0o022
        guard mask <= 0o777 else { throw user.error("umask", "must be at most 511, which is 0777") }
        // All ones stand for "leave it as it is" in setresuid(2).
        if uid == .max { throw user.error("uid", "is \(uid), which the kernel reserves") }
        if gid == .max { throw user.error("gid", "is \(gid), which the kernel reserves") }
        try user.refuse("username")
        user.finish(&warnings)
        return (UserIdentity(uid: uid, gid: gid, groups: groups), mask)
    }

    private static func capabilities(_ process: ConfigObject, _ warnings: inout [String])
        throws(BundleError) -> CapabilitySets
    {
        guard let section = try process.object("capabilities") else { return CapabilitySets([]) }
        func set(_ name: String) throws(BundleError) -> Capabilities {
            var set: Capabilities = []
            for capability in try section.strings(name) ?? [] {
                guard capability.hasPrefix("CAP_"),
                    let one = Capabilities(names: [capability.dropFirst(4).lowercased()])
                else { throw section.error(name, "names \(capability), which is no capability of Linux") }
                set.formUnion(one)
            }
            return set
        }
        let sets = CapabilitySets(
            bounding: try set("bounding"), permitted: try set("permitted"), effective: try set("effective"),
            inheritable: try set("inheritable"), ambient: try set("ambient"))
        section.finish(&warnings)
        return sets
    }

    private static func resourceLimits(_ process: ConfigObject, _ warnings: inout [String])
        throws(BundleError) -> [ResourceLimit]
    {
        var limits: [ResourceLimit] = []
        for section in try process.objects("rlimits") {
            let name = try section.required("type", try section.string("type"))
            let soft = try section.required("soft", try section.integer("soft", UInt64.self))
            let hard = try section.required("hard", try section.integer("hard", UInt64.self))
            guard let limit = ResourceLimit(name: name, soft: soft, hard: hard) else {
                throw section.error("type", "is \(name), which is no resource of getrlimit(2)")
            }
            guard !limits.contains(where: { $0.name == name }) else {
                throw section.error("type", "is \(name), which stands there twice")
            }
            limits.append(limit)
            section.finish(&warnings)
        }
        return limits
    }
}
