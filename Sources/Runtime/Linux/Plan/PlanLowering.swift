import CLinux
import Glibc

extension PlanStep {
    /// Adds the instructions that make this step.
    func lower(into plan: LoweredPlan) {
        switch self {
        case .makeMountsPrivate:
            plan.add(PLAN_MOUNT) {
                $0.target = plan.string("/")
                $0.flags = MountFlags([.isPrivate, .recursive]).rawValue
            }
        case .mountOverlay(let overlay): overlay.lower(into: plan)
        case .bindRoot(let path):
            plan.add(PLAN_MOUNT, subject: path) {
                $0.source = plan.string(path)
                $0.target = plan.string(path)
                $0.flags = MountFlags([.bind, .recursive]).rawValue
            }
            plan.add(PLAN_OPEN_ROOT, subject: path) { $0.target = plan.string(path) }
        case .makeMountPoint(let path):
            plan.add(PLAN_MAKE_DIRECTORY) {
                $0.target = plan.string(path)
                $0.number = 0o755
            }
        case .mount(let mount): mount.lower(into: plan)
        case .bind(let bind): bind.lower(into: plan)
        case .makeDevices(let nodes):
            for node in nodes {
                plan.add(PLAN_MAKE_NODE, subject: "/" + node.path) {
                    $0.target = plan.string(node.path)
                    $0.number = UInt64(S_IFCHR | 0o666)
                    $0.flags = linux_device(node.major, node.minor)
                }
            }
        case .bindDevices(let nodes):
            for node in nodes {
                plan.add(PLAN_MAKE_NODE, subject: "/" + node.path) {
                    $0.target = plan.string(node.path)
                    $0.number = UInt64(S_IFREG | 0o666)
                }
                plan.add(PLAN_MOUNT, subject: "/" + node.path) {
                    $0.source = plan.string("/" + node.path)
                    $0.target = plan.string(node.path)
                    $0.flags = MountFlags.bind.rawValue
                }
            }
        case .makeLinks(let links):
            for link in links {
                plan.add(PLAN_MAKE_LINK, subject: "/" + link.path) {
                    $0.target = plan.string(link.path)
                    $0.data = plan.string(link.target)
                }
            }
        case .mask(let paths):
            for path in paths { plan.add(PLAN_MASK, subject: "/" + path) { $0.target = plan.string(path) } }
        case .makeReadOnly(let paths):
            for path in paths { plan.add(PLAN_READ_ONLY, subject: "/" + path) { $0.target = plan.string(path) } }
        case .pivotRoot: plan.add(PLAN_PIVOT_ROOT)
        case .openTerminal(let terminal, let owner):
            plan.add(PLAN_TERMINAL, subject: "/dev/pts/ptmx") {
                $0.descriptor = terminal.channel
                $0.number = UInt64(owner)
                // struct winsize of ioctl_tty(2).
                $0.bytes = plan.array([terminal.size.rows, terminal.size.columns, 0, 0])
            }
        case .makeRootReadOnly: plan.add(PLAN_ROOT_READ_ONLY)
        case .workingDirectory(let path): plan.add(PLAN_WORKING_DIRECTORY) { $0.target = plan.string(path) }
        case .newSession: plan.add(PLAN_NEW_SESSION)
        case .standardStreams(let input, let output, let error):
            for (number, descriptor) in [input, output, error].enumerated() {
                plan.add(PLAN_DUPLICATE, subject: "descriptor \(number)") {
                    $0.descriptor = descriptor
                    $0.number = UInt64(number)
                }
            }
        case .joinCgroup(_, let descriptor):
            plan.add(PLAN_WRITE) {
                $0.descriptor = descriptor
                $0.data = plan.string("0")
            }
        case .unshare(let namespaces): plan.add(PLAN_UNSHARE) { $0.flags = namespaces.rawValue }
        case .setHostname(let name): plan.add(PLAN_HOST_NAME) { $0.data = plan.string(name) }
        case .bringLoopbackUp: plan.add(PLAN_LOOPBACK_UP)
        case .fileMask(let mask): plan.add(PLAN_FILE_MASK) { $0.number = UInt64(mask) }
        case .closeDescriptors(let first): plan.add(PLAN_CLOSE_DESCRIPTORS) { $0.number = UInt64(first) }
        case .awaitParent: plan.add(PLAN_AWAIT_PARENT)
        case .loadSeccomp(let program):
            plan.add(PLAN_LOAD_SECCOMP) {
                $0.bytes = plan.array(program)
                $0.count = program.count
            }
        case .limitBoundingSet(let set): plan.add(PLAN_LIMIT_BOUNDING_SET) { $0.flags = set.rawValue }
        case .becomeUser(let user):
            if let groups = user.groups {
                plan.add(PLAN_SET_GROUPS, subject: "groups") {
                    $0.bytes = plan.array(groups)
                    $0.count = groups.count
                }
            }
            plan.add(PLAN_SET_GID, subject: "gid \(user.gid)") { $0.number = UInt64(user.gid) }
            plan.add(PLAN_SET_UID, subject: "uid \(user.uid)") { $0.number = UInt64(user.uid) }
        case .keepCapabilities: plan.add(PLAN_KEEP_CAPABILITIES)
        case .setCapabilities(let sets):
            plan.add(PLAN_SET_CAPABILITIES) {
                $0.bytes = plan.array([sets.permitted.rawValue, sets.effective.rawValue, sets.inheritable.rawValue])
            }
        case .raiseAmbient(let set): plan.add(PLAN_RAISE_AMBIENT) { $0.flags = set.rawValue }
        case .limitResources(let limits):
            for limit in limits {
                plan.add(PLAN_LIMIT_RESOURCE, subject: limit.name) {
                    $0.number = limit.number
                    $0.bytes = plan.array([limit.soft, limit.hard])
                }
            }
        case .forbidNewPrivileges: plan.add(PLAN_NO_NEW_PRIVILEGES)
        case .dieWithParent: plan.add(PLAN_DIE_WITH_PARENT) { $0.number = UInt64(SIGKILL) }
        case .execute(let program):
            plan.add(PLAN_EXECUTE) {
                $0.strings = plan.strings(program.candidates)
                $0.arguments = plan.strings(program.arguments)
                $0.environment = plan.strings(program.environment)
            }
        }
    }
}

extension OverlayMount {
    /// mount(2) where the options fit, as its errors are the kernel's plain ones; else fsconfig(2). Then the
    /// union is opened: all that follows is relative to that descriptor.
    ///
    /// A container may make device nodes (CAP_MKNOD is among Docker's), and no device cgroup keeps it from opening them:
    /// so the union has none, and /dev is a tmpfs of its own.
    fileprivate func lower(into plan: LoweredPlan) {
        // MS_NODEV of mount(2) and MOUNT_ATTR_NODEV of fsmount(2) are one number.
        let flags = MountFlags.noDevices.rawValue
        if let options = mountOptions {
            plan.add(PLAN_MOUNT, subject: target) {
                $0.source = plan.string("overlay")
                $0.target = plan.string(target)
                $0.type = plan.string("overlay")
                $0.flags = flags
                $0.data = plan.string(options)
            }
        } else {
            plan.add(PLAN_CONFIGURE_MOUNT, subject: target) {
                $0.target = plan.string(target)
                $0.type = plan.string("overlay")
                $0.flags = flags
                $0.strings = plan.strings(configuration)
            }
        }
        plan.add(PLAN_OPEN_ROOT, subject: target) { $0.target = plan.string(target) }
    }
}

extension FilesystemMount {
    fileprivate func lower(into plan: LoweredPlan) {
        plan.add(PLAN_MOUNT, subject: "/" + target) {
            $0.number = UInt64((makesMountPoint ? PLAN_PLACE_DIRECTORY : PLAN_PLACE_EXISTS).rawValue)
            $0.source = plan.string(source)
            $0.target = plan.string(target)
            $0.type = plan.string(type)
            $0.flags = flags.rawValue
            $0.data = options.isEmpty ? nil : plan.string(options)
        }
    }
}

extension BindMount {
    /// A bind mount takes its flags in a second call only (mount(2), "Creating a bind mount").
    fileprivate func lower(into plan: LoweredPlan) {
        plan.add(PLAN_MOUNT, subject: source + " on /" + target) {
            $0.number = UInt64((isDirectory ? PLAN_PLACE_DIRECTORY : PLAN_PLACE_FILE).rawValue)
            $0.source = plan.string(source)
            $0.target = plan.string(target)
            $0.flags = (isRecursive ? MountFlags([.bind, .recursive]) : .bind).rawValue
        }
        guard !flags.isEmpty else { return }
        plan.add(PLAN_MOUNT, subject: "/" + target) {
            $0.target = plan.string(target)
            $0.flags = flags.union([.remount, .bind]).rawValue
        }
    }
}
