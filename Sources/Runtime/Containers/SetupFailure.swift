import LayerModel
import Linux

extension ContainerError {
    /// The sentence for a step of a plan that failed.
    static func sentence(_ step: PlanStep, subject: String?, _ errno: Errno) -> String {
        let place = subject ?? (step.detail.isEmpty ? nil : step.detail)
        let what = "\(step.name)\(place.map { " (\($0))" } ?? "")"
        let why = "\(errno.explanation) (\(errno.name))"
        return "the container's set-up failed at \(what): \(why)\(cure(step, errno).map { "; \($0)" } ?? "")"
    }

    /// What the reader can do about it, where that is known.
    private static func cure(_ step: PlanStep, _ errno: Errno) -> String? {
        switch (step, errno) {
        case (.mountOverlay, .ENODEV): "load the overlay filesystem with: modprobe overlay"
        case (.mountOverlay(let overlay), .EINVAL):
            "the kernel refuses a writable layer that lies on an overlay itself or on a filesystem without extended "
                + "attributes: put \(overlay.upper) on another filesystem, such as a tmpfs"
        case (.mountOverlay(let overlay), .ENOENT):
            "one of the layers' directories is missing: \((overlay.lower + [overlay.upper]).joined(separator: ", "))"
        case (.mountOverlay(let overlay), .EBUSY):
            "another container still uses \(overlay.upper) or \(overlay.work)"
        case (.mount(let mount), .ELOOP):
            "the image's /\(mount.target) is a symbolic link, and a mount on it would land elsewhere: make it a directory"
        case (.mount(let mount), .ENOTDIR): "the image's /\(mount.target) is not a directory: make it one"
        case (.bind(let bind), .ELOOP):
            "/\(bind.target) leads through a symbolic link, and a mount on it would land elsewhere: mount it on what the "
                + "link names"
        case (.bind(let bind), .ENOTDIR):
            "\(bind.source) is \(bind.isDirectory ? "a directory" : "a file") and /\(bind.target) is not: make them alike"
        case (.limitResources, .EPERM): "only CAP_SYS_RESOURCE can raise a hard limit: choose a lower one"
        case (.workingDirectory(let path), .ENOTDIR), (.workingDirectory(let path), .EEXIST):
            "\(path) is not a directory in the image: choose another working directory"
        case (.workingDirectory, .EXDEV): "it leads out of the container: choose another working directory"
        case (.mount(let mount), .EPERM)
        where !UserNamespace.current.isInitial && ["proc", "sysfs"].contains(mount.type):
            "a container or sandbox around this one hides parts of /\(mount.target), and the kernel then refuses a whole "
                + "one: start the one around with --security-opt systempaths=unconfined (docker) or unmask=ALL (podman)"
        case (.mountOverlay, .EPERM) where !UserNamespace.current.isInitial:
            "overlayfs in a user namespace takes Linux 5.11 or newer, and no security module against it"
        case (.loadSeccomp, .EACCES), (.mountOverlay, .EPERM), (.mount, .EPERM), (.bind, .EPERM),
            (.makeMountsPrivate, .EPERM):
            "run as root, or with CAP_SYS_ADMIN"
        case (.makeDevices, .EPERM): "run as root, or with CAP_MKNOD"
        case (_, .ENOSPC): "free some space"
        case (_, .ENOMEM): "raise the memory limit"
        default: nil
        }
    }
}
