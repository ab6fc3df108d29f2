import Foundation
import Testing

/// `docker run -t`: a terminal of the container's own. script(1) gives docker one to run in.
@Suite(.enabled(if: isRoot, "containers are made as root")) struct DockerTerminalTests {
    private func lines(_ script: String) throws -> [String] {
        let teach = try Program()
        defer { teach.remove() }
        _ = try teach.bash("docker run --rm busybox true")
        return try teach.bash(script).output.components(separatedBy: .newlines).map {
            $0.trimmingCharacters(in: .whitespaces)
        }.filter { !$0.isEmpty }
    }

    @Test func theContainerHasATerminalOfItsOwn() throws {
        let lines = try lines(
            """
            docker run --rm -t busybox sh -c 'tty; echo $TERM; echo to the same one >&2; ps -o tty,args | grep -c "136,0 *ps"; exit 3' \
                | od -c | grep -c '\\\\r  *\\\\n'; docker run --rm -t busybox sh -c 'tty; echo $TERM; echo also >&2'
            docker create -t --name kept busybox tty > /dev/null
            docker inspect -f '{{.Config.Tty}}' kept; docker start -a kept; docker start -a kept
            """)
        #expect(lines.dropFirst() == ["/dev/pts/0", "xterm", "also", "true", "/dev/pts/0", "/dev/pts/0"], "\(lines)")
        #expect((Int(lines.first ?? "") ?? 0) > 0, "lines end as on a terminal")
    }

    @Test func whatIsTypedGoesInAndTheSizeFollows() throws {
        let lines = try lines(
            """
            cat > keys <<'END'
            stty rows 33 cols 77
            docker run --rm -ti --name typed busybox sh -c 'stty size; read word; echo "got $word"; exit 5'
            echo "status $?"; stty -a | grep -oE ' (icanon|echo)( |$)' | xargs
            END
            (until docker ps --format '{{.Names}}' | grep -q typed; do sleep 0.1; done; sleep 0.3; printf 'hello\\r'; sleep 1) \
                | script -qec 'bash keys' /dev/null
            """)
        #expect(lines.contains("33 77") && lines.contains("got hello") && lines.contains("status 5"), "\(lines)")
        #expect(lines.last == "icanon echo", "the caller's terminal is as it was: \(lines)")
    }

    @Test func anInterruptIsTheContainers() throws {
        let lines = try lines(
            """
            (until docker ps --format '{{.Names}}' | grep -q held; do sleep 0.1; done; sleep 0.3; printf '\\003'; sleep 1) | script -qec \
                "docker run --rm -ti --name held busybox sh -c 'trap \\"echo caught; exit 4\\" INT; while :; do sleep 0.1; done'; echo status \\$?" /dev/null
            """)
        #expect(lines.contains { $0.hasSuffix("caught") } && lines.last == "status 4", "\(lines)")
    }

    @Test func anInputThatIsNoTerminalIsRefused() throws {
        let lines = try lines("echo | docker run -ti busybox true 2>&1; echo $?; docker ps -aq | wc -l")
        #expect(lines.count == 3 && lines[0].hasSuffix("the input device is not a TTY"), "\(lines)")
        #expect(lines.dropFirst() == ["1", "0"])
    }

    /// More than the terminals hold, in both directions at once.
    @Test func whatIsPastedHoldsUpNothing() throws {
        let lines = try lines(
            """
            cat > keys <<'END'
            docker run --rm -ti --name pasted busybox sh -c 'stty raw -echo; head -c 200000 | tee /dev/tty | tr -d "\\n" | wc -c; exit 6'
            echo "status $?"
            END
            (until docker ps --format '{{.Names}}' | grep -q pasted; do sleep 0.1; done; sleep 1
                yes 'a line that is pasted' | head -c 200000; sleep 3) | script -qec 'bash keys' /dev/null | tail -c 60
            """)
        #expect(lines.last == "status 6", "\(lines)")
    }

    /// Nobody has the terminal open for a while, and then somebody has.
    @Test func aTerminalThatNobodyHasOpenIsThereStill() throws {
        let lines = try lines(
            "docker run --rm -t busybox sh -c 'exec < /dev/null > /log 2>&1; sleep 1; echo done > /dev/tty; exit 2'; echo $?"
        )
        #expect(lines == ["done", "2"], "\(lines)")
    }

    @Test func whatLiesInAMountIsMountedAfterIt() throws {
        let lines = try lines(
            """
            mkdir -p outer/x inner; touch outer/of-outer inner/of-inner
            docker run --rm -v "$PWD/inner:/data/x" -v "$PWD/outer:/data" busybox ls /data /data/x
            """)
        #expect(lines == ["/data:", "of-outer", "x", "/data/x:", "of-inner"], "\(lines)")
    }
}
