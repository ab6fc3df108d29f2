import Cgroups
import Containers
import Events
import Glibc
import LayerModel
import Linux
import Testing

/// Every step of a plan is made to fail in turn; nothing of the container may be left.
@Suite(.enabled(if: isRoot, "containers need root on this host"))
struct FaultTests {
    @Test func whateverFailsNothingIsLeft() throws {
        var index = 0
        while true {
            let scene = try Scene()
            let spec = Self.demanding(scene)
            do {
                let finished = try spec.run(fault: Plan.Fault(index: index, errno: .EIO))
                #expect(finished.status == .exited(0))
                #expect(finished.steps.count == index, "every step failed once")
                break
            } catch let error as ContainerError {
                Self.expectNothingIsLeft(scene, error, index, .EIO)
                #expect(scene.names(scene.directory) == ["layer0"], "after step \(index + 1)")
            }
            index += 1
        }
    }

    @Test func anObserversStepsFailLikeTheOthers() throws {
        for name in ["await parent", "load seccomp", "set capabilities", "exec"] {
            let scene = try Scene()
            let observer = Tracer(stoppingAt: [])
            var spec = Self.demanding(scene)
            spec.namespaces = .container
            let filter = observer.seccompProgram
            let names = spec.plan(Self.surroundings(scene, filter: filter)).steps.map(\.name)
            let index = try #require(names.firstIndex(of: name))
            let error = #expect(throws: ContainerError.self) {
                try spec.run(fault: Plan.Fault(index: index, errno: .ENOMEM), observer: observer)
            }
            Self.expectNothingIsLeft(scene, try #require(error), index, .ENOMEM)
        }
    }

    @Test func whatWasThereBeforeStays() throws {
        let scene = try Scene()
        shell("mkdir -p \(scene.upper)/srv/kept")
        var spec = scene.spec("true")
        spec.workingDirectory = "/srv/app/deep"
        let names = spec.plan(.init()).steps.map(\.name)
        let index = try #require(names.firstIndex(of: "limit bounding set"))
        #expect(throws: ContainerError.self) { try spec.run(fault: Plan.Fault(index: index, errno: .EPERM)) }
        #expect(scene.names(scene.directory) == ["upper"])
        #expect(scene.names(scene.upper + "/srv") == ["kept"])
    }

    @Test func aDirectoryThatCannotBeMadeIsNamed() throws {
        let scene = try Scene()
        var spec = scene.spec("true")
        spec.overlay.work = scene.directory + "/missing/work"
        let error = #expect(throws: ContainerError.self) { try spec.run() }
        #expect(error?.exitStatus == 125)
        #expect(
            error?.description
                == "the container cannot be made: mkdir \(spec.overlay.work): No such file or directory (ENOENT)")
        #expect(scene.names(scene.directory) == [])
    }

    @Test func aWritableLayerOnAnOverlayIsExplained() throws {
        let scene = try Scene()
        shell("cd \(scene.directory) && mkdir l u w on && mount -t overlay none -o lowerdir=l,upperdir=u,workdir=w on")
        defer { shell("umount \(scene.directory)/on") }
        var spec = scene.spec("true")
        spec.overlay.upper = scene.directory + "/on/upper"
        spec.overlay.work = scene.directory + "/on/work"
        let error = #expect(throws: ContainerError.self) { try spec.run() }
        #expect(error?.description.contains("lies on an overlay itself") == true)
        #expect(scene.names(scene.directory + "/on") == [])
    }

    @Test func aMissingLayerIsExplained() throws {
        let scene = try Scene()
        var spec = scene.spec("true")
        spec.overlay.layers = ["/no/such/layer"] + spec.overlay.layers
        let error = #expect(throws: ContainerError.self) { try spec.run() }
        #expect(error?.description.contains("one of the layers' directories is missing: /no/such/layer, ") == true)
        #expect(error?.steps.last?.name == "mount overlay")
    }

    @Test func whatTheObserverThrowsEndsTheContainer() throws {
        struct Refusal: Error {}
        final class Refusing: ProcessObserver {
            let seccompProgram = Tracer(stoppingAt: []).seccompProgram
            var seized: Int32 = 0
            func seize(_ pid: Int32) throws {
                seized = pid
                throw Refusal()
            }
            func follow(_ pid: Int32, executed: () -> Void) throws -> WaitStatus { .exited(0) }
        }
        let scene = try Scene()
        let observer = Refusing()
        #expect(throws: Refusal.self) { try scene.run(scene.spec("true"), observer: observer) }
        #expect(kill(observer.seized, 0) == -1)
        #expect(scene.names(scene.directory) == ["output"])
    }

    /// A container with as many kinds of step as there are: a missing mount point, streams, a directory to make.
    private static func demanding(_ scene: Scene) -> ContainerSpec {
        scene.addLayer("mknod sys c 0 0")
        var spec = scene.spec("true")
        spec.workingDirectory = "/srv/app"
        spec.limits = CgroupLimits(pids: 50)
        spec.streams = StandardStreams(input: 0, output: 2, error: 2)
        return spec
    }

    private static func surroundings(_ scene: Scene, filter: [SeccompInstruction]) -> ContainerSpec.Surroundings {
        let unified = ((try? CgroupHost.detect())?.unified).map { read($0.own + "/cgroup.controllers") } ?? ""
        let entrances = unified.contains("pids") ? [] : [ContainerSpec.Surroundings.Entrance(path: "", descriptor: 0)]
        return .init(
            missingMountPoints: ["sys"], entrances: entrances, streams: StandardStreams(input: 3, output: 4, error: 5),
            filter: filter)
    }

    private static func expectNothingIsLeft(_ scene: Scene, _ error: ContainerError, _ index: Int, _ errno: Errno) {
        #expect(error.steps.count == index + 1)
        #expect(error.steps.last?.errno == errno)
        #expect(error.steps.dropLast().allSatisfy { $0.errno == nil })
        if error.kind == .setup, let name = error.steps.last?.name { #expect(error.description.contains("at " + name)) }
        #expect(!read("/proc/self/mountinfo").contains(scene.directory))
        for process in scene.names("/proc") where Int(process) != nil {
            #expect(!read("/proc/\(process)/cgroup").contains(scene.id), "after step \(index + 1)")
        }
        let search = "test -z \"$(find /sys/fs/cgroup -name \(scene.id) 2>/dev/null)\""
        #expect(shell(search) == 0, "after step \(index + 1)")
        #expect(access(scene.upper, F_OK) != 0, "after step \(index + 1)")
    }
}
