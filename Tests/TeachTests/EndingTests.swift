import CTracing
import Foundation
import Glibc
import Recording
import Testing

/// How teach ends when it is not left to end by itself.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct EndingTests {
    /// Nothing is left, and the record is sound.
    private func expectNothingIsLeft(_ teach: Program, _ last: RunStatus? = nil) throws {
        #expect(try teach("clean").output == "nothing was left\n")
        let recording = try Recording(at: teach.home + "/home/recordings.sqlite")
        #expect(try recording.integrityProblems() == [])
        if let last { #expect(try recording.run().status == last) }
    }

    @Test func aReaderThatGoesAwayEndsTheRunQuietly() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell("{ teach run lesson3; echo $? > \"$TEACH_HOME/../status\"; } | head -n 1")
        #expect(result.errors.isEmpty)
        #expect(try String(contentsOfFile: teach.home + "/status", encoding: .utf8) == "141\n", "128 + SIGPIPE")
        try expectNothingIsLeft(teach, .interrupted)

        #expect(try teach("run", "lesson3").status == 0)
        let events = try teach.shell(
            "{ teach events last --json; echo $? > \"$TEACH_HOME/../status\"; } | head -n 1")
        #expect(events.errors.isEmpty)
        #expect(events.lines.count == 1)
        #expect(try String(contentsOfFile: teach.home + "/status", encoding: .utf8) == "141\n")
        try expectNothingIsLeft(teach, .finished)
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
    func aSignalEndsTheRunInOrder(signal: Int32, status: Int32) throws {
        let teach = try Program()
        defer { teach.remove() }
        // The signal comes while a step runs: when the first container is there.
        let result = try teach.shell(
            """
            teach run lesson3 > /dev/null & pid=$!
            until ls "$TEACH_HOME"/runs/*/containers/*/container.json > /dev/null 2>&1; do sleep 0.01; done
            kill -\(signal) $pid; wait $pid
            """)
        // A shell starts what runs in the background with SIGINT ignored, and what is ignored stays so (sh(1)).
        if signal == SIGINT {
            #expect(result.status == 0)
        } else {
            #expect(result.status == status)
            #expect(result.errors.contains("interrupted; what had been recorded is kept"))
        }
        try expectNothingIsLeft(teach, signal == SIGINT ? .finished : .interrupted)
    }

    @Test func anInterruptedRunTakesAwayTheCgroupsThatNobodyUses() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell(
            """
            docker run --name gone busybox sleep 1000 & docker=$!
            until [ -n "$(docker ps -q)" ] || ! kill -0 $docker; do sleep 0.01; done
            kill -KILL $docker; wait $docker 2>/dev/null
            teach run lesson3 > /dev/null & pid=$!
            until ls "$TEACH_HOME"/runs/*/containers/*/container.json > /dev/null 2>&1 || ! kill -0 $pid; do
                sleep 0.01
            done
            kill -TERM $pid; wait $pid
            """)
        #expect(result.status == 143)
        #expect(result.errors.contains("has left a container that nobody runs, a cgroup;"), "\(result.errors)")
        let cleaned = try teach("clean").output
        #expect(cleaned.contains("gone") && !cleaned.contains("cgroup"), "\(cleaned)")
    }

    /// A step that does not end when it is asked to: one line says what is being stopped, and what else there is to do.
    @Test func theFirstCtrlCSaysWhatItStopsAndTheSecondKillsIt() throws {
        let teach = try Program()
        defer { teach.remove() }
        let file = teach.home + "/stubborn.md"
        let lesson = """
            ---
            id: stubborn
            title: Stubborn
            summary: A step that does not end.
            slides: [57]
            image: lesson3
            ---

            # Stubborn

            ## It does not listen

            ```sh run stubborn
            trap '' TERM; touch "$TEACH_HOME/begun"; sleep 1000 & while :; do wait; done
            ```
            """
        try lesson.write(toFile: file, atomically: false, encoding: .utf8)
        // A shell starts what runs in the background with SIGINT ignored (sh(1)): so teach takes the shell's own place.
        let result = try teach.shell(
            """
            {
                until [ -e "$TEACH_HOME/begun" ]; do sleep 0.01; done
                kill -INT $$
                until grep -q stopping "$TEACH_HOME"/../stderr-*; do sleep 0.01; done
                kill -INT $$
            } &
            exec env --default-signal=INT teach run \(file) > /dev/null
            """)
        #expect(result.status == 130)
        #expect(
            result.errors.split(separator: "\n") == [
                "teach: stopping step 1, It does not listen; a second Ctrl-C kills it",
                "teach: interrupted; what had been recorded is kept",
            ])
        try expectNothingIsLeft(teach, .interrupted)
    }

    /// Runs a program on a terminal of its own and takes the terminal away once `isReady`.
    private func onVanishingTerminal(
        _ teach: Program, _ command: String, until isReady: () -> Bool
    ) throws -> (status: Int32, said: String) {
        var name = [CChar](repeating: 0, count: 128)
        let main = tracing_terminal(&name, name.count)
        try #require(main >= 0)
        let terminal = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let ended = DispatchSemaphore(value: 0)
        let result = Box()
        Thread.detachNewThread {
            result.value = try? teach.shell(
                "setsid --ctty --wait \(command) < \(terminal) > \(terminal) 2> \"$TEACH_HOME/../said\""
                    + "; echo $? > \"$TEACH_HOME/../status\"")
            ended.signal()
        }
        while !isReady() {
            // What the terminal shows has to be read, or its writer waits.
            var waiting = pollfd(fd: main, events: Int16(POLLIN), revents: 0)
            var buffer = [UInt8](repeating: 0, count: 4096)
            if poll(&waiting, 1, 10) == 1 { _ = read(main, &buffer, buffer.count) }
        }
        close(main)
        ended.wait()
        func text(_ name: String) -> String {
            (try? String(contentsOfFile: teach.home + "/" + name, encoding: .utf8)) ?? ""
        }
        return (Int32(text("status").trimmingCharacters(in: .newlines)) ?? -1, text("said"))
    }

    private final class Box: @unchecked Sendable { var value: Program.Result? }

    @Test func aTerminalThatVanishesEndsTheRunInOrder() throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach("run", "lesson3", "--step", "1").status == 0)
        let runs = teach.home + "/home/runs"
        let (status, said) = try onVanishingTerminal(teach, "teach run lesson3") {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: runs)) ?? []
            return names.contains {
                !((try? FileManager.default.contentsOfDirectory(atPath: "\(runs)/\($0)/containers")) ?? []).isEmpty
            }
        }
        #expect(status == 129, "\(said)")
        #expect(said.contains("interrupted; what had been recorded is kept"))
        try expectNothingIsLeft(teach, .interrupted)
    }

    @Test func aTerminalThatVanishesEndsAContainer() throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach("run", "lesson3", "--step", "1").status == 0)
        let (status, said) = try onVanishingTerminal(teach, "docker run --name box lesson3 sleep 1000") {
            (try? teach.docker("ps", "-q").lines.count) == 1
        }
        #expect(status == 137, "\(said)")
        #expect(try teach.docker("ps", "-a").output.contains("Exited (137)"))
        try expectNothingIsLeft(teach)
    }

    @Test func aContainerWhoseDockerIsKilledDiesAndIsToldOf() throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach("run", "lesson3", "--step", "1").status == 0)
        let result = try teach.shell(
            """
            docker run --name kept lesson3 sleep 1000 & first=$!
            docker run --name passing --rm lesson3 sleep 1000 & second=$!
            until [ "$(docker ps -q | wc -l)" = 2 ]; do sleep 0.01; done
            docker rm kept; docker start -a kept
            kill -9 $first $second; wait
            until [ -z "$(docker ps -q 2> /dev/null)" ]; do sleep 0.01; done
            docker ps -a
            """)
        #expect(result.errors.contains("You cannot remove a running container"))
        #expect(result.errors.contains("the container kept is running already"))
        #expect(result.lines.count { $0.contains("Exited (255)") } == 2, "\(result.output)")
        let next = try teach("list")
        #expect(
            next.errors.firstMatch(
                of: #/an interrupted command has left .*2 containers that nobody runs.*; `teach clean` clears up/#)
                != nil,
            "\(next.errors)")
        let clean = try teach("clean")
        #expect(clean.output.contains("the container passing, which was to be removed when it ends"))
        #expect(try teach.docker("ps", "-a").lines.count { $0.contains("kept") && $0.contains("Exited (255)") } == 1)
        #expect(!(try teach.docker("ps", "-a").output.contains("passing")))
        #expect(try teach.docker("rm", "kept").output == "kept\n")
        try expectNothingIsLeft(teach)
    }

    @Test func aDownloadOfBusyboxDiesWithWhoWantedIt() throws {
        let teach = try Program()
        defer { teach.remove() }
        // On a host without a busybox, whose apt-get comes to no end.
        let result = try teach.shell(
            """
            mkdir -p "$TEACH_HOME" "$OUT/bin"; cd "$OUT"
            printf '%s\n' '#!/bin/sh' 'exec 9> "$OUT/lock"; flock 9; echo $$ > "$OUT/begun"; exec sleep 1000' > bin/apt-get
            chmod +x bin/apt-get; printf 'FROM busybox\n' > Dockerfile; printf none > none
            export PATH="$OUT/bin:$PATH"
            unshare -m --propagation private sh -c '
                for host in /bin/busybox /usr/bin/busybox /usr/local/bin/busybox; do
                    if [ -e $host ]; then mount --bind none $host; fi
                done
                exec docker build . > out' & build=$!
            until [ -s begun ] || ! kill -0 $build; do sleep 0.01; done
            kill -9 $build; wait $build; echo $?; flock -w 30 lock echo ended || kill -9 $(cat begun)
            """, environment: ["OUT": teach.home])
        #expect(result.lines == ["137", "ended"], "\(result.errors)")
        #expect(try teach("clean").status == 0)
        try expectNothingIsLeft(teach)
    }

    @Test func aBuildWhoseReaderHasStoppedEndsAtTheFirstSignal() throws {
        let teach = try Program()
        defer { teach.remove() }
        // A step that is longer than what a pipe holds, and a reader of its beginning alone.
        let result = try teach.bash(
            """
            { echo FROM scratch; printf 'LABEL a='; head -c 200000 /dev/zero | tr '\\0' x; echo; } > Dockerfile
            mkfifo pipe; exec 3<> pipe
            docker build . > pipe 3<&- & build=$!
            for _ in 1 2 3; do read -u 3 -r line; done; read -u 3 -r -N 8 line; echo "$line"
            { for _ in {1..300}; do sleep 0.1; done; kill -9 $build; } 2> /dev/null & late=$!
            kill -TERM $build; wait $build; echo $?
            kill -9 $late
            """)
        #expect(result.lines == ["Step 2/2", "143"], "\(result.errors)")
    }
}
