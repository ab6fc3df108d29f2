import Foundation
import Testing

/// The program as a user without privilege runs it: with subordinate ids, and with one id alone.
@Suite(.serialized, .enabled(if: isRoot, "only root can become an ordinary user"))
struct RootlessTests {
    /// What a run recorded, without what differs between two runs: ids, process numbers, times, places.
    private func facts(of events: [[String: Any]]) -> [String] {
        let kinds: Set = ["operation", "effect", "verdict", "layer", "expectation", "prediction", "warning", "hole"]
        return events.filter { kinds.contains($0["kind"] as? String ?? "") }.map { event in
            [
                "step", "kind", "syscall", "path", "errno", "effect", "layer", "size", "allocated", "shared", "verdict",
                "text", "held", "reason",
            ].map { key in "\(event[key] ?? "")" }.joined(separator: " ")
        }
    }

    @Test func aLessonsFactsAreThoseOfRoot() throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach("run", "lesson3").status == 0)
        let roots = facts(of: try teach.events())
        #expect(roots.count > 300)
        for identifiers in OrdinaryUser.Identifiers.allCases {
            let user = try OrdinaryUser(identifiers)
            defer { user.remove() }
            let result = try user("run", "lesson3")
            #expect(result.status == 0, "\(identifiers): \(result.output.suffix(2000)) \(result.errors)")
            #expect(result.errors.isEmpty)
            let users = facts(of: try user.events())
            #expect(users.difference(from: roots).isEmpty, "\(identifiers): \(users.difference(from: roots))")
            let bound = try user.events().contains { $0["name"] as? String == "bind devices" }
            #expect(bound, "and yet it was another set-up")
            try whatIfKnowsHowTheRunWasMounted(user)
            #expect(try FileManager.default.contentsOfDirectory(atPath: user.teachHome + "/runs").isEmpty)
        }
    }

    /// The baseline of `teach whatif` is the overlay of the run, with overlayfs's marks in `user.` attributes.
    private func whatIfKnowsHowTheRunWasMounted(_ user: OrdinaryUser) throws {
        let text = try user("whatif", "last", "--driver", "btrfs")
        #expect(text.status == 0, "\(text.errors)")
        #expect(
            text.output.contains(
                "recorded on overlay2 with redirect_dir=nofollow,index=off,metacopy=off,xino=off,userxattr"))
        #expect(!text.output.contains("are not reproduced by the model"))
        // Without root the kernel takes no redirects; as root it does.
        let refused = try user("whatif", "last", "--option", "redirect_dir=on")
        #expect(refused.status == 1)
        #expect(
            refused.errors.contains(
                "userxattr allows redirect_dir=nofollow alone; the run was recorded without root, --as-root"))
        let asRoot = try user("whatif", "last", "--option", "redirect_dir=on", "--as-root")
        #expect(asRoot.status == 0 && asRoot.output.contains("1 would differ"), "\(asRoot.output.suffix(800))")
    }

    @Test func theDoctorSaysTheModeAndWhatGivesMore() throws {
        let many = try OrdinaryUser(.range)
        defer { many.remove() }
        let rich = try many("doctor")
        #expect(rich.status == 0, "\(rich.output)")
        #expect(rich.output.contains("rootless: user \(OrdinaryUser.uid) in a user namespace with 65537 ids"))
        let one = try OrdinaryUser(.single)
        defer { one.remove() }
        let poor = try one("doctor")
        #expect(poor.status == 0)
        #expect(poor.output.contains("rootless: user \(OrdinaryUser.uid) in a user namespace with one id"))
        #expect(poor.output.contains("sudo usermod --add-subuids "))
        #expect(poor.output.contains(" learner\n"))
    }

    @Test func withoutNewuidmapOneIDIsLeftAndTheDoctorSaysWhy() throws {
        let user = try OrdinaryUser(.range)
        defer { user.remove() }
        let missing = try user.run(["env", "PATH=\(user.directory)/scratch", "\(user.directory)/bin/teach", "doctor"])
        #expect(missing.output.contains("with one id"), "\(missing.output) \(missing.errors)")
        #expect(missing.output.contains("sudo apt-get install uidmap"))
        // no_new_privs takes a set-uid program's power.
        let refused = try user.run(["teach", "doctor"], wrapper: ["setpriv", "--no-new-privs"])
        #expect(refused.output.contains("with one id"), "\(refused.output)")
        #expect(refused.output.contains("idmap: "), "in its own words")
        #expect(refused.status == 0)
    }

    @Test func userNamespacesThatAreOffEndInOneSentence() throws {
        let user = try OrdinaryUser(.single)
        defer { user.remove() }
        // In a user namespace of root's own, where every id is itself, the limit is root's to set.
        func run(_ command: [String]) throws -> Program.Result {
            let script = """
                echo 0 >/proc/sys/user/max_user_namespaces
                exec setpriv --reuid \(OrdinaryUser.uid) --regid \(OrdinaryUser.uid) --clear-groups "$@"
                """
            return try user.run(
                command,
                preparation: """
                    echo root:0:100000 >>/etc/subuid
                    echo root:0:100000 >>/etc/subgid
                    set -- unshare --user --map-users=0,0,100000 --map-groups=0,0,100000 \
                        sh -c '\(script)' sh env HOME="$directory/home" TEACH_SHARE="$directory/share" \
                        PATH="$directory/bin:/usr/sbin:/usr/bin:/sbin:/bin" "$@"
                    cd "$directory/scratch"
                    exec "$@"
                    """)
        }
        let doctor = try run(["teach", "doctor"])
        #expect(doctor.status == 2, "\(doctor.output) \(doctor.errors)")
        #expect(doctor.output.contains("user namespaces are off (user.max_user_namespaces is 0)"))
        #expect(doctor.output.contains("sudo sysctl -w user.max_user_namespaces="))
        let refused: [([String], Int32)] = [(["run", "lesson3"], 2), (["clean"], 2), (["docker", "ps"], 1)]
        for (command, status) in refused {
            let result = try run(["teach"] + command)
            #expect(result.status == status, "\(command) \(result.errors)")
            #expect(result.errors.contains("sysctl -w user.max_user_namespaces="), "\(command)")
            #expect(result.errors.split(separator: "\n").count == 1, "one sentence")
        }
        #expect(try run(["teach", "list"]).status == 0, "what needs no container works")
    }

    @Test func aHomeThatCannotHoldALayerEndsInOneSentence() throws {
        let user = try OrdinaryUser(.single)
        defer { user.remove() }
        let overlay = """
            mount -t tmpfs none "$directory/scratch"
            mkdir "$directory/scratch/upper" "$directory/scratch/work"
            chown \(OrdinaryUser.uid) "$directory/scratch/upper"
            mount -t overlay -o lowerdir=/usr/share/doc,upperdir="$directory/scratch/upper",workdir="$directory/scratch/work" \
                none "$directory/home"
            """
        let doctor = try user.run(["teach", "doctor"], preparation: overlay)
        #expect(doctor.status == 2, "\(doctor.output) \(doctor.errors)")
        #expect(doctor.output.contains("lies on an overlay"))
        #expect(doctor.output.contains("such as /dev/shm/teach"))
        let run = try user.run(["teach", "run", "lesson3"], preparation: overlay)
        #expect(run.status == 2 && run.errors.split(separator: "\n").count == 1, "\(run.errors)")
        let foreign = try user.run(["env", "TEACH_HOME=/var/lib", "teach", "run", "lesson3"])
        #expect(foreign.status == 2 && foreign.errors.contains("may not be written by user \(OrdinaryUser.uid)"))
    }

    @Test func aHomeIsFilledForOneKindOfOverlay() throws {
        let teach = try Program()
        defer { teach.remove() }
        let user = try OrdinaryUser(.single)
        defer { user.remove() }
        #expect(try user("run", "lesson3", "--step", "1").status == 0)
        let roots = try teach("docker", "images", environment: ["TEACH_HOME": user.teachHome])
        #expect(roots.status != 0)
        #expect(roots.errors.contains("was filled without root"), "\(roots.errors)")
    }

    @Test func theCallersUmaskDoesNotReachTheContainer() throws {
        let user = try OrdinaryUser(.range)
        defer { user.remove() }
        let command = [
            "sh", "-c",
            "umask 077; teach run lesson3 --step 1 >/dev/null && "
                + "teach docker run --rm -u 1000 lesson3 sh -c 'stat -c %a /; cat /app/VERSION >/dev/null; echo $?; umask'",
        ]
        #expect(try user.run(command).lines == ["755", "0", "0022"])
    }

    @Test func idsInsideTheMapWorkAndOthersAreRefused() throws {
        let user = try OrdinaryUser(.range)
        defer { user.remove() }
        #expect(try user("run", "lesson3", "--step", "1").status == 0)
        let inside = try user.docker("run", "--rm", "-u", "1000:1000", "lesson3", "sh", "-c", "id -u; id -g; id -G")
        #expect(inside.lines == ["1000", "1000", "1000"], "\(inside.errors)")
        let outside = try user.docker("run", "--rm", "-u", "70000", "lesson3", "id")
        #expect(outside.status == 125)
        #expect(outside.errors.contains("uid 70000 is not one of the uids that it may use (0-65536)"))
        #expect(outside.errors.split(separator: "\n").count == 1)
        let limited = try user.docker("run", "--rm", "-m", "64m", "lesson3", "true")
        #expect(limited.status == 125 && limited.errors.contains("the memory limit cannot be set"))

        let one = try OrdinaryUser(.single)
        defer { one.remove() }
        #expect(try one("run", "lesson3", "--step", "1").status == 0)
        #expect(try one.docker("run", "--rm", "lesson3", "id", "-u").output == "0\n")
        let alone = try one.docker("run", "--rm", "-u", "1", "lesson3", "id")
        #expect(alone.status == 125 && alone.errors.contains("give your user subordinate ids"))
    }

    /// What a user namespace refuses, predicted: an owner outside the map, a device, an attribute of the host's root.
    @Test(arguments: OrdinaryUser.Identifiers.allCases)
    func theModelKnowsWhatAUserNamespaceRefuses(identifiers: OrdinaryUser.Identifiers) throws {
        let user = try OrdinaryUser(identifiers)
        defer { user.remove() }
        let lesson = """
            ---
            id: confined
            title: Confined
            summary: What a user namespace refuses.
            slides: [57]
            image: lesson3
            ---

            # Confined

            ## Refused

            ```sh run refused
            docker run --name refused lesson3 sh -c 'chown 70000 /etc/motd; mknod /tmp/null c 1 3; chown 0 /app/config'
            \(identifiers == .range ? "docker run --name other -u 1000:1000 lesson3 sh -c 'echo hi >/tmp/mine'" : ":")
            ```

            ```yaml expect refused
            - errno EINVAL chown /etc/motd
            - errno EPERM mknod /tmp/null
            - no copy-up /etc/motd
            - copy-up /app/config
            - \(identifiers == .range ? "create /tmp/mine" : "no create /tmp/mine")
            - exit 0
            ```
            """
        let file = user.directory + "/scratch/confined.md"
        try lesson.write(toFile: file, atomically: false, encoding: .utf8)
        let result = try user("run", file)
        #expect(result.status == 0, "\(result.output) \(result.errors)")
        let verdicts = try user.events().compactMap { $0["verdict"] as? String }
        #expect(verdicts.count >= 3 && verdicts.allSatisfy { $0 == "confirmed" }, "\(verdicts)")
    }

    @Test func cleanRemovesWhatSubordinateIDsOwn() throws {
        let user = try OrdinaryUser(.range)
        defer { user.remove() }
        #expect(try user("run", "lesson3", "--step", "1").status == 0)
        // No process has this number: it is above the kernel's limit.
        let run = user.teachHome + "/runs/7-99999999"
        let made = try user.run([
            "env", "TEACH_CONTAINERS=\(run)/containers", "teach", "docker", "run", "--name", "left", "-u", "1000:1000",
            "lesson3", "sh", "-c", "mkdir -m 700 /tmp/private; touch /tmp/private/file",
        ])
        #expect(made.status == 0, "\(made.errors)")
        let owned = try user.run(["find", run, "-uid", "\(OrdinaryUser.firstSubordinate + 999)"])
        #expect(owned.lines.count == 1, "the user sees the directory, \(owned.output)")
        #expect(try user.run(["rm", "-rf", run]).status != 0, "and cannot remove it from outside")
        let cleaned = try user("clean")
        #expect(cleaned.status == 0, "\(cleaned.errors)")
        #expect(!FileManager.default.fileExists(atPath: run), "\(cleaned.output)")
        // All that is kept is the user's own: it can be read and removed without teach.
        #expect(try user.run(["find", user.home, "!", "-user", "learner"]).output.isEmpty)
        // (A whiteout has no permissions, and nothing to read.)
        #expect(try user.run(["find", user.home, "!", "-readable", "!", "-type", "c"]).output.isEmpty)
        #expect(try user.run(["rm", "-rf", user.teachHome]).status == 0)
    }

    /// RLIMIT_NPROC counts a user's processes and threads, but not root's (setrlimit(2)): whatever is the first that is
    /// refused, one sentence says so, and nothing is left.
    @Test func aProcessTooManyIsToldOfInASentence() throws {
        let user = try OrdinaryUser(.range)
        defer { user.remove() }
        #expect(try user("run", "lesson3", "--step", "3").status == 0)
        var refused: [Int] = []
        for limit in Array(1...12) + [16, 20, 24, 32] {
            for command in [
                ["teach", "run", "lesson3", "--step", "3"], ["teach", "docker", "run", "lesson3", "true"],
            ] {
                let result = try user.run(command, wrapper: ["prlimit", "--nproc=\(limit)"])
                if result.status == 0 { continue }
                refused.append(limit)
                #expect(result.errors.split(separator: "\n").count == 1, "\(limit): \(result.errors)")
                #expect(result.errors.contains("EAGAIN"), "\(limit): \(result.errors)")
                #expect(try user("clean").status == 0)
                #expect(try user("clean").output == "nothing was left\n", "\(limit)")
            }
        }
        #expect(refused.contains(1) && !refused.contains(32), "\(refused)")
        #expect(try user("run", "lesson3", "--step", "3").status == 0)
    }

    @Test func exitStatusesAndSignalsAreAsBefore() throws {
        let user = try OrdinaryUser(.range)
        defer { user.remove() }
        #expect(try user("run", "lesson3", "--step", "1").status == 0)
        #expect(try user.docker("run", "--rm", "lesson3", "sh", "-c", "exit 7").status == 7)
        #expect(try user.docker("run", "--rm", "lesson3", "nosuchprogram").status == 127)
        // There is one process: a signal to the one that was started reaches the container.
        let (process, _) = try user.start([
            "teach", "docker", "run", "--name", "sleeper", "lesson3", "sh", "-c",
            "trap 'exit 9' TERM; sleep 100 & wait",
        ])
        while process.isRunning, try user.docker("ps", "-q").output.isEmpty { usleep(50_000) }
        usleep(300_000)
        kill(process.processIdentifier, SIGTERM)
        process.waitUntilExit()
        #expect(process.terminationStatus == 9)
    }
}
