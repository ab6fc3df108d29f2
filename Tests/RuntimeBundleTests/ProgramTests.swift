import Glibc
import RuntimeBundle
import Testing

@Suite(.enabled(if: isRoot, "containers need root on this host"))
struct ProgramTests {
    @Test func theDefaultBundleRunsTrue() throws {
        let bundle = try Bundle("/bin/true")
        let run = try bundle.run()
        #expect(run.status == 0 && run.errors == "" && run.output == "")
        expectGone(bundle)
    }

    @Test func idSaysWhoItIs() throws {
        #expect(try Bundle("id").run().output == "uid=0(root) gid=0(root)\n")
        let bundle = try Bundle("id")
        bundle.replace("\"uid\": 0, \"gid\": 0", with: "\"uid\": 1000, \"gid\": 1001, \"additionalGids\": [27, 1001]")
        #expect(try bundle.run().output == "uid=1000 gid=1001 groups=27,1001\n")
    }

    /// The bundle that `crun spec` and `runc spec` write, but for the terminal.
    @Test func theBundleOfOtherRuntimesRuns() throws {
        let bundle = try Bundle("id")
        bundle.replace("\"ociVersion\": \"1.0.2\"", with: "\"ociVersion\": \"1.0.0\"")
        bundle.replace(
            "\"effective\": [",
            with: "\"inheritable\": [], \"ambient\": [\"CAP_KILL\", \"CAP_AUDIT_WRITE\"], \"effective\": [")
        bundle.replace(
            "{ \"destination\": \"/sys\",",
            with:
                "{ \"destination\": \"/sys/fs/cgroup\", \"type\": \"cgroup\", \"source\": \"cgroup\", \"options\": [\"nosuid\", \"noexec\", \"nodev\", \"relatime\", \"ro\"] }, { \"destination\": \"/sys\","
        )
        bundle.add("\"resources\": { \"devices\": [ { \"allow\": false, \"access\": \"rwm\" } ] }", to: "linux")
        bundle.add(
            "\"rlimits\": [ { \"type\": \"RLIMIT_NOFILE\", \"hard\": 1024, \"soft\": 1024 } ]", to: "process")
        let order = try #require(bundle.config.firstRange(of: "{ \"destination\": \"/sys/fs/cgroup\"")).lowerBound
        #expect(order < bundle.config.endIndex)
        let run = try bundle.run()
        #expect(run.status == 0 && run.output == "uid=0(root) gid=0(root)\n", "\(run.errors)")
        #expect(run.errors.contains("warning: config.json: linux.resources.devices has no effect"))
        expectGone(bundle)
    }

    @Test(
        arguments: [
            ("exit 7", 7), ("kill -TERM $$; sleep 9 & kill -9 $!; wait $!", 137), ("exec /nope", 127),
        ] as [(String, Int32)])
    func theExitStatusIsTheCommands(_ script: String, _ status: Int32) throws {
        #expect(try Bundle("sh", "-c", script).run().status == status)
    }

    @Test func aCommandThatCannotRunSaysWhy() throws {
        let missing = try Bundle("nope").run()
        #expect(missing.status == 127)
        #expect(missing.errors.hasPrefix("teach-runc: nope is in no directory of the image's PATH"))
        let plain = try Bundle("/etc/passwd").run()
        #expect(plain.status == 126)
        #expect(plain.errors.contains("cannot be executed: its mode is 0644"))
    }

    @Test func theConfigIsWhatTheContainerGets() throws {
        let bundle = try Bundle(
            "sh", "-c", "hostname; pwd; echo $GREETING; umask; ulimit -n; touch /x || echo read-only")
        bundle.replace("\"hostname\": \"container\"", with: "\"hostname\": \"web\"")
        bundle.replace("\"cwd\": \"/\"", with: "\"cwd\": \"/tmp\"")
        bundle.replace("\"TERM=xterm\"", with: "\"GREETING=hello\"")
        bundle.add("\"umask\": 63", to: "user")
        bundle.add("\"rlimits\": [ { \"type\": \"RLIMIT_NOFILE\", \"soft\": 64, \"hard\": 128 } ]", to: "process")
        #expect(try bundle.run().output == "web\n/tmp\nhello\n0077\n64\nread-only\n")
    }

    @Test func powerIsWhatTheConfigGives() throws {
        let bundle = try Bundle("cat", "/proc/1/status")
        let root = try bundle.run().output
        for line in [
            "CapBnd:\t0000000020000420", "CapEff:\t0000000020000420", "CapInh:\t0000000000000000", "NoNewPrivs:\t1",
        ] {
            #expect(root.contains(line), "\(line) in \(root)")
        }
        bundle.replace("\"uid\": 0, \"gid\": 0", with: "\"uid\": 7, \"gid\": 7")
        #expect(try bundle.run().output.contains("CapEff:\t0000000000000000"))
        bundle.replace(
            "\"effective\": [", with: "\"inheritable\": [\"CAP_KILL\"], \"ambient\": [\"CAP_KILL\"], \"effective\": [")
        let ambient = try bundle.run().output
        for line in ["CapEff:\t0000000000000020", "CapPrm:\t0000000000000020", "CapAmb:\t0000000000000020"] {
            #expect(ambient.contains(line), "\(line) in \(ambient)")
        }
    }

    @Test func aWritableRootIsWrittenAndABindShows() throws {
        let bundle = try Bundle("sh", "-c", "echo new > /made; cat /data/given; touch /data/x || echo bound read-only")
        bundle.replace("\"readonly\": true", with: "\"readonly\": false")
        shell("mkdir \(bundle.path)/data; echo given > \(bundle.path)/data/given")
        bundle.replace(
            "{ \"destination\": \"/proc\"",
            with:
                "{ \"destination\": \"/data\", \"source\": \"data\", \"options\": [\"rbind\", \"ro\"] }, { \"destination\": \"/proc\""
        )
        let run = try bundle.run()
        #expect(run.output == "given\nbound read-only\n", "\(run.errors)")
        #expect(contents(bundle.root + "/made") == "new\n")
        #expect(contents(bundle.path + "/data/x") == "" && access(bundle.path + "/data/x", F_OK) != 0)
        // Nothing of ours stays mounted.
        #expect(!contents("/proc/self/mountinfo").contains(bundle.path))
    }

    @Test func aFileCanBeBoundOverAMissingOne() throws {
        let bundle = try Bundle("cat", "/etc/deep/name")
        text("bound\n", to: bundle.path + "/name")
        bundle.replace(
            "{ \"destination\": \"/proc\"",
            with:
                "{ \"destination\": \"/etc/deep/name\", \"type\": \"bind\", \"source\": \"name\" }, { \"destination\": \"/proc\""
        )
        let run = try bundle.run()
        #expect(run.output == "bound\n", "\(run.errors)")
    }

    @Test(arguments: ["proc", "dev", "sys"])
    func aMountPointThatIsASymbolicLinkIsRefused(_ name: String) throws {
        let bundle = try Bundle("true")
        shell("mkdir \(bundle.path)/outside; ln -s ../outside \(bundle.root)/\(name)")
        let run = try bundle.run()
        #expect(run.status == 125)
        #expect(
            run.errors.contains("/\(name) is a symbolic link, and a mount on it would land elsewhere"), "\(run.errors)")
        #expect(shell("rmdir \(bundle.path)/outside") == 0, "something was made outside the root")
    }

    @Test func noMountPointIsMadeThroughASymbolicLink() throws {
        let bundle = try Bundle("true")
        shell("mkdir \(bundle.path)/outside; ln -s \(bundle.path)/outside \(bundle.root)/way")
        bundle.replace(
            "{ \"destination\": \"/proc\"",
            with:
                "{ \"destination\": \"/way/in\", \"type\": \"tmpfs\", \"source\": \"tmpfs\" }, { \"destination\": \"/proc\""
        )
        #expect(try bundle.run().status == 125)
        #expect(shell("rmdir \(bundle.path)/outside") == 0, "something was made outside the root")
    }

    /// More steps than the pipe of their reports holds while the parent waits.
    @Test func aThousandMountsAreMade() throws {
        let bundle = try Bundle("sh", "-c", "grep -c /many/ /proc/mounts")
        bundle.replace("\"readonly\": true", with: "\"readonly\": false")
        let mounts = (0..<2500).map { "{ \"destination\": \"/many/\($0)\", \"type\": \"tmpfs\" }, " }.joined()
        bundle.replace("{ \"destination\": \"/proc\"", with: mounts + "{ \"destination\": \"/proc\"")
        let run = try bundle.run()
        #expect(run.output == "2500\n", "\(run.errors)")
    }

    @Test func aKilledRuntimeLeavesNoProcessAndItsNameFree() throws {
        let bundle = try Bundle("sleep", "1000")
        bundle.write()
        let runtime = try #require(start([program, "run", "--bundle", bundle.path, bundle.id]))
        // The container's process is a child of the runtime's until it dies with it.
        var child: Int32?
        while child == nil {
            child = Int32(contents("/proc/\(runtime)/task/\(runtime)/children").split(separator: " ").first ?? "")
            if let pid = child, !contents("/proc/\(pid)/comm").hasPrefix("sleep") { child = nil }
        }
        kill(runtime, SIGKILL)
        var status: CInt = 0
        while waitpid(runtime, &status, 0) == -1, errno == EINTR {}
        // Reaped by init, as its parent is gone.
        while let pid = child, contents("/proc/\(pid)/comm").hasPrefix("sleep"),
            !contents("/proc/\(pid)/stat").contains(") Z ")
        { usleep(1000) }
        bundle.replace("\"args\": [\"sleep\", \"1000\"]", with: "\"args\": [\"true\"]")
        let again = try bundle.run()
        #expect(again.status == 0 && again.errors == "", "\(again.errors)")
        expectGone(bundle)
    }

    @Test func theWrongBundleAndTheWrongWordsAreTold() throws {
        let bundle = try Bundle("true")
        let absent = try bundle.run(["run", "--bundle", bundle.path + "/none", "x"])
        #expect(absent.status == 125)
        #expect(
            absent.errors
                == "teach-runc: the bundle \(bundle.path)/none is not there: name its directory with --bundle\n")
        for words in [
            ["create", "x"], ["start", "x"], ["delete", "x"], [], ["run"], ["fly"], ["run", "--fly", "x"],
        ] {
            let run = try bundle.run(words)
            #expect(run.status == 64)
            #expect(run.errors.hasPrefix("teach-runc: ") && run.errors.split(separator: "\n").count == 1)
        }
        #expect(try bundle.run(["--version"]).output.hasPrefix("teach-runc "))
        #expect(try bundle.run(["--help"]).output.contains("USAGE: teach-runc run"))
    }

    @Test func specWritesAConfigOnce() throws {
        let bundle = try Bundle("true")
        shell("mkdir \(bundle.path)/new")
        let words = ["spec", "--bundle", bundle.path + "/new"]
        #expect(try bundle.run(words).status == 0)
        #expect(contents(bundle.path + "/new/config.json") == RuntimeBundle.defaultConfig)
        let second = try bundle.run(words)
        #expect(second.status == 125 && second.errors.contains("is there already and stays as it is"))
    }

    private func expectGone(_ bundle: Bundle) {
        #expect(shell("test -z \"$(find /sys/fs/cgroup -name \(bundle.id) 2>/dev/null)\"") == 0)
    }
}
