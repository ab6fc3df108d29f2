import Builder
import Glibc
import Linux
import Synchronization
import Testing

/// A build that is to end waits for no other process.
@Suite(.enabled(if: isRoot, "containers are made as root"))
struct InterruptionTests {
    @Test(arguments: ["lease", "index"])
    func nobodysLockKeepsABuildFromEnding(lock: String) throws {
        let scene = try Scene()
        let file = try Descriptor(opening: "\(scene.path)/home/locks/\(lock)", O_RDWR | O_CREAT, mode: 0o600)
        let number = file.number
        try call("flock", lock) { flock(number, LOCK_EX | LOCK_NB) }
        let control = BuildControl()
        let hasSaid = Mutex(false)
        let isOver = Mutex(false)
        let wasFreed = Mutex(false)
        let watch = try DedicatedThread.start {
            // It waits for the lease before it says anything, and for the index when it has said all.
            while lock == "index", !hasSaid.withLock({ $0 }) { usleep(1000) }
            control.interrupt()
            // A build that waits on is let go, so that this test fails and does not hang.
            for _ in 0..<10_000 where !isOver.withLock({ $0 }) { usleep(1000) }
            wasFreed.withLock { $0 = flock(number, LOCK_UN) == 0 && !isOver.withLock { $0 } }
        }
        let outcome = try scene.build("FROM scratch\nLABEL a=b\n") {
            $0.control = control
        } heard: { line in
            if line.hasPrefix("Step 2/2") { hasSaid.withLock { $0 = true } }
        }
        isOver.withLock { $0 = true }
        hasSaid.withLock { $0 = true }
        watch.join()
        #expect(outcome.error is BuildControl.Interruption)
        #expect(!wasFreed.withLock { $0 }, "the build ended while the lock was held")
        #expect(scene.unfinished().isEmpty)
        withExtendedLifetime(file) {}
    }
}
