import Containers
import Events
import Glibc
import Linux
import Testing

@Suite(.enabled(if: isRoot, "containers need root on this host"))
struct ObserverTests {
    @Test(.timeLimit(.minutes(1)))
    func stopsWithinTheSetUpAreServed() throws {
        let scene = try Scene()
        let tracer = Tracer(stoppingAt: [Tracer.execve, Tracer.capset, Tracer.prctl, Tracer.write])
        let (finished, output) = try scene.run(scene.spec("echo", "traced"), observer: tracer)
        #expect(finished.status == .exited(0))
        #expect(output == "traced\n")
        #expect(tracer.stops > 30, "dropping the bounding set alone is more than twenty calls")
        #expect(finished.steps.map(\.name).suffix(7).first == "await parent")
        #expect(finished.steps.last?.name == "exec")
        #expect(finished.steps.map(\.index) == Array(1...finished.steps.count))
    }

    @Test func atTheStopOfExecOnlyTheStreamsAreOpen() throws {
        let scene = try Scene()
        let tracer = Tracer(stoppingAt: [])
        #expect(try scene.run(scene.spec("true"), observer: tracer).finished.status == .exited(0))
        #expect(tracer.descriptorsAtExec == ["0", "1", "2"])
    }

    @Test(.timeLimit(.minutes(1)))
    func aCommandThatIsMissingIsSeenUnderAnObserverToo() throws {
        let scene = try Scene()
        let tracer = Tracer(stoppingAt: [Tracer.execve])
        let error = #expect(throws: ContainerError.self) { try scene.run(scene.spec("nowhere"), observer: tracer) }
        #expect(error?.exitStatus == 127)
        #expect(tracer.stops == 2, "one for each directory of PATH")
    }
}

/// One container is in the foreground at a time.
@Suite(.serialized, .enabled(if: isRoot, "containers need root on this host"))
struct ForegroundTests {
    @Test(.timeLimit(.minutes(1)))
    func aSignalReachesTheCommand() throws {
        let scene = try Scene()
        let spec = scene.spec("sh", "-c", "trap 'exit 5' TERM; echo > /ready; while :; do sleep 0.01; done")
        let finished = try spec.run(inForeground: true) { _ in
            while access(scene.upper + "/ready", F_OK) != 0 { usleep(1000) }
            kill(getpid(), SIGTERM)
        }
        #expect(finished.status == .exited(5))
    }

    @Test(.timeLimit(.minutes(1)))
    func theSecondSignalKillsWhatIgnoredTheFirst() throws {
        let scene = try Scene()
        let finished = try scene.spec("sleep", "1000").run(inForeground: true) { _ in
            // Several, because two that come before the first is delivered are one (signal(7)).
            for _ in 0..<10 {
                kill(getpid(), SIGINT)
                usleep(5000)
            }
        }
        #expect(finished.status == .signalled(SIGKILL))
    }
}
