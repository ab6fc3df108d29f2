internal import LayerModel

/// The mount options of overlayfs (Documentation/filesystems/overlayfs.rst), as its fs/overlayfs/params.c reads them.
struct OverlayOptions: Hashable, Sendable {
    enum Redirect: Hashable, Sendable { case on, follow, nofollow }

    /// What `redirect_dir=off` means too, unless the host's kernel was built otherwise.
    var redirect = Redirect.follow
    var index = false
    var metacopy = false
    var xino = false
    var userXattr = false
    var isVolatile = false
    /// Whether attributes with `xattrPrefix` are the union's own; AUFS has none.
    var ownsAttributes = true

    init() {}

    /// - Throws: `MountRefusal` for a name or a value that is unknown, and for options that exclude each other.
    init(_ options: [MountOption]) throws(MountRefusal) {
        var isGiven: Set<String> = []
        for option in options {
            isGiven.insert(option.name)
            switch option.name {
            case "redirect_dir":
                switch option.value {
                case "on": redirect = .on
                case "off", "follow": redirect = .follow
                case "nofollow": redirect = .nofollow
                default: throw Self.unknown(option)
                }
            case "index": index = try Self.flag(option)
            case "metacopy": metacopy = try Self.flag(option)
            case "nfs_export":
                if try Self.flag(option) {
                    throw MountRefusal(unpredicted: "nfs_export=on is not modelled; leave it out")
                }
            case "verity":
                // Digests of fs-verity are no part of the model.
                guard ["on", "off", "require"].contains(option.value) else { throw Self.unknown(option) }
                if option.value != "off" {
                    throw MountRefusal(unpredicted: "\(option) is not modelled; leave it out")
                }
            case "xino":
                guard ["on", "off", "auto"].contains(option.value) else { throw Self.unknown(option) }
                xino = option.value == "on"
            case "uuid":
                guard ["on", "off", "auto", "null"].contains(option.value) else { throw Self.unknown(option) }
            case "userxattr", "volatile", "default_permissions":
                guard option.value == nil else { throw Self.unknown(option) }
                if option.name == "userxattr" { userXattr = true }
                if option.name == "volatile" { isVolatile = true }
            default: throw Self.unknown(option)
            }
        }
        try resolve(isGiven)
    }

    /// ovl_fs_params_verify(): what one option asks of another.
    private mutating func resolve(_ isGiven: Set<String>) throws(MountRefusal) {
        if metacopy, redirect != .on {
            guard !isGiven.contains("redirect_dir") else {
                throw MountRefusal(.EINVAL, "metacopy=on needs redirect_dir=on")
            }
            redirect = .on
        }
        guard userXattr else { return }
        if isGiven.contains("redirect_dir"), redirect != .nofollow {
            throw MountRefusal(.EINVAL, "userxattr allows redirect_dir=nofollow alone")
        }
        if metacopy { throw MountRefusal(.EINVAL, "userxattr and metacopy=on exclude each other") }
        redirect = .nofollow
    }

    private static func flag(_ option: MountOption) throws(MountRefusal) -> Bool {
        switch option.value {
        case "on": return true
        case "off": return false
        default: throw unknown(option)
        }
    }

    private static func unknown(_ option: MountOption) -> MountRefusal {
        MountRefusal(.EINVAL, "overlayfs has no option \(option)")
    }

    /// Whether layers may be changed while nothing is mounted, so that nothing is optimised that such a change would
    /// make wrong (ovl_allow_offline_changes()).
    var allowsOfflineChanges: Bool { !index && !metacopy && redirect != .on && !xino }

    /// What the names of overlayfs's own attributes begin with.
    var xattrPrefix: String { userXattr ? "user.overlay." : "trusted.overlay." }
}
