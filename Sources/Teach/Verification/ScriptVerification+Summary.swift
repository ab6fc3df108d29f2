internal import LayerModel
internal import Linux
public import Scripts
internal import StorageDrivers

/// How a script fared under one setting.
public struct VerifiedSetting: Sendable {
    public enum Verdict: Sendable {
        /// The model and the kernel agree in everything.
        case agreed
        case differs(ScriptDifference)
        /// Nothing was compared: a clause that can follow "because".
        case notVerified(String)
    }

    public var setting: VerificationSetting
    public var verdict: Verdict
}

extension Script {
    /// Runs the script on the model and on the real kernel under every setting that this host has, one after the other.
    ///
    /// The calls are made on a thread with mounts of its own; nothing is left behind, also after kill -9.
    ///
    /// - Parameter report: is given each verdict when it is known.
    /// - Throws: `ScriptProblem` where the script cannot be run at all.
    public func verify(_ settings: [VerificationSetting], report: (VerifiedSetting) -> Void) throws {
        // Asked here: the thread will have another root.
        let namespace = UserNamespace.current
        for setting in settings {
            report(VerifiedSetting(setting: setting, verdict: try verdict(under: setting, in: namespace)))
        }
    }

    private func verdict(
        under setting: VerificationSetting, in namespace: UserNamespace
    ) throws -> VerifiedSetting.Verdict {
        if !namespace.isInitial, let reason = reasonNotToVerify(setting, in: namespace) { return .notVerified(reason) }
        do {
            let difference = try withPrivateMounts {
                let ground = try Ground(setting.ground)
                defer { ground.remove() }
                // Looking at all that there is after each line costs the square of a script's length.
                let interval = max(1, operations.count / 500)
                return try self.difference(under: setting, on: ground, comparingEvery: interval)
            }
            return difference.map { .differs($0) } ?? .agreed
        } catch let error as VerificationSession.NotSimulated {
            return .notVerified("\(error)")
        } catch let error as Ground.Unavailable {
            return .notVerified("\(error)")
        } catch let error as SystemCallError where error.call == "unshare" {
            return .notVerified("no mounts can be made here (\(error))")
        } catch let error as LayerBuilding.Failure {
            return .notVerified("\(error)")
        }
    }

    /// What a user namespace takes away: `trusted.` attributes, devices, ids that are not mapped, loop devices.
    private func reasonNotToVerify(_ setting: VerificationSetting, in namespace: UserNamespace) -> String? {
        if setting.ground != .tmpfs { return "loop devices take root: run it as root" }
        if setting.driver == .overlay2, !setting.options.contains(MountOption("userxattr")) {
            return "without root overlayfs keeps its marks in user. attributes: run it as root"
        }
        for line in layers.joined() {
            switch line {
            case .device(let path, let kind, _, _) where kind != .fifo:
                return "a user namespace makes no devices (\(path)): run it as root"
            case .owner(let path, let uid, let gid):
                if !namespace.users.contains(uid) || !namespace.groups.contains(gid) {
                    return "the owner \(uid):\(gid) of \(path) is not mapped in this user namespace: run it as root"
                }
            case .xattr(let path, let name, _) where !name.hasPrefix("user."):
                return "\(name) of \(path) takes root: run it as root"
            default: break
            }
        }
        for line in operations {
            let what: String
            switch line.operation {
            case .user(let uid, let gid):
                if namespace.users.contains(uid), namespace.groups.contains(gid) { continue }
                what = "the user \(uid) \(gid) of line \(line.number) is not mapped"
            case .call(.chown(_, let uid, let gid)), .descriptorCall(.fchown(_, let uid, let gid)):
                if uid.map(namespace.users.contains) ?? true, gid.map(namespace.groups.contains) ?? true { continue }
                what = "the owner of line \(line.number) is not mapped"
            case .call(.mknod(_, .characterDevice, _, _)), .call(.mknod(_, .blockDevice, _, _)):
                what = "the device of line \(line.number) cannot be made"
            case .call(.setxattr(_, let name, _, _)), .call(.removexattr(_, let name)), .call(.getxattr(_, let name)):
                if name.hasPrefix("user.") { continue }
                what = "\(name) of line \(line.number) is refused"
            default: continue
            }
            return what + " in this user namespace: run it as root"
        }
        return nil
    }
}
