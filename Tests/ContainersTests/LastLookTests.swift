import Containers
import Events
import Glibc
import LayerModel
import Linux
import OverlayFS
import Testing

/// What is done behind the observer's back, the last look at the upper layer finds: one hole each, and none where
/// nobody did anything.
@Suite(.enabled(if: isRoot, "containers need root on this host"))
struct LastLookTests {
    /// A change from outside the container, and the hole that tells of it.
    struct Change: Sendable {
        var path: String
        /// Lines of sh; `upper` is the upper directory, `union` what the container sees.
        var script: String
        /// Extended attributes to set after the script, or to remove, straight in the upper directory.
        var attribute: (name: String, value: String?)?
        /// Words of the hole's reason; `nil` where there can be none.
        var reason: String?
    }

    private static let changes: [Change] = [
        // The container has only changed the mode of these: nobody has them open for writing.
        .init(path: "/low/cut", script: "truncate -s 1 upper/low/cut", reason: "another size"),
        .init(path: "/low/grown", script: "echo more >> union/low/grown", reason: "another size"),
        .init(path: "/low/set", script: "chmod u+s upper/low/set", reason: "another mode"),
        .init(path: "/low/owned", script: "chown 7 union/low/owned", reason: "another owner"),
        .init(
            path: "/low/attribute", script: ":", attribute: ("user.new", "x"),
            reason: "another set of extended attributes"),
        .init(
            path: "/low/bare", script: ":", attribute: ("user.old", nil), reason: "another set of extended attributes"),
        .init(
            path: "/low/value", script: ":", attribute: ("user.old", "other"),
            reason: "another set of extended attributes"),
        .init(
            path: "/low/several", script: "chown 7:7 upper/low/several; chmod 611 upper/low/several",
            reason: "another mode and another owner"),
        // The container has written these: what they hold is nobody's business any more, but all else is.
        .init(path: "/w/written", script: "echo more >> upper/w/written", reason: nil),
        .init(path: "/w/written-mode", script: "chmod 640 union/w/written-mode", reason: "another mode"),
        .init(
            path: "/w/written-attribute", script: ":", attribute: ("user.new", "x"),
            reason: "another set of extended attributes"),
        .init(path: "/w/two", script: "chmod 640 upper/w/two", reason: "another mode"),
        .init(path: "/w/directory", script: "chmod 1777 upper/w/directory", reason: "another mode"),
        .init(
            path: "/w/directory-attribute", script: ":", attribute: ("user.new", "x"),
            reason: "another set of extended attributes"),
        // Names.
        .init(path: "/w/gone", script: "rm union/w/gone", reason: "a name left"),
        .init(path: "/w/new", script: "mkdir union/w/new", reason: "a name that no observed call made"),
        .init(path: "/low/copied", script: "chmod 600 union/low/copied", reason: "a name that no observed call made"),
        .init(path: "/low/removed", script: "rm union/low/removed", reason: "a name that no observed call made"),
        .init(
            path: "/w/link", script: "rm upper/w/link; ln -s elsewhere upper/w/link", reason: "another object"),
        .init(
            path: "/w/replaced", script: "rm upper/w/replaced; mkdir upper/w/replaced", reason: "another object"),
        // Looking changes nothing.
        .init(path: "/low/looked", script: "cat union/low/looked; ls -lR union/w >/dev/null", reason: nil),
    ]

    private static let inContainer = """
        mkdir /w
        for name in cut grown set owned attribute bare value several looked; do chmod 600 /low/$name; done
        for name in written written-mode written-attribute two gone replaced; do echo one > /w/$name; done
        ln /w/two /w/two-again
        mkdir /w/directory /w/directory-attribute
        ln -s somewhere /w/link
        """

    private static func layer(_ scene: Scene) throws {
        scene.addLayer(
            """
            mkdir low
            for name in cut grown set owned attribute bare value several looked copied removed; do
                echo one > low/$name
            done
            """)
        for name in ["bare", "value", "copied"] {
            try setExtendedAttribute("user.old", Array("one".utf8), of: "\(scene.layers[0])/low/\(name)")
        }
    }

    /// Runs a script in a container, and `meanwhile` on another thread when it is through.
    private static func holes(
        _ script: String, in scene: Scene, meanwhile: @escaping @Sendable (_ upper: String, _ union: String) -> Void
    ) throws -> [Hole] {
        let layers = try LayerDirectories(lowers: scene.lowers, upper: scene.madeUpper)
        var events: [Event] = []
        let tracer = OverlayFS.Tracer(layers: layers, reads: false) { events.append($0) }
        var spec = scene.spec("sh", "-ec", script + "\necho > /ready\nexec sleep 1000")
        spec.cgroup = .forLimits
        let upper = scene.upper
        var thread: DedicatedThread.Handle?
        _ = try scene.run(spec, observer: tracer) { running in
            let pid = running.pid
            thread = try DedicatedThread.start {
                // Written: while there is only the name, the call that makes it may still be on its way back.
                while (try? FileStatus.read(upper + "/ready", in: AT_FDCWD)?.size) ?? 0 == 0, kill(pid, 0) == 0 {
                    usleep(1000)
                }
                meanwhile(upper, "/proc/\(pid)/root")
                kill(pid, SIGKILL)
            }
        }
        thread?.join()
        return events.compactMap { if case .hole(let hole) = $0 { hole } else { nil } }
    }

    @Test(.timeLimit(.minutes(1)))
    func whatIsDoneBehindTheObserversBackIsOneHoleEach() throws {
        let scene = try Scene()
        try Self.layer(scene)
        let directory = scene.directory
        let holes = try Self.holes(Self.inContainer, in: scene) { upper, union in
            for change in Self.changes {
                shell("cd \(directory); ln -sfn \(union) union; { \(change.script); } >&2")
                guard let (name, value) = change.attribute else { continue }
                if let value {
                    try? setExtendedAttribute(name, Array(value.utf8), of: upper + change.path)
                } else {
                    try? removeExtendedAttribute(name, of: upper + change.path)
                }
            }
        }
        for change in Self.changes {
            let told = holes.filter { $0.path == change.path }
            #expect(told.count == (change.reason == nil ? 0 : 1), "\(change.path): \(told.map(\.reason))")
            if let reason = change.reason {
                #expect(told.first?.reason.contains(reason) == true, "\(change.path): \(told.map(\.reason))")
            }
        }
        let expected = Set(Self.changes.map(\.path))
        let others = holes.filter { !expected.contains($0.path ?? "") }
        #expect(others.isEmpty, "\(others)")
    }

    @Test(.timeLimit(.minutes(1)))
    func whereNobodyDidAnythingThereIsNone() throws {
        let scene = try Scene()
        try Self.layer(scene)
        let holes = try Self.holes(Self.inContainer, in: scene) { _, _ in }
        #expect(holes.isEmpty, "\(holes)")
    }

    /// A container that is started again finds the upper layer as the first run has left it: that is no hole, and what
    /// was changed between is none of the second run's.
    @Test(.timeLimit(.minutes(1)))
    func whatWasThereBeforeIsNobodysHole() throws {
        let scene = try Scene()
        try Self.layer(scene)
        _ = try Self.holes(Self.inContainer, in: scene) { _, _ in }
        shell("rm \(scene.upper)/ready; chmod 640 \(scene.upper)/w/two")
        try setExtendedAttribute("user.between", [1], of: scene.upper + "/w/written")
        let holes = try Self.holes("echo two >> /w/written; chmod 600 /w/two; mv /w/directory /w/moved", in: scene) {
            upper, _ in
            // Nobody has opened it for writing in this run.
            shell("echo more >> \(upper)/w/gone")
        }
        #expect(holes.map(\.path) == ["/w/gone"], "\(holes)")
    }
}
