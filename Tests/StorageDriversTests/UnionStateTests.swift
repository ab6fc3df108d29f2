import LayerModel
import StorageDrivers
import Testing

private let directory = LayerEntry(kind: .directory, permissions: 0o755, attributes: [])

/// `/data` with two hard links and a set-user-id program that has a file capability; everybody may write the upper root.
private func state() -> UnionState {
    var lower = LayerTree()
    lower["/data"] = directory
    let name = LayerEntry(kind: .file, permissions: 0o644, size: 5, links: 2, inode: 7, attributes: ["user.k"])
    lower["/data/one"] = name
    lower["/data/two"] = name
    lower["/data/program"] = LayerEntry(
        kind: .file, permissions: 0o6777, size: 100, inode: 8, attributes: ["security.capability"])
    return UnionState(
        lowers: [lower], upper: LayerTree(root: LayerEntry(kind: .directory, permissions: 0o777, attributes: [])))
}

private let user = Credentials(uid: 1000, gid: 1000, groups: [100], capabilities: 0)

/// Runs calls one after the other; each must succeed.
private func run(
    _ operations: FileOperation..., by who: Credentials = .containerRoot, umask: UInt16 = 0o022,
    on state: inout UnionState
) {
    for operation in operations {
        let prediction = Overlay2().run(operation, by: who, umask: umask, on: &state)
        guard case .outcome(let outcome) = prediction, outcome.errno == nil else {
            Issue.record("\(operation): \(prediction)")
            return
        }
    }
}

@Suite("A state that overlay2's rules change")
struct UnionStateTests {
    @Test("a new object is the caller's own, under the umask")
    func umask() throws {
        var state = state()
        run(.mkdir("/d", mode: 0o2777), .open("/d/f", [.create, .writeOnly], mode: 0o666), by: user, on: &state)
        #expect(state.upper["/d"]?.permissions == 0o755)
        #expect(state.upper["/d/f"]?.permissions == 0o644)
        #expect(state.upper["/d/f"]?.uid == 1000)
    }

    @Test("a set-group-id directory hands its group down, to directories with the bit")
    func setGroupID() {
        var state = state()
        run(.mkdir("/d", mode: 0o777), .chown(Operand("/d"), uid: nil, gid: 100), on: &state)
        run(.chmod(Operand("/d"), mode: 0o2777), .mkdir("/d/e", mode: 0o755), on: &state)
        run(.mknod("/d/f", .file, mode: 0o644, device: nil), on: &state)
        #expect(state.upper["/d/e"]?.permissions == 0o2755)
        #expect(state.upper["/d/e"]?.gid == 100)
        #expect(state.upper["/d/f"]?.gid == 100)
    }

    @Test("a copy-up breaks a hard link; a link in the upper layer is one object under two names")
    func hardLinks() throws {
        var state = state()
        run(.chmod(Operand("/data/one"), mode: 0o600), on: &state)
        #expect(try state.merged()["/data/one"]?.links == 1)
        #expect(try state.merged()["/data/two"]?.links == 2)
        run(.link("/data/one", "/data/three", followsSource: false), .truncate("/data/three", size: 1), on: &state)
        #expect(try state.merged()["/data/one"]?.size == 1)
        #expect(try state.merged()["/data/one"]?.links == 2)
        run(.unlink("/data/three"), on: &state)
        #expect(try state.merged()["/data/one"]?.links == 1)
    }

    @Test("a new owner and a cut take set-ids and file capabilities away")
    func privileges() {
        var one = state()
        run(.chown(Operand("/data/program"), uid: 0, gid: nil), on: &one)
        #expect(one.upper["/data/program"]?.permissions == 0o777)
        #expect(one.upper["/data/program"]?.attributes == [])
        var other = state()
        run(.open("/data/program", [.writeOnly, .truncate], mode: 0), by: user, on: &other)
        #expect(other.upper["/data/program"]?.permissions == 0o777)
        #expect(other.upper["/data/program"]?.size == 0)
    }

    @Test("a merged directory has one link, one of a single layer counts its subdirectories")
    func directoryLinks() throws {
        var state = state()
        #expect(try state.merged()["/data"]?.links == 2)
        run(.mkdir("/data/d", mode: 0o755), .mkdir("/data/d/e", mode: 0o755), on: &state)
        #expect(try state.merged()["/data"]?.links == 1)
        #expect(try state.merged()["/data/d"]?.links == 3)
    }

    @Test("a renamed directory takes along what is beneath it; a removed one leaves a mark that can be made opaque")
    func subtrees() throws {
        var state = state()
        run(.mkdir("/d", mode: 0o755), .symlink(target: "x", "/d/l"), .rename("/d", "/e", []), on: &state)
        #expect(try state.merged()["/e/l"]?.target == "x")
        #expect(try state.merged()["/d"] == nil)
        run(.unlink("/data/one"), .unlink("/data/two"), .unlink("/data/program"), .rmdir("/data"), on: &state)
        #expect(state.upper["/data"]?.kind == .whiteout)
        #expect(state.upper["/data/one"] == nil)
        run(.mkdir("/data", mode: 0o755), on: &state)
        #expect(state.upper["/data"]?.isOpaque == true)
        #expect(try state.merged()["/data/one"] == nil)
    }

    @Test("a state is not changed by a call that the rules do not know")
    func unmodelled() {
        var state = state()
        run(.mknod("/disk", .blockDevice, mode: 0o666, device: DeviceNumber(major: 8, minor: 0)), on: &state)
        let before = state
        let prediction = Overlay2().run(.open("/disk", .readWrite, mode: 0), by: .containerRoot, on: &state)
        #expect(prediction == .unmodelled("it depends on the device's driver"))
        #expect(state == before)
    }
}
