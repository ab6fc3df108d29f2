import Builder
import ContentStore
import Engine
import Glibc
import LayerModel
import Linux
import OCI
import Synchronization
import Testing

/// Whole builds on the real kernel, against what Docker 20.10's classic builder does.
@Suite(.enabled(if: isRoot, "containers are made as root"))
struct BuildTests {
    @Test func theOutputIsDockersAndTheSecondTimeItIsTheCaches() throws {
        let scene = try Scene()
        try scene.file("f", "content\n")
        let dockerfile = "FROM busybox\nENV A=1 B=\"x y\"\nRUN echo $B \\\n  && echo a\nCOPY f /d/\nCMD [\"sh\"]\n"
        let first = try scene.build(dockerfile)
        #expect(
            first.lines == [
                "Step 1/5 : FROM busybox", " ---> ID", "Step 2/5 : ENV A=1 B=\"x y\"", " ---> Running in ID",
                "Removing intermediate container ID", " ---> ID", "Step 3/5 : RUN echo $B   && echo a",
                " ---> Running in ID", "x y", "a", "Removing intermediate container ID", " ---> ID",
                "Step 4/5 : COPY f /d/", " ---> ID", "Step 5/5 : CMD [\"sh\"]", " ---> Running in ID",
                "Removing intermediate container ID", " ---> ID",
            ])
        let second = try scene.build(dockerfile)
        #expect(second.usesOfCache == 4)
        #expect(second.id == first.id)
        #expect(try scene.build(dockerfile) { $0.usesCache = false }.usesOfCache == 0)
    }

    @Test func theHistoryHasDockersWords() throws {
        let scene = try Scene()
        let dockerfile = """
            FROM busybox
            ARG V=1
            ARG U
            ENV A=1 B="x y"
            RUN echo $V $U > /out
            WORKDIR /w/x
            WORKDIR y
            USER 33
            LABEL a="b c" d=e
            EXPOSE 80 90-91/udp
            VOLUME /v /w2
            ENTRYPOINT ["a"]
            CMD b
            STOPSIGNAL TERM
            HEALTHCHECK --interval=5s --retries=2 CMD true
            SHELL ["/bin/sh", "-ec"]
            ONBUILD RUN echo on
            MAINTAINER me
            """
        let outcome = try scene.build(dockerfile, arguments: ["U": "9", "Z": "0"])
        #expect(outcome.result?.unusedArguments == ["Z"])
        let config = try scene.image(outcome.id).config
        #expect(
            config.history?.suffix(17).map(\.createdBy) == [
                "/bin/sh -c #(nop)  ARG V=1", "/bin/sh -c #(nop)  ARG U", "/bin/sh -c #(nop)  ENV A=1 B=x y",
                "|2 U=9 V=1 /bin/sh -c echo $V $U > /out", "/bin/sh -c #(nop) WORKDIR /w/x",
                "/bin/sh -c #(nop) WORKDIR /w/x/y", "/bin/sh -c #(nop)  USER 33", "/bin/sh -c #(nop)  LABEL a=b c d=e",
                "/bin/sh -c #(nop)  EXPOSE 80 90-91/udp", "/bin/sh -c #(nop)  VOLUME [/v /w2]",
                "/bin/sh -c #(nop)  ENTRYPOINT [\"a\"]", "/bin/sh -c #(nop)  CMD [\"/bin/sh\" \"-c\" \"b\"]",
                "/bin/sh -c #(nop)  STOPSIGNAL TERM",
                "/bin/sh -c #(nop)  HEALTHCHECK &{[\"CMD-SHELL\" \"true\"] \"5s\" \"0s\" \"0s\" '\\x02'}",
                "/bin/sh -ec #(nop)  SHELL [/bin/sh -ec]", "/bin/sh -ec #(nop)  ONBUILD RUN echo on",
                "/bin/sh -ec #(nop)  MAINTAINER me",
            ])
        // The RUN and the two WORKDIRs that had to be made are layers.
        #expect(config.history?.suffix(17).count { $0.emptyLayer != true } == 3)
        let execution = try #require(config.config)
        #expect(execution.env?.suffix(2) == ["A=1", "B=x y"])
        #expect(execution.workingDir == "/w/x/y")
        #expect(execution.user == "33")
        #expect(execution.ownLabels == ["a": "b c", "d": "e"])
        #expect(execution.exposedPorts == ["80/tcp", "90/udp", "91/udp"])
        #expect(execution.volumes == ["/v", "/w2"])
        #expect(execution.entrypoint == ["a"])
        #expect(execution.cmd == ["/bin/sh", "-c", "b"])
        #expect(execution.stopSignal == "TERM")
        #expect(
            execution.healthcheck
                == HealthConfig(test: ["CMD-SHELL", "true"], interval: 5_000_000_000, retries: 2))
        #expect(execution.shell == ["/bin/sh", "-ec"])
        #expect(execution.onBuild == ["RUN echo on"])
        #expect(config.author == "me")
    }

    @Test func stagesThatNobodyNeedsAreSkipped() throws {
        let scene = try Scene()
        try scene.file("f", "1")
        let dockerfile = """
            FROM busybox AS one
            RUN echo made > /made
            FROM busybox AS unused
            RUN exit 1
            FROM one
            COPY --from=0 /made /copy
            COPY --from=busybox /bin/busybox /b
            RUN cat /made /copy; test -x /b && echo ok
            """
        let outcome = try scene.build(dockerfile)
        #expect(outcome.error == nil)
        #expect(outcome.output == ["made", "made", "ok"])
        #expect(outcome.lines.contains("Step 3/6 : FROM one"))
        let unused = try scene.build(dockerfile) { $0.target = "unused" }
        #expect((unused.error as? BuildError)?.exitStatus == 1)
    }

    @Test func aBaseImagesTriggersFireOnce() throws {
        let scene = try Scene()
        try scene.file("f", "triggered\n")
        let base = try scene.build("FROM busybox\nONBUILD COPY f /f\nONBUILD RUN cat /f\n") {
            $0.tags = [try! ImageReference("base")]
        }
        #expect(base.error == nil)
        let child = try scene.build("FROM base\nRUN echo child\n") { $0.tags = [try! ImageReference("child")] }
        #expect(
            child.lines.prefix(5) == [
                "Step 1/2 : FROM base", "# Executing 2 build triggers", " ---> Running in ID", "triggered",
                "Removing intermediate container ID",
            ])
        #expect(try scene.build("FROM child\nRUN echo x\n").output == ["x"])
    }

    @Test func globalArgumentsChooseTheBase() throws {
        let scene = try Scene()
        let dockerfile = "ARG BASE=nosuch\nFROM ${BASE}\nARG BASE\nRUN echo $BASE\n"
        let outcome = try scene.build(dockerfile, arguments: ["BASE": "busybox"])
        #expect(outcome.lines.prefix(2) == ["Step 1/4 : ARG BASE=nosuch", "Step 2/4 : FROM ${BASE}"])
        #expect(outcome.output == ["busybox"])
        #expect(
            (try scene.build(dockerfile).error as? BuildError)?.description.hasPrefix(
                "Unable to find image 'nosuch:latest' locally") == true)
    }

    @Test func variablesAreExpandedOnceForAnInstruction() throws {
        let scene = try Scene()
        let dockerfile = """
            FROM busybox
            ENV abc=hello
            ENV abc=bye def=$abc
            ENV ghi=$abc
            WORKDIR /${def}/${none:-there}
            ARG X=1
            ENV Y=$X
            RUN echo $abc $def $ghi; pwd; echo $X $Y
            ENV X=env
            RUN echo $X
            """
        #expect(
            try scene.build(dockerfile, arguments: ["X": "7"]).output == [
                "bye hello bye", "/hello/there", "7 7", "env",
            ])
    }

    @Test func aCommandsHeredocIsItsScript() throws {
        let scene = try Scene()
        let dockerfile = """
            FROM busybox
            RUN <<EOF
            a=1
            echo $a
            EOF
            RUN <<'P'
            #!/bin/busybox sh
            echo "$0"
            P
            COPY <<A <<"B" /docs/
            $PATH
            A
            $PATH
            B
            RUN cat /docs/B; grep -c /usr /docs/A; stat -c %a /docs/A
            """
        #expect(try scene.build(dockerfile).output == ["1", "/dev/pipes/P", "$PATH", "1", "644"])
    }

    @Test func aNetworkIsTheHostsOrNone() throws {
        let scene = try Scene()
        let dockerfile = "FROM busybox\nRUN ls /sys/class/net\n"
        let host = try scene.build(dockerfile) { $0.network = .unspecified }
        #expect(host.warnings.count == 1 && host.warnings[0].contains("host's network"))
        #expect(host.output.contains("lo"))
        #expect(try scene.build(dockerfile) { ($0.network, $0.usesCache) = (.none, false) }.output == ["lo"])
        #expect(try scene.build("FROM busybox\nRUN --network=none ls /sys/class/net\n").output == ["lo"])
    }

    @Test func whatTheHostGivesAContainerIsInNoLayer() throws {
        let scene = try Scene()
        let outcome = try scene.build("FROM busybox\nRUN cat /etc/hosts > /dev/null; echo mine > /etc/hosts; true\n")
        #expect(outcome.error == nil)
        let image = try scene.image(outcome.id)
        #expect(image.config.history?.last?.emptyLayer == true)
        // What it wrote went to a copy.
        #expect(try Scene.bytes(of: "/etc/hosts") != Array("mine\n".utf8))
    }

    @Test func whatChangesInAVolumeIsLost() throws {
        let scene = try Scene()
        try scene.file("f", "kept\n")
        let dockerfile = """
            FROM busybox
            RUN mkdir /v && echo before > /v/a
            VOLUME /v /new
            RUN echo lost > /v/b; echo lost > /new/c; rm /v/a
            COPY f /v/f
            RUN ls /v /new
            """
        #expect(try scene.build(dockerfile).output == ["/new:", "/v:", "a", "f"])
    }

    @Test func aVolumeIsAFilesystemOfItsOwn() throws {
        let scene = try Scene()
        let dockerfile = """
            FROM busybox
            RUN mkdir -p /a/b/v/s && echo 1 > /a/b/v/f && chmod 1777 /a/b/v && chown 5:6 /a/b/v && ln -s /a/b /l
            VOLUME /a/b/v /l/w /a/b/v/s
            RUN rm -rf /a/b/v 2> /dev/null || stat -c '%a %u:%g' /a/b/v; echo z > /a/b/v/g; ln /a/b/v/g /hard 2>/dev/null || mv /a/b/v/g /moved
            RUN cat /moved /a/b/v/f; ls -d /a/b/w /a/b/v/*
            """
        let outcome = try scene.build(dockerfile)
        #expect(outcome.output == ["1777 5:6", "z", "1", "/a/b/v/f", "/a/b/v/s", "/a/b/w"])
        let image = try scene.image(outcome.id)
        // What was done in the volume has not even copied up the directories above it; a new one is the image's.
        let top = try #require(image.layers.last)
        #expect(try directoryNames(at: top.directory) == ["a", "moved"])
        #expect(try directoryNames(at: top.directory + "/a/b") == ["w"])
        let root = try scene.build("FROM busybox\nVOLUME /\nRUN true\n")
        #expect((root.error as? BuildError)?.description.hasPrefix("VOLUME /: ") == true)
        #expect(scene.unfinished().isEmpty)
    }

    @Test func aBuildThatIsInterruptedWhileALayerIsPackedLeavesNothing() throws {
        let scene = try Scene()
        _ = try scene.build("FROM busybox\n")
        let blobs = scene.engine.store.layout + "/blobs/sha256"
        let before = try directoryNames(at: blobs)
        let (control, images) = (BuildControl(), scene.engine.store.layout)
        let isOver = Mutex(false)
        let watch = try DedicatedThread.start {
            let isPacking = { (try? directoryNames(at: images))?.contains { $0.hasPrefix(".partial-") } == true }
            while !isOver.withLock({ $0 }), !isPacking() { usleep(500) }
            control.interrupt()
        }
        let outcome = try scene.build("FROM busybox\nRUN head -c 64m /dev/urandom > /big\n") { $0.control = control }
        isOver.withLock { $0 = true }
        watch.join()
        #expect(outcome.error is BuildControl.Interruption)
        #expect(!outcome.lines.contains("Removing intermediate container ID"))
        #expect(try directoryNames(at: blobs) == before)
        #expect(scene.unfinished().isEmpty)
    }

    @Test func whatLooksLikeAListIsDoubted() throws {
        let scene = try Scene()
        let outcome = try scene.build("FROM busybox\nCMD ['ls', '-l']\n")
        #expect(
            outcome.warnings == [
                "Dockerfile line 2: CMD ['ls', '-l'] is no JSON and is read as a line of the shell: put \" around each word of "
                    + "the list, and commas between them"
            ])
        #expect(try scene.image(outcome.id).config.config?.cmd == ["/bin/sh", "-c", "['ls', '-l']"])
        let open = try scene.build("FROM busybox\nCMD [\"ls\", \"-l\"\n")
        #expect(
            open.warnings == [
                "Dockerfile line 2: CMD [\"ls\", \"-l\" is no JSON and is read as a line of the shell: end it with ]"
            ])
        #expect(try scene.build("FROM busybox\nRUN [ -d / ] && true\n").warnings == [])
    }

    @Test(
        arguments: [
            ("FROM busybox AS builder\nFROM bulider\n", nil, "locally; did you mean builder?"),
            (
                "FROM busybox AS builder\nFROM busybox\nCOPY --from=biulder / /x\n", nil,
                "locally; did you mean builder?"
            ),
            ("FROM busybx\n", nil, "Unable to find image 'busybx:latest' locally; did you mean busybox?"),
            ("FROM alpin:3.7\n", nil, "locally; did you mean alpine?"),
            ("FROM zzzzzzzz\n", nil, "stand-ins are made for alpine, busybox, debian, gcc, nginx, node, ubuntu"),
            ("FROM busybox AS builder\n", "bulider", "reach build target bulider in Dockerfile: did you mean builder?"),
            ("FROM busybox AS builder\n", "z", "failed to reach build target z in Dockerfile: its stages are builder"),
        ] as [(String, String?, String)])
    func anUnknownNameIsHeldAgainstTheKnownOnes(dockerfile: String, target: String?, sentence: String) throws {
        let outcome = try Scene().build(dockerfile) { $0.target = target }
        #expect((outcome.error as? BuildError)?.description.hasSuffix(sentence) == true, "\(outcome.error as Any)")
    }

    @Test func mountsAreThereForOneCommand() throws {
        let scene = try Scene()
        try scene.file("d/g", "from the context\n")
        try scene.file("key", "secret\n")
        let dockerfile = """
            FROM busybox AS base
            RUN echo staged > /s
            FROM busybox
            RUN --mount=type=tmpfs,target=/t touch /t/x && mount | grep -c ' /t '
            RUN --mount=type=cache,target=/c echo x >> /c/log; wc -l < /c/log
            RUN --mount=target=/src --mount=from=base,source=/s,target=/one cat /src/d/g /one; touch /src/y 2>/dev/null || echo ro
            RUN --mount=type=secret,id=k,required cat /run/secrets/k
            RUN ls -A /t /c /src /run/secrets; echo end
            """
        let secrets = ["k": scene.context + "/key"]
        let first = try scene.build(dockerfile) { $0.secrets = secrets }
        #expect(first.output.prefix(6) == ["1", "1", "from the context", "staged", "ro", "secret"])
        let uncached = try scene.build(dockerfile) { ($0.secrets, $0.usesCache) = (secrets, false) }
        #expect(uncached.output.prefix(2) == ["1", "2"], "the cache stays from build to build")
        #expect(access(scene.context + "/y", F_OK) != 0)
        try scene.file("d/g", "changed\n")
        #expect(try scene.build(dockerfile) { $0.secrets = secrets }.output.first == "changed")
        let missing = try scene.build("FROM busybox\nRUN --mount=type=secret,id=z,required true\n")
        #expect((missing.error as? BuildError)?.description.hasPrefix("secret z not found") == true)
    }
}
