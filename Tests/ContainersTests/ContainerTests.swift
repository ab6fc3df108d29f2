import CLinux
import Containers
import Events
import Glibc
import Linux
import Testing

@Suite(.enabled(if: isRoot, "containers need root on this host"))
struct ContainerTests {
    @Test func itIsProcessOneOfItsOwnNamespaces() throws {
        let scene = try Scene()
        let script = "echo pid $$; hostname; for ns in /proc/self/ns/*; do readlink $ns; done"
        let output = try scene.output("sh", "-c", script)
        #expect(output.hasPrefix("pid 1\nscene\n"))
        for kind in ["mnt", "pid", "uts", "ipc", "net", "cgroup"] {
            var buffer = [CChar](repeating: 0, count: 64)
            readlink("/proc/self/ns/\(kind)", &buffer, 63)
            let own = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            #expect(output.contains("\(kind):["))
            #expect(!output.contains(own), "the \(kind) namespace is the host's")
        }
    }

    @Test func itHasDockersFourteenCapabilities() throws {
        let status = try Scene().output("cat", "/proc/1/status")
        for set in ["CapPrm", "CapEff", "CapBnd"] {
            #expect(value(set, in: status) == "00000000a80425fb", "\(set) of \(status)")
        }
        #expect(value("CapInh", in: status) == "0000000000000000")
        #expect(value("CapAmb", in: status) == "0000000000000000")
        #expect(value("NoNewPrivs", in: status) == "0")
        #expect(value("SigIgn", in: status) == "0000000000000000")
        #expect(value("SigBlk", in: status) == "0000000000000000")
    }

    @Test func anotherUserHasNoCapabilityButTheBoundingSet() throws {
        let scene = try Scene()
        var spec = scene.spec("cat", "/proc/1/status")
        spec.user = UserIdentity(uid: 1000, gid: 1001, groups: [1001, 27])
        let status = try scene.run(spec).output
        #expect(value("CapEff", in: status) == "0000000000000000")
        #expect(value("CapPrm", in: status) == "0000000000000000")
        #expect(value("CapBnd", in: status) == "00000000a80425fb")
        #expect(value("Uid", in: status) == "1000\t1000\t1000\t1000")
        #expect(value("Gid", in: status) == "1001\t1001\t1001\t1001")
        #expect(value("Groups", in: status)?.split(separator: " ") == ["27", "1001"])
    }

    @Test func itInheritsNoDescriptorButTheStreams() throws {
        let leak = try Descriptor(opening: "/etc", O_RDONLY)
        let clone = fcntl(leak.number, F_DUPFD, 50)  // without close-on-exec
        defer { close(clone) }
        // 3 is the directory that ls reads.
        #expect(try Scene().output("ls", "/proc/self/fd") == "0\n1\n2\n3\n")
    }

    @Test func theKernelsFilesAreMaskedAndReadOnly() throws {
        let scene = try Scene()
        let script = """
            wc -c < /proc/keys; wc -c < /proc/interrupts; ls /sys/firmware | wc -l
            echo 1 > /proc/sys/vm/drop_caches || echo sys is read-only
            echo h > /proc/sysrq-trigger || echo sysrq is read-only
            mkdir /sys/fs/cgroup/x || echo sysfs is read-only
            """
        let lines = try scene.output("sh", "-c", script).split(separator: "\n").filter { !$0.hasPrefix("sh:") }
        #expect(
            lines.filter { !$0.hasPrefix("mkdir:") } == [
                "0", "0", "0", "sys is read-only", "sysrq is read-only", "sysfs is read-only",
            ])
    }

    @Test func devicesAndTheirLinksWork() throws {
        let script = """
            cd /dev; ls -d null zero full random urandom tty ptmx fd stdin stdout stderr pts shm mqueue | tr '\\n' ' '
            echo; head -c 3 zero | wc -c; echo x > full || echo full; echo x > null; echo y >> /dev/stdout
            stat -c '%a %t:%T %u:%g' null; stat -c %a shm pts/ptmx; cat /proc/mounts | grep -c gid=5
            """
        let output = try Scene().output("sh", "-c", script)
        #expect(
            output.split(separator: "\n").filter { !$0.hasPrefix("sh:") } == [
                "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero ", "3", "full", "y",
                "666 1:3 0:0", "1777", "666", "1",
            ])
    }

    @Test func writesLandInTheUpperLayerAlone() throws {
        let scene = try Scene()
        scene.addLayer("mkdir etc && echo lower > etc/motd && echo gone > gone")
        #expect(
            try scene.output("sh", "-c", "cat /etc/motd; echo new >> /etc/motd; rm /gone; umask") == "lower\n0022\n")
        #expect(read(scene.upper + "/etc/motd") == "lower\nnew\n")
        #expect(read(scene.layers[0] + "/etc/motd") == "lower\n")
        #expect(scene.names(scene.upper) == ["etc", "gone"])
        #expect(scene.names(scene.directory + "/merged") == [])
    }

    @Test func aContainerThatDoesNothingLeavesTheUpperLayerEmpty() throws {
        let scene = try Scene()
        #expect(try scene.run(scene.spec("true")).finished.status == .exited(0))
        #expect(scene.names(scene.upper) == [])
    }

    @Test func aWorkingDirectoryIsMadeForRoot() throws {
        let scene = try Scene()
        var spec = scene.spec("sh", "-c", "pwd; stat -c '%a %u' . ..")
        spec.workingDirectory = "/srv/app"
        spec.user = UserIdentity(uid: 1000, gid: 1000, groups: [1000])
        #expect(try scene.run(spec).output == "/srv/app\n755 0\n755 0\n")
    }

    @Test func loopbackIsUp() throws {
        #expect(try Scene().output("cat", "/sys/class/net/lo/flags") == "0x9\n")
    }

    @Test(arguments: [
        ("exit 0", WaitStatus.exited(0)), ("exit 7", .exited(7)), ("kill -9 $$; exit 3", .exited(3)),
        ("(kill -TERM $BASHPID; sh -c 'kill -KILL $$'); exit $?", .exited(137)),
    ])
    func theExitStatusIsTheCommands(_ script: String, _ status: WaitStatus) throws {
        let scene = try Scene()
        #expect(try scene.run(scene.spec("sh", "-c", script)).finished.status == status)
    }

    @Test func aSignalledContainerSaysSo() throws {
        let scene = try Scene()
        let finished = try scene.run(scene.spec("sleep", "1000")) { kill($0.pid, SIGKILL) }.finished
        #expect(finished.status == .signalled(9))
        #expect(finished.status.shellStatus == 137)
    }

    @Test func everyStepIsReportedWithItsTime() throws {
        let scene = try Scene()
        let finished = try scene.run(scene.spec("true")).finished
        #expect(finished.steps.map(\.index) == Array(1...finished.steps.count))
        #expect(finished.steps.first?.name == "new session")
        #expect(finished.steps.last?.name == "exec")
        #expect(finished.steps.allSatisfy { $0.errno == nil && $0.nanoseconds > 0 })
        #expect(finished.setupNanoseconds > finished.steps.map(\.nanoseconds).reduce(0, +))
    }

    @Test func itHasNoParentInsideAndASessionOfItsOwn() throws {
        let status = try Scene().output("sh", "-c", "cat /proc/1/stat | cut -d' ' -f4,6")
        #expect(status == "0 1\n")
    }
}

@Suite(.enabled(if: isRoot, "containers need root on this host"))
struct BorrowedMemoryTests {
    /// A change of user takes the mark "dumpable" from the memory of who changes; it must not be ours.
    @Test func anotherUsersContainerLeavesThisProcessDumpable() throws {
        let scene = try Scene()
        var spec = scene.spec("true")
        spec.user = UserIdentity(uid: 1000, gid: 1000, groups: [])
        // Tests beside this one change their threads' users, which takes the mark from the same memory; a container that took
        // it would do so every time.
        var kept = false
        for _ in 0..<20 where !kept {
            linux_make_dumpable()
            #expect(try scene.run(spec).finished.status == .exited(0))
            kept = linux_is_dumpable() == 1
        }
        #expect(kept)
    }

    @Test func containersOnManyThreadsDoNotDisturbEachOther() async throws {
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<8 {
                group.addTask { try Scene().output("echo", "\(number)") }
            }
            var outputs: [String] = []
            for try await output in group { outputs.append(output) }
            #expect(outputs.sorted() == (0..<8).map { "\($0)\n" })
        }
    }
}
