import Foundation
import Testing

/// `docker build`, as a user types it. What builds make is BuilderTests' business.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct DockerBuildTests {
    @Test func aDirectoryIsBuiltAndRun() throws {
        let teach = try Program()
        defer { teach.remove() }
        let context = teach.home + "/context"
        try FileManager.default.createDirectory(atPath: context, withIntermediateDirectories: true)
        let dockerfile = "FROM busybox\nRUN echo hello > /greeting\nCMD [\"cat\", \"/greeting\"]\n"
        try dockerfile.write(toFile: context + "/Dockerfile", atomically: true, encoding: .utf8)
        let first = try teach.docker("build", "-t", "hello", context)
        #expect(first.status == 0)
        #expect(first.lines.first == "Sending build context to Docker daemon  2.048kB")
        #expect(first.lines[1] == "Step 1/3 : FROM busybox")
        #expect(first.lines.last == "Successfully tagged hello:latest")
        #expect(first.errors.contains("host's network"))
        let second = try teach.docker("build", "--network", "host", "-t", "hello", context)
        #expect(second.lines.count { $0 == " ---> Using cache" } == 2)
        #expect(second.errors.isEmpty)
        #expect(try teach.docker("run", "--rm", "hello").output == "hello\n")
        let history = try teach.docker("history", "--no-trunc", "hello").output
        #expect(history.contains("/bin/sh -c #(nop)  CMD [\"cat\" \"/greeting\"]"))
        #expect(history.contains("/bin/sh -c echo hello > /greeting"))
        let quiet = try teach.docker("build", "-q", context)
        #expect(quiet.lines.count == 1 && quiet.output.hasPrefix("sha256:"))
    }

    @Test func theDockerfileMayLieElsewhereAndTheIDIsWritten() throws {
        let teach = try Program()
        defer { teach.remove() }
        let context = teach.home + "/context"
        try FileManager.default.createDirectory(atPath: context, withIntermediateDirectories: true)
        try "here".write(toFile: context + "/f", atomically: true, encoding: .utf8)
        let dockerfile = teach.home + "/other.Dockerfile"
        try "FROM busybox\nCOPY f /f\nRUN cat /f; grep -c '^10.1.2.3.there' /etc/hosts\n".write(
            toFile: dockerfile, atomically: true, encoding: .utf8)
        let file = teach.home + "/id"
        let arguments = [
            "-f", dockerfile, "--iidfile", file, "--add-host", "there:10.1.2.3", "--platform", "linux", "--force-rm",
            "--pull", "--network", "host", context,
        ]
        let result = try teach.docker(["build"] + arguments)
        #expect(result.status == 0)
        #expect(result.output.contains("\nhere1\n"))
        #expect(result.errors.contains("--pull: there is nothing to pull from"))
        let id = try String(contentsOfFile: file, encoding: .utf8)
        #expect(id.hasPrefix("sha256:") && result.lines.contains("Successfully built \(id.dropFirst(7).prefix(12))"))
        // A build that fails leaves none.
        let failed = try teach.docker(["build"] + arguments.map { $0 == "linux" ? "linux/s390x" : $0 })
        #expect(failed.status == 1 && failed.errors.contains("--platform=linux/s390x: images here are for"))
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test func theHistoryKnowsTheStepsThatWereBuiltHere() throws {
        let teach = try Program()
        defer { teach.remove() }
        let script = """
            printf 'FROM busybox\\nENV A=b\\nRUN ln -s /somewhere /s; printf 12345 > /f\\nCMD ["x"]\\n' > "$TEACH_HOME.df"
            docker build --network none -t app -f "$TEACH_HOME.df" "$TEACH_HOME.programs"
            docker history --format '{{.ID}} {{.Size}}' app
            docker images -q busybox
            docker save -o "$TEACH_HOME.tar" app && docker rmi app >/dev/null
            docker load -q -i "$TEACH_HOME.tar" && docker history --format '{{.ID}}' app | sort -u
            """
        try FileManager.default.createDirectory(
            atPath: teach.home + "/home.programs", withIntermediateDirectories: true)
        let result = try teach.shell(script)
        #expect(result.status == 0, "\(result.errors)")
        let steps = result.lines.filter { $0.hasPrefix(" ---> ") && !$0.contains("Running") }.map { $0.dropFirst(6) }
        let rows = result.lines.suffix(9)
        #expect(steps.count == 4)
        // A symbolic link counts with its target, as in Docker's own figures.
        #expect(rows.prefix(3) == ["\(steps[3]) 0B", "\(steps[2]) 15B", "\(steps[1]) 0B"], "\(result.output)")
        let base = try #require(rows.dropFirst(5).first)
        #expect(base == steps[0] && rows.dropFirst(3).first == "\(base) 0B", "the image that it was built on")
        #expect(rows.dropFirst(4).first?.hasPrefix("<missing> ") == true, "\(result.output)")
        // What was loaded has no parents here, whatever looks like one.
        #expect(Set(rows.suffix(2)) == ["<missing>", String(steps[3])])
    }

    @Test func aDockerfileComesFromStandardInput() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell("printf 'FROM busybox\\nRUN echo from there\\n' | docker build --network none -")
        #expect(result.status == 0)
        #expect(result.lines.contains("from there"))
    }

    @Test(
        arguments: [
            (
                [], 1,
                "\"docker build\" requires exactly 1 argument.\nSee 'docker build --help'.\n\nUsage:  docker build [OPTIONS] "
                    + "PATH | -\n\nBuild an image from a Dockerfile\n\nPATH is the directory that COPY takes files from; "
                    + "write . for this one\n"
            ),
            (
                ["-t", "Upper", "."], 125,
                "invalid argument \"Upper\" for \"-t, --tag\" flag: invalid reference format: "
                    + "repository name must be lowercase"
            ),
            (["/nonexistent"], 1, "unable to prepare context: path \"/nonexistent\" not found"),
            (["--network", "mine", "."], 1, "network mine not found"),
            (["--label", "=x", "."], 125, "invalid argument \"=x\" for \"--label\" flag"),
            (["--add-host", "x", "."], 125, "invalid argument \"x\" for \"--add-host\" flag: bad format for add-host"),
            (
                ["--add-host", "x:1.2.3", "."], 125,
                "invalid argument \"x:1.2.3\" for \"--add-host\" flag: invalid IP address in add-host: \"1.2.3\""
            ),
            (["--add-host", "x:::1", "--network", "none", "."], 1, "--add-host: names need a network"),
            (["--squash", "."], 1, "--squash: each step keeps its layer"),
            (["--cache-from", "x", "."], 1, "--cache-from: the cache is what was built on this machine; leave it out"),
            (["-m", "1g", "."], 1, "--memory: the commands of a build have no limits here; leave it out"),
            (["--ulimit", "nofile=5", "."], 1, "--ulimit: the commands of a build have no limits here"),
            (["-o", "out", "."], 1, "--output: a build makes an image"),
        ] as [([String], Int32, String)])
    func mistakesAreToldInDockersWords(arguments: [String], status: Int32, sentence: String) throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.docker(["build"] + arguments)
        #expect(result.status == status)
        #expect(result.errors.hasPrefix(sentence))
    }

    @Test func aDockerfileThatIsNotThereIsLookedForUnderOtherNames() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell(
            """
            cd "$OUT"; mkdir none other lower; echo 'FROM scratch' | tee other/app.Dockerfile > lower/dockerfile
            echo 'LABEL a=b' >> lower/dockerfile; mkdir /tmp/nothing-$$ && cd /tmp/nothing-$$
            for d in none other; do docker build "$OUT/$d"; done; docker build -f nope "$OUT/none"
            docker build "$OUT/lower/dockerfile"; cd /; rmdir /tmp/nothing-$$; docker build -q "$OUT/lower"
            """, environment: ["OUT": teach.home])
        let errors = result.errors.split(separator: "\n").map(String.init)
        let missing = "unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat "
        #expect(errors.count == 4)
        #expect(
            errors.first
                == "\(missing)\(teach.home)/none/Dockerfile: no such file or directory; name the Dockerfile with -f if it lies "
                + "elsewhere, or has another name")
        #expect(
            errors.dropFirst().first?.hasSuffix(
                "other/Dockerfile: no such file or directory; did you mean -f \(teach.home)/other/app.Dockerfile?")
                == true)
        #expect(errors.dropFirst(2).first?.hasSuffix("from this directory, and not from the context") == true)
        #expect(
            errors.last?.hasPrefix(
                "unable to prepare context: context must be a directory: \(teach.home)/lower/dockerfile")
                == true)
        #expect(result.status == 0 && result.output.hasPrefix("sha256:"))
    }

    @Test func aMistakeInTheDockerfileHasItsPlace() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell("printf 'FROM busybox\\nRNU x\\n' | docker build -")
        #expect(result.status == 1)
        #expect(
            result.errors
                == "Error response from daemon: dockerfile parse error line 2: unknown instruction: RNU "
                + "(column 1: did you mean RUN?)\n")
    }

    @Test func aCommandsStatusIsTheBuilds() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell(
            "printf 'FROM busybox\\nRUN echo told; exit 7\\n' | docker build -q --network none -")
        #expect(result.status == 7)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("told\n"))
        #expect(
            result.errors.hasSuffix("The command '/bin/sh -c echo told; exit 7' returned a non-zero code: 7\n"))
        let missing = try teach.shell(
            "printf 'FROM busybox\nRUN apt-get update\n' | docker build -q --network none -")
        #expect(missing.status == 127)
        #expect(
            missing.errors.contains(
                "a command that is not found here may be in Docker Hub's busybox: the stand-in for it"))
    }
}

/// What builds leave that come to no good end.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root, and a tmpfs is mounted"))
struct DockerBuildFailureTests {
    @Test func aFullDiskLeavesTheStoreAsItWas() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell(
            """
            mkdir -p "$TEACH_HOME"
            exec unshare -m --propagation private sh -e -c '
                mount -t tmpfs -o size=24m tmpfs "$TEACH_HOME"
                printf "FROM busybox\\\\n" | docker build -q - > /dev/null
                list() { (cd "$TEACH_HOME" && find images layers | sort); }
                list > "$OUT/before"
                printf "FROM busybox\\\\nRUN dd if=/dev/urandom of=/a bs=1M count=4\\\\n\\
                    RUN dd if=/dev/urandom of=/b bs=1M count=40\\\\n" \\
                    | docker build --network none - > "$OUT/said" 2>&1 && echo built || echo "status $?"
                list > "$OUT/after"
                diff "$OUT/before" "$OUT/after" && echo same
                printf "FROM busybox\\\\nRUN dd if=/dev/urandom of=/a bs=1M count=4\\\\n" | docker build -q --network none - >&2
            '
            """,
            environment: ["OUT": teach.home])
        #expect(result.lines == ["status 1", "same"], "\(result.errors)")
        let said = try String(contentsOfFile: teach.home + "/said", encoding: .utf8)
        #expect(said.contains("No space left on device"))
        #expect(result.errors.contains("sha256:"), "there is room again")
    }

    @Test func whatAKilledBuildLeavesIsTakenAway() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell(
            """
            printf 'FROM busybox\\n' | docker build -q - > /dev/null
            printf 'FROM busybox\\nRUN echo half > /x; echo running; exec sleep 60\\n' > "$OUT/Dockerfile"
            docker build --network none -f "$OUT/Dockerfile" "$OUT/programs" > "$OUT/said" & build=$!
            for i in $(seq 500); do grep -q '^running' "$OUT/said" && break; sleep 0.02; done
            kill -9 $build
            wait $build
            echo "status $?"
            teach clean
            find "$TEACH_HOME" -name '.partial-*'
            docker images -q | wc -l
            """,
            environment: ["OUT": teach.home])
        #expect(result.lines.first == "status 137")
        #expect(
            result.lines.contains { $0.contains("/layers/.partial-") }, "clean tells what it took: \(result.output)")
        #expect(result.lines.last?.trimmingCharacters(in: .whitespaces) == "1")
        #expect(result.lines.count { $0.contains(".partial-") } == 1, "and nothing is left")
    }

    @Test func anOrdinaryUserBuildsToo() throws {
        for identifiers in OrdinaryUser.Identifiers.allCases {
            let user = try OrdinaryUser(identifiers)
            defer { user.remove() }
            let script = """
                cd ~ && mkdir c && echo 1 > c/f && printf 'FROM busybox\\nCOPY f /a/\\nRUN cat /a/f; stat -c %%u:%%g /a/f; rm /bin/wc\\nRUN ls /bin/wc || echo gone\\n' > c/Dockerfile
                teach docker build --network host c && teach docker build --network host c | grep -c 'Using cache'
                """
            let result = try user.run(["sh", "-c", script])
            #expect(result.status == 0, "\(identifiers): \(result.errors)")
            #expect(result.lines.contains("0:0") && result.lines.contains("gone"), "\(identifiers): \(result.output)")
            #expect(result.lines.last == "3", "\(identifiers): \(result.output)")
        }
    }
}
