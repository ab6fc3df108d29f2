import Events
import LayerModel
import StorageDrivers
import Testing

@testable import Replays

/// A run's calls made again, from evidence as an observer leaves it.
@Suite("Replays")
struct ReplayTests {
    /// Makes calls on a mount, and notes what an observer would have: evidence before, the upper layer after.
    private struct Scene {
        var layers: MemoryLayers
        private(set) var calls: [ReplayCall] = []
        private let rules = Overlay2()

        init(_ layers: MemoryLayers) { self.layers = layers }

        mutating func call(
            _ call: FileOperation, _ resolved: [Path], pid: Int32 = 7, errno: Errno? = nil,
            effects: [LayerEffect] = [], upper changed: [Path: LayerEntry?] = [:]
        ) throws {
            var rows: [Evidence.Row] = []
            for path in [.root] + resolved.flatMap({ $0.ancestors + [$0] })
            where !rows.contains(where: { $0.path == path }) {
                for layer in layers.layersFromTop {
                    // As the observer does: beneath a directory that a layer does not hold there is nothing to look at.
                    let isBeneathNothing = path.ancestors.contains {
                        layers.entry(at: $0, in: layer)?.kind != .directory
                    }
                    if isBeneathNothing { continue }
                    rows.append(.init(path: path, layer: layer, entry: layers.entry(at: path, in: layer)))
                }
            }
            for (path, entry) in changed { layers.upper[path] = entry }
            let after = resolved.map { Evidence.Row(path: $0, layer: .upper, entry: layers.upper[$0]) }
            calls.append(
                ReplayCall(
                    step: 1, container: "c", sequence: Int64(calls.count + 1),
                    ObservedOperation(
                        sequence: calls.count + 1, pid: pid, program: "sh", syscall: "call", call: call,
                        credentials: Credentials(uid: 0, gid: 0, capabilities: 0), errno: errno, resolved: resolved,
                        evidence: Evidence(rows: rows), after: after, effects: effects.map { ObservedEffect($0) })))
        }

        func replayed(under setting: ReplaySetting) throws -> [ReplayedCall] {
            var replay = try Replay(
                of: calls, stacks: ["c": []], recorded: ReplaySetting(.overlay2), under: setting)
            return calls.map { replay.make($0) }
        }
    }

    private static let directory = LayerEntry(kind: .directory, permissions: 0o755)

    private static func file(_ size: Int64, inode: UInt64 = 0, links: UInt32 = 1) -> LayerEntry {
        LayerEntry(kind: .file, permissions: 0o644, size: size, links: links, inode: inode)
    }

    @Test("a name that came later is not taken for one that was there before")
    func laterNames() throws {
        var scene = Scene(MemoryLayers(lowers: [["/d": Self.directory, "/d/f": Self.file(10)]]))
        try scene.call(
            .unlink("/d/f"), ["/d/f"],
            effects: [
                LayerEffect(.parentCopyUp, "/d", layer: .lower(1)), LayerEffect(.whiteout, "/d/f", layer: .lower(1)),
            ], upper: ["/d": Self.directory, "/d/f": LayerEntry(kind: .whiteout, permissions: 0)])
        try scene.call(
            .open("/d/f", [.writeOnly, .create], mode: 0o644), ["/d/f"],
            effects: [LayerEffect(.create, "/d/f", size: 0)], upper: ["/d/f": Self.file(0)])
        let replayed = try scene.replayed(under: ReplaySetting(.btrfs))
        for call in replayed {
            guard case .replayed(let outcome, _) = call.fate else {
                Issue.record("\(call)")
                continue
            }
            #expect(outcome.errno == nil)
            #expect(!outcome.effects.contains { $0.kind == .whiteout || $0.kind == .parentCopyUp })
        }
    }

    @Test("what a process does after another answer is not replayed, what others do is")
    func followers() throws {
        let layers = MemoryLayers(lowers: [["/d": Self.directory, "/d/f": Self.file(10), "/e": Self.file(3)]])
        var scene = Scene(layers)
        try scene.call(.rename("/d", "/n", []), ["/d", "/n"], pid: 7, errno: .EXDEV)
        try scene.call(
            .mkdir("/n", mode: 0o755), ["/n"], pid: 7, effects: [LayerEffect(.create, "/n")],
            upper: ["/n": Self.directory])
        try scene.call(
            .unlink("/e"), ["/e"], pid: 8, effects: [LayerEffect(.whiteout, "/e", layer: .lower(1))],
            upper: ["/e": LayerEntry(kind: .whiteout, permissions: 0)])
        let replayed = try scene.replayed(under: ReplaySetting(.overlay2, [MountOption("redirect_dir", "on")]))
        guard case .replayed(let rename, _) = replayed[0].fate else { throw Missing() }
        #expect(rename.errno == nil && rename.effects.contains { $0.kind == .redirect && $0.path == "/n" })
        #expect(replayed[0].differs)
        #expect(replayed[1].fate == .notReplayed(.followsAnotherAnswer))
        #expect(!replayed[2].differs)
        guard case .replayed = replayed[2].fate else { throw Missing() }
    }

    @Test("a name that only another answer leads to is known where it was looked at")
    func movedNames() throws {
        let layers = MemoryLayers(
            lowers: [["/d": Self.directory, "/d/f": Self.file(10), "/d/g": Self.file(10)]])
        var scene = Scene(layers)
        try scene.call(.stat(Operand("/d/f")), ["/d/f"], pid: 6)
        try scene.call(.rename("/d", "/n", []), ["/d", "/n"], pid: 7, errno: .EXDEV)
        try scene.call(.stat(Operand("/n/f")), ["/n/f"], pid: 8, errno: .ENOENT)
        try scene.call(.stat(Operand("/n/g")), ["/n/g"], pid: 9, errno: .ENOENT)
        let replayed = try scene.replayed(under: ReplaySetting(.overlay2, [MountOption("redirect_dir", "on")]))
        guard case .replayed(let known, _) = replayed[2].fate else { throw Missing() }
        #expect(known.errno == nil)
        #expect(replayed[3].fate == .notReplayed(.unknown("nobody looked at /d/g")))
    }

    @Test("names of a file that nobody looked at still count")
    func unseenLinks() throws {
        var scene = Scene(MemoryLayers(lowers: [["/a": Self.file(20, inode: 5, links: 2)]]))
        try scene.call(
            .open("/a", [.writeOnly], mode: 0), ["/a"],
            effects: [
                LayerEffect(.copyUp, "/a", layer: .lower(1), size: 20),
                LayerEffect(.linkBroken, "/a", layer: .lower(1)),
            ], upper: ["/a": Self.file(20)])
        let replayed = try scene.replayed(under: ReplaySetting(.overlay2, [MountOption("index", "on")]))
        guard case .replayed(let outcome, _) = replayed[0].fate else { throw Missing() }
        #expect(outcome.effects == [LayerEffect(.copyUp, "/a", layer: .lower(1), size: 20)])
    }

    @Test("what the record contradicts is counted, not invented")
    func contradictions() throws {
        var scene = Scene(MemoryLayers(lowers: [["/a": Self.file(20)]]))
        // No rule of overlayfs comes to this.
        try scene.call(.unlink("/a"), ["/a"], errno: .EXDEV)
        try scene.call(.setFileFlags(Operand("/a")), ["/a"])
        let replayed = try scene.replayed(under: ReplaySetting(.vfs))
        guard case .notReplayed(.notReproduced(let outcome)) = replayed[0].fate else { throw Missing() }
        #expect(outcome.errno == nil)
        #expect(
            replayed[1].fate
                == .notReplayed(.unknown("the simulator has no call that sets the flags of an inode")))
    }

    @Test("a directory renamed before is looked at under its first name")
    func renamedDirectories() throws {
        var layers = MemoryLayers(lowers: [[:]])
        layers.upper = ["/d": Self.directory, "/d/f": Self.file(10)]
        var scene = Scene(layers)
        try scene.call(
            .rename("/d", "/n", []), ["/d", "/n"],
            effects: [LayerEffect(.remove, "/d"), LayerEffect(.create, "/n"), LayerEffect(.opaque, "/n")],
            upper: [
                "/d": nil, "/d/f": nil, "/n": LayerEntry(kind: .directory, permissions: 0o755, isOpaque: true),
                "/n/f": Self.file(10),
            ])
        try scene.call(
            .unlink("/n/f"), ["/n/f"], effects: [LayerEffect(.remove, "/n/f")], upper: ["/n/f": nil])
        let replayed = try scene.replayed(under: ReplaySetting(.btrfs))
        for call in replayed {
            guard case .replayed(let outcome, _) = call.fate else {
                Issue.record("\(call)")
                continue
            }
            #expect(outcome.errno == nil)
        }
    }

    @Test("writes between the calls cost what the driver makes of them")
    func writes() throws {
        var scene = Scene(MemoryLayers(lowers: [["/a": Self.file(1 << 20)]]))
        try scene.call(
            .open("/a", [.writeOnly, .append], mode: 0), ["/a"],
            effects: [LayerEffect(.copyUp, "/a", layer: .lower(1), size: 1 << 20)], upper: ["/a": Self.file(1 << 20)])
        // What the process wrote, the next call sees.
        scene.layers.upper["/a"] = Self.file(1 << 20 + 4096)
        try scene.call(.stat(Operand("/a")), ["/a"])
        let replayed = try scene.replayed(under: ReplaySetting(.devicemapper))
        #expect(replayed[0].cost.copied == 1 << 20)
        guard case .replayed(_, let cost) = replayed[0].fate else { throw Missing() }
        #expect(cost.copied < 1 << 20)
        #expect(replayed[1].writes.recorded.allocated == 4096)
        #expect(replayed[1].writes.instead.allocated >= 4096)
    }

    @Test("a file that was opened for writing and keeps its size may have been written: nobody knows")
    func unseenWrites() throws {
        var scene = Scene(MemoryLayers(lowers: [["/a": Self.file(1 << 20), "/b": Self.file(9)]]))
        for path in ["/a", "/b"] as [Path] {
            let entry = try #require(scene.layers.entry(at: path, in: .lower(1)))
            try scene.call(
                .open(path, [.writeOnly], mode: 0), [path],
                effects: [LayerEffect(.copyUp, path, layer: .lower(1), size: entry.size)], upper: [path: entry])
        }
        // One grows, of the other one byte is overwritten.
        scene.layers.upper["/b"] = Self.file(10)
        try scene.call(.stat(Operand("/a")), ["/a"])
        try scene.call(.stat(Operand("/b")), ["/b"])
        try scene.call(.open("/b", [], mode: 0), ["/b"])
        try scene.call(.open("/b", [.readWrite], mode: 0), ["/b"])
        let replayed = try scene.replayed(under: ReplaySetting(.zfs))
        #expect(replayed.map(\.leavesWritesUnseen) == [true, false, false, false, false, true])
    }

    @Test("contents that nobody recorded are no zeros", arguments: [StorageDriverKind.aufs, .zfs, .vfs])
    func unknownContents(driver: StorageDriverKind) throws {
        var scene = Scene(MemoryLayers(lowers: [["/a": Self.file(1 << 20)]]))
        try scene.call(
            .chmod(Operand("/a"), mode: 0o600), ["/a"],
            effects: [LayerEffect(.copyUp, "/a", layer: .lower(1), size: 1 << 20)], upper: ["/a": Self.file(1 << 20)])
        scene.layers.upper["/a"] = Self.file(2 << 20)
        try scene.call(.stat(Operand("/a")), ["/a"])
        let replayed = try scene.replayed(under: ReplaySetting(driver))
        guard case .replayed(_, let cost) = replayed[0].fate else { throw Missing() }
        #expect((cost.copied, cost.allocated) == (driver == .aufs ? (1 << 20, 1 << 20) : (0, 0)))
        // What a process wrote in between takes room under each driver.
        #expect(replayed[1].writes.recorded.allocated == 1 << 20)
        #expect(replayed[1].writes.instead.allocated == 1 << 20)
    }

    @Test("the layers may be imagined on a filesystem that shares")
    func backing() throws {
        var scene = Scene(MemoryLayers(lowers: [["/a": Self.file(1 << 20)]]))
        try scene.call(
            .chmod(Operand("/a"), mode: 0o600), ["/a"],
            effects: [LayerEffect(.copyUp, "/a", layer: .lower(1), size: 1 << 20)], upper: ["/a": Self.file(1 << 20)])
        let replayed = try scene.replayed(under: ReplaySetting(.overlay2, on: .xfs))
        guard case .replayed(_, let cost) = replayed[0].fate else { throw Missing() }
        #expect((cost.copied, cost.shared, cost.allocated) == (0, 1 << 20, 0))
        #expect(replayed[0].cost.copied == 1 << 20)
    }

    private struct Missing: Error {}
}
