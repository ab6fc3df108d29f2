import Containers
import Glibc
import Linux

/// `mounts` of a config.json, in their order.
struct MountsSection {
    private(set) var mounts: [KernelSurface.Mount] = []
    /// Whether /dev is a filesystem of the container's own, which the runtime fills.
    private(set) var isDevOurs = false
    /// What a mount needs though the bundle does not ask for it.
    private(set) var neededNamespaces: Namespaces = []

    init(_ config: ConfigObject, _ bundle: String, _ namespaces: Namespaces, _ warnings: inout [String])
        throws(BundleError)
    {
        var hasDev = false
        for section in try config.objects("mounts") {
            let destination = try section.required("destination", try section.string("destination"))
            guard let target = Self.beneathRoot(destination), !target.isEmpty else {
                throw section.error("destination", "must be absolute, without .. and not /: it is \(destination)")
            }
            try section.refuse("uidMappings", "gidMappings")
            let type = try section.string("type") ?? "none"
            let source = try section.string("source")
            let options = try MountOptions(try section.strings("options") ?? [], section)
            section.finish(&warnings)
            if options.isBind || type == "bind" {
                mounts.append(.bind(try Self.bind(source, target, options, bundle, section)))
                if target == "dev" { hasDev = true }
            } else if type == "cgroup" || type == "cgroup2" {
                addCgroup(target, options, section, namespaces, &warnings)
            } else {
                guard type != "none" else { throw section.error("type", "is missing") }
                mounts.append(
                    .filesystem(
                        FilesystemMount(
                            type, source: source, on: target, options.flags, options: options.data,
                            makesMountPoint: true)))
                if target == "dev" {
                    hasDev = true
                    isDevOurs = type == "tmpfs"
                }
            }
        }
        guard hasDev else {
            throw config.error("mounts", "lacks /dev: add a tmpfs there, for the devices that every container has")
        }
    }

    /// The path without its leading slash, and with no empty name or `.` in it; `nil` if it is relative or has `..`.
    static func beneathRoot(_ path: String) -> String? {
        guard path.hasPrefix("/") else { return nil }
        let names = path.split(separator: "/").filter { $0 != "." }
        return names.contains("..") ? nil : names.joined(separator: "/")
    }

    private static func bind(
        _ source: String?, _ target: String, _ options: MountOptions, _ bundle: String, _ section: ConfigObject
    ) throws(BundleError) -> BindMount {
        let source = try section.required("source", source)
        let whole = source.hasPrefix("/") ? source : "\(bundle)/\(source)"
        var about = stat()
        guard stat(whole, &about) == 0 else {
            throw section.error("source", "names \(whole), which is not there: make it, or leave the mount out")
        }
        guard options.data.isEmpty else {
            throw section.error("options", "holds \(options.data): a bind takes no such")
        }
        return BindMount(
            whole, on: target, isDirectory: about.st_mode & S_IFMT == S_IFDIR, isRecursive: options.isRecursive,
            options.flags)
    }

    /// The container's own cgroup as the root of the tree: so it needs a cgroup namespace, or it would show the host's.
    private mutating func addCgroup(
        _ target: String, _ options: MountOptions, _ section: ConfigObject, _ namespaces: Namespaces,
        _ warnings: inout [String]
    ) {
        var about = stat()
        guard stat("/sys/fs/cgroup/cgroup.controllers", &about) == 0 else {
            warnings.append(
                "config.json: \(section.path("destination")), /\(target), is left out: this host's cgroups are not "
                    + "version 2 alone")
            return
        }
        if !namespaces.contains(.cgroup) {
            neededNamespaces.formUnion(.cgroup)
            warnings.append(
                "config.json: \(section.path("type")), cgroup, gives the container a cgroup namespace too, so that it "
                    + "sees no cgroup but its own")
        }
        mounts.append(
            .filesystem(
                FilesystemMount("cgroup2", source: "cgroup", on: target, options.flags, makesMountPoint: true)))
    }
}

/// The options of one mount: those of mount(8) that are flags, and the filesystem's own.
struct MountOptions {
    private(set) var flags: MountFlags = []
    private(set) var data = ""
    private(set) var isBind = false
    private(set) var isRecursive = false

    init(_ options: [String], _ section: ConfigObject) throws(BundleError) {
        var own: [String] = []
        for option in options {
            switch option {
            case "bind": isBind = true
            case "rbind":
                isBind = true
                isRecursive = true
            case "defaults", "private", "rprivate", "": break  // it is as it is
            case "shared", "rshared", "slave", "rslave", "unbindable", "runbindable", "tmpcopyup", "idmap", "ridmap",
                "remount", "rro", "rnosuid", "rnodev", "rnoexec":
                throw .unsupported("\(section.path("options")), \(option),", "leave that option out")
            default:
                if let set = Self.set[option] {
                    flags.formUnion(set)
                } else if let cleared = Self.cleared[option] {
                    flags.subtract(cleared)
                } else {
                    own.append(option)
                }
            }
        }
        data = own.joined(separator: ",")
    }

    private static let set: [String: MountFlags] = [
        "ro": .readOnly, "nosuid": .noSetUID, "nodev": .noDevices, "noexec": .noExecute, "sync": .synchronous,
        "noatime": .noAccessTime, "nodiratime": .noDirectoryAccessTime, "relatime": .relativeAccessTime,
        "strictatime": .strictAccessTime,
    ]
    private static let cleared: [String: MountFlags] = [
        "rw": .readOnly, "suid": .noSetUID, "dev": .noDevices, "exec": .noExecute, "async": .synchronous,
        "atime": .noAccessTime, "diratime": .noDirectoryAccessTime, "norelatime": .relativeAccessTime,
        "nostrictatime": .strictAccessTime,
    ]
}
