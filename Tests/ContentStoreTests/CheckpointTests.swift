import Glibc
import Linux
import OCI
import Synchronization
import Testing

@testable import ContentStore

/// Work that somebody does not want any more ends, and leaves the store as it was.
@Suite(.enabled(if: getuid() == 0, "needs root"))
struct CheckpointTests {
    private struct Ended: Error {}

    /// Throws when it is asked for the `count`th time and ever after.
    private func ending(at count: Int) -> (checkpoint: Checkpoint, asked: @Sendable () -> Int) {
        let asked = Counter()
        return ({ if asked.next() >= count { throw Ended() } }, { asked.count })
    }

    private final class Counter: Sendable {
        private let value = Mutex(0)
        var count: Int { value.withLock { $0 } }
        func next() -> Int {
            value.withLock {
                $0 += 1
                return $0
            }
        }
    }

    private func files(_ scratch: Scratch) throws -> String {
        try scratch.shell("cd $1 && find images layers cache -mindepth 1 | sort", scratch.path)
    }

    @Test func aLayerIsPackedNoFurther() throws {
        let scratch = try Scratch()
        var store = try ContentStore(home: scratch.path)
        let before = try files(scratch)
        // Several pieces of a file, and a hole.
        for command in ["head -c 3000000 /dev/urandom > $1/f", "truncate -s 3000000 $1/f"] {
            func keep(_ checkpoint: Checkpoint?) throws -> StoredLayer? {
                let workspace = try store.workspace()
                try scratch.shell(command, workspace.upper)
                store.checkpoint = checkpoint
                return try store.keep(workspace, on: nil)
            }
            for count in [1, 2, 5] {
                let (checkpoint, asked) = ending(at: count)
                #expect(throws: Ended.self) { try keep(checkpoint) }
                #expect(asked() == count, "nothing more is done")
                #expect(try files(scratch) == before)
            }
        }
        let workspace = try store.workspace()
        try scratch.shell("echo 1 > $1/f", workspace.upper)
        store.checkpoint = ending(at: .max).checkpoint
        #expect(try store.keep(workspace, on: nil) != nil)
    }

    @Test func aLayerIsUnpackedNoFurther() throws {
        let scratch = try Scratch()
        try scratch.tar("tar", (0..<5).map { TarItem.file("f\($0)", "text") })
        for count in 1...5 {
            let (checkpoint, asked) = ending(at: count)
            var applier = LayerApplier()
            applier.checkpoint = checkpoint
            let place = try scratch.directory("to\(count)")
            #expect(throws: Ended.self) { try scratch.apply("tar", to: "to\(count)", applier) }
            #expect(asked() == count)
            #expect(try directoryNames(at: place).count < 5)
        }
    }

    @Test(.enabled(if: PreparationTests.hasSource, "needs a busybox on this host or apt-get"))
    func anImageIsMadeNoFurther() throws {
        let (first, second) = (try Scratch(), try Scratch())
        var store = try ContentStore(home: first.path)
        _ = try store.prepareBusybox()
        let (all, asked) = ending(at: .max)
        store.checkpoint = all
        let whole = try store.prepare(.lesson3)
        store = try ContentStore(home: second.path)
        _ = try store.prepareBusybox()
        for end in [1, 3, asked() / 2] {
            store.checkpoint = ending(at: end).checkpoint
            #expect(throws: Ended.self) { try store.prepare(.lesson3) }
            #expect(ContentStore.unfinished(beneath: second.path).isEmpty)
            #expect(try store.images().map(\.repository) == ["busybox"])
        }
        store.checkpoint = nil
        #expect(try store.prepare(.lesson3).id == whole.id)
    }

    @Test func whatAProgramHasStartedEndsWithIt() throws {
        let scratch = try Scratch()
        let command = HostCommand(arguments: [
            "/bin/sh", "-c", "exec 9>$0/lock; flock 9; sleep 600 & touch $0/there; wait", scratch.path,
        ])
        let there = scratch.path + "/there"
        #expect(throws: Ended.self) {
            try command.run(scratch: scratch.path + "/output") { if access(there, F_OK) == 0 { throw Ended() } }
        }
        // Whoever was left would hold it for ten minutes.
        _ = try StoreLock(scratch.path + "/lock", exclusive: true)
    }

    @Test func nobodyWaitsForALockWhenAllIsToEnd() throws {
        let scratch = try Scratch()
        let held = try StoreLock(scratch.path + "/lock", exclusive: true)
        let (checkpoint, asked) = ending(at: 3)
        #expect(throws: Ended.self) {
            _ = try StoreLock(scratch.path + "/lock", exclusive: false, asking: checkpoint)
        }
        #expect(asked() == 3)
        _ = consume held
        _ = try StoreLock(scratch.path + "/lock", exclusive: true, asking: ending(at: 1).checkpoint)
    }

    @Test(arguments: [StorePaths.Lock.lease, .index])
    func nobodyWaitsForTheIndexWhenAllIsToEnd(lock: StorePaths.Lock) throws {
        let scratch = try Scratch()
        var store = try ContentStore(home: scratch.path)
        let held = try StoreLock(store.paths.lock(lock), exclusive: true)
        let (checkpoint, asked) = ending(at: 3)
        store.checkpoint = checkpoint
        #expect(throws: Ended.self) { try store.index.update { _ in } }
        #expect(throws: Ended.self) { try store.layoutIndex.update { _ in } }
        #expect(asked() == 4)
        _ = consume held
        try store.index.update { _ in }
    }
}
