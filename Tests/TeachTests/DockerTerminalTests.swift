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
        let lines = try lines("echo | docker run --rm -ti busybox true 2>&1; echo $?; docker ps -aq | wc -l")
        #expect(lines.count == 3 && lines[0].hasSuffix("the input device is not a TTY"), "\(lines)")
        #expect(lines.dropFirst() == ["1", "0"])
    }
}
