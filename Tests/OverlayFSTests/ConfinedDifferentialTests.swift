import Glibc
import LayerModel
import Linux
import OverlayFS
import StorageDrivers
import Testing
import TestSupport

/// The same random calls in a user namespace, over layers whose marks are `user.overlay.` attributes.
///
/// A process with several threads can enter no user namespace (unshare(2)), so this test starts the test program once
/// more, as an ordinary user inside one, for the second test alone.
@Suite("overlay2's rules in a user namespace")
struct ConfinedDifferentialTests {
    /// Set in the inner program.
    private static let isInside = getenv("TEACH_TEST_INSIDE") != nil

    @Test(
        "a user without privilege sees the same rules, but for what a user namespace refuses",
        .enabled(if: isRoot && !isInside, "the namespace's map is written by root"))
    func outside() throws {
        let program = try #require(programPath)
        // 0 is an ordinary user outside; the ids that the calls use are among the first 2000.
        let script = """
            set -e
            directory=$(mktemp -d /tmp/confined.XXXXXX); chmod 755 $directory
            trap 'rm -rf $directory' EXIT
            mkfifo $directory/go
            setpriv --reuid 700000 --regid 700000 --clear-groups unshare --user --mount \
                sh -c 'read go <"$1"; shift; exec "$@"' sh $directory/go "$@" >$directory/output 2>&1 &
            inner=$!
            while [ "$(readlink /proc/$inner/ns/user)" = "$(readlink /proc/$$/ns/user)" ]; do sleep 0.02; done
            echo '0 700000 2000' >/proc/$inner/uid_map
            echo '0 700000 2000' >/proc/$inner/gid_map
            chown 700000 $directory/go
            echo >$directory/go
            wait $inner && status=0 || status=$?
            cat $directory/output
            exit $status
            """
        let result = try run([
            "/bin/sh", "-c", script, "sh", "/usr/bin/env", "TEACH_TEST_INSIDE=1", program, "--testing-library",
            "swift-testing", "--filter", "ConfinedDifferentialTests",
        ])
        print(result.output)
        #expect(result.status == 0, "\(result.output)")
        #expect(result.output.contains("calls in a user namespace"), "the inner test has run")
    }

    @Test("inside", .enabled(if: isInside, "it runs inside the other test"))
    func inside() throws {
        let first = Soak.number("TEACH_SEED") ?? 1
        let rounds = 40 * (Soak.factor ?? 1)
        let (differential, found) = try withPrivateMounts {
            var differential = Differential()
            differential.overlay.confinement = Confinement(users: [0...1999], groups: [0...1999])
            var found: [String] = []
            for seed in first..<(first + rounds) where found.count < 8 {
                guard let (difference, script) = try differential.run(seed: seed, count: 100) else { continue }
                found.append("seed \(seed): \(difference)\n\(script.text)")
            }
            return (differential, found)
        }
        print("\(differential.coverage.total) calls in a user namespace")
        print(differential.coverage.table)
        for difference in found { Issue.record("\(difference)") }
        #expect(differential.coverage.total >= 1000)
        #expect(differential.coverage.succeeded * 5 >= differential.coverage.total * 2)
        for kind in LayerEffect.Kind.allCases where kind != .redirect {
            #expect(
                differential.coverage.effects.contains { $0.key.column == kind.rawValue },
                "no call had the effect \(kind.rawValue)")
        }
    }
}

/// Runs a program to its end; what it writes is kept in a file, as a pipe could fill.
private func run(_ arguments: [String]) throws -> (status: CInt, output: String) {
    var template = Array("/tmp/confined-output.XXXXXX".utf8CString)
    let file = Descriptor(owning: try call("mkstemp") { mkstemp(&template) })
    defer { unlink(&template) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, file.number, 1)
    posix_spawn_file_actions_adddup2(&actions, file.number, 2)
    let words = arguments.map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var pid: pid_t = 0
    guard posix_spawn(&pid, arguments[0], &actions, nil, words, environ) == 0 else {
        throw SystemCallError(call: "posix_spawn", subject: arguments[0], errno: .ENOENT)
    }
    var status: CInt = 0
    while waitpid(pid, &status, 0) < 0 {}
    lseek(file.number, 0, SEEK_SET)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = read(file.number, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
    return (status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f, String(decoding: bytes, as: UTF8.self))
}
