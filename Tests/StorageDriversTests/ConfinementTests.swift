import LayerModel
import StorageDrivers
import Testing

/// What a user namespace refuses, and in which order.
@Suite("overlay2's rules in a user namespace")
struct ConfinementTests {
    private let overlay: Overlay2 = {
        var overlay = Overlay2()
        overlay.confinement = Confinement(users: [0...0, 1...65536], groups: [0...0])
        return overlay
    }()

    private func predict(_ operation: FileOperation, by who: Credentials = .containerRoot) -> Prediction {
        var layers = MemoryLayers(lowers: [["/file": LayerEntry(kind: .file, permissions: 0o644, size: 3)]])
        return overlay.prediction(of: operation, by: who, over: &layers)
    }

    private let copy = LayerEffect(.copyUp, "/file", layer: .lower(1), size: 3)

    @Test("an owner without a number is EINVAL once the path is found, and nothing is copied")
    func owners() {
        let file = Operand("/file", .follow)
        #expect(predict(.chown(file, uid: 65536, gid: nil)) == .outcome(Outcome(effects: [copy])))
        #expect(predict(.chown(file, uid: 65537, gid: nil)) == .outcome(Outcome(errno: .EINVAL)))
        #expect(predict(.chown(file, uid: nil, gid: 1)) == .outcome(Outcome(errno: .EINVAL)))
        #expect(
            predict(.chown(file, uid: 70000, gid: nil), by: .init(uid: 5, gid: 5, capabilities: 0))
                == .outcome(Outcome(errno: .EINVAL)))
        #expect(predict(.chown(Operand("/none", .follow), uid: 70000, gid: nil)) == .outcome(Outcome(errno: .ENOENT)))
    }

    @Test("devices and trusted attributes are the host's root's, whatever capabilities one has inside")
    func hostsPower() {
        let all = Credentials(uid: 0, gid: 0, capabilities: .max)
        let device = DeviceNumber(major: 1, minor: 3)
        #expect(
            predict(.mknod("/null", .characterDevice, mode: 0o666, device: device), by: all)
                == .outcome(Outcome(errno: .EPERM)))
        #expect(
            predict(.mknod("/pipe", .fifo, mode: 0o666, device: nil), by: all)
                == .outcome(Outcome(effects: [LayerEffect(.create, "/pipe")])))
        #expect(
            predict(.setxattr(Operand("/file", .follow), name: "trusted.t", []), by: all)
                == .outcome(Outcome(errno: .EPERM)))
        guard case .unmodelled = predict(.setxattr(Operand("/file", .follow), name: "user.overlay.opaque", []), by: all)
        else {
            Issue.record("overlayfs's own marks are no attributes of files")
            return
        }
    }
}
