import Foundation
import Testing

/// `docker build -` with a tar: the whole context on standard input. Each as Docker 20.10 does it, which was asked.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct DockerContextTests {
    @Test(arguments: ["cat", "gzip", "bzip2", "xz"])
    func aTarIsTheContext(filter: String) throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell(
            """
            mkdir "$OUT/c" && cd "$OUT/c" && echo 1 > f && echo g > .dockerignore && touch g
            printf 'FROM busybox\nCOPY . /x\nRUN ls -A /x\n' > Dockerfile
            mkdir s && printf 'FROM busybox\nCOPY f /x\n' > s/other
            tar c . | \(filter) | docker build --network none -t whole - | sed -n '/Running/,/Removing/p' | grep -v ' '
            tar c . | \(filter) | docker build -f s/other -t named - | tail -1
            tar c . | \(filter) | docker build -f s/other - | grep -c 'Using cache'
            tar c . | \(filter) | docker build -f nope -; echo $?
            tar c f | \(filter) | docker build -; echo $?
            find "$TEACH_HOME" -name '.partial-*'
            """, environment: ["OUT": teach.home])
        #expect(
            result.lines == [
                ".dockerignore", "Dockerfile", "f", "g", "s", "Successfully tagged named:latest", "1", "1", "1",
            ], "\(result.errors)")
        #expect(
            result.errors.split(separator: "\n").filter { $0.hasPrefix("Error") } == [
                "Error response from daemon: Cannot locate specified Dockerfile: nope",
                "Error response from daemon: Cannot locate specified Dockerfile: Dockerfile",
            ])
    }

    @Test func noLinkOfATarLeadsOut() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell(
            """
            mkdir "$OUT/c" && cd "$OUT/c" && echo 'FROM busybox' > ../secret
            ln -s ../secret Dockerfile; tar c . | docker build -
            rm Dockerfile; ln -s .. up; printf 'FROM busybox\nCOPY up/secret /x\n' > Dockerfile; tar c . | docker build -
            printf 'FROM busybox\nCOPY . /x\n' > Dockerfile
            tar cP --transform 's,^secret,../secret,' -C .. secret | docker build -
            head -c 300000 /dev/urandom > big; tar cz . | head -c 100000 | docker build -
            find "$TEACH_HOME" -name '.partial-*'
            """, environment: ["OUT": teach.home])
        #expect(result.lines.allSatisfy { !$0.contains(".partial-") })
        let errors = result.errors.split(separator: "\n").filter { $0.hasPrefix("Error") || $0.hasPrefix("COPY") }
        #expect(errors.count == 4, "\(errors)")
        #expect(errors.first == "Error response from daemon: Cannot locate specified Dockerfile: Dockerfile")
        #expect(errors.dropFirst().first?.hasPrefix("COPY failed: file not found in build context") == true)
        #expect(errors.dropFirst(2).first?.hasSuffix("climbs with ..: it would leave the image") == true)
        #expect(errors.last?.hasSuffix("truncated gzip input") == true)
    }

    @Test(arguments: [["-"], ["-f", "-", "."]])
    func whoWaitsForStandardInputCanBeEnded(words: [String]) throws {
        let teach = try Program()
        defer { teach.remove() }
        // The pipe has a writer as long as the script runs.
        let result = try teach.bash(
            """
            mkfifo pipe; exec 3<>pipe
            docker build \(words.joined(separator: " ")) <pipe & build=$!
            for turn in $(seq 100); do grep -qs poll /proc/$build/wchan && break; sleep 0.05; done
            kill -TERM $build; wait $build; echo $?
            """)
        #expect(result.lines == ["143"], "\(result.errors)")
    }

    @Test func whatIsNoDockerfileIsNeitherOpenedNorReadToItsEnd() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell(
            """
            mkdir "$OUT/c" && cd "$OUT/c" && mkfifo Dockerfile
            tar c . | timeout 60 docker build -; echo $?
            timeout 60 docker build - < /dev/zero; echo $?
            """, environment: ["OUT": teach.home])
        #expect(result.lines == ["1", "1"])
        #expect(
            result.errors == """
                Error response from daemon: Cannot locate specified Dockerfile: Dockerfile
                the Dockerfile is larger than 16 MiB

                """)
    }

    @Test func standardInputIsReadOnce() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.docker("build", "-f", "-", "-")
        #expect(result.status == 1)
        #expect(result.errors == "invalid argument: can't use stdin for both build context and dockerfile\n")
        let digest = try teach.docker("build", "-t", "a@sha256:" + String(repeating: "0", count: 64), "-")
        #expect(digest.errors == "Error response from daemon: build tag cannot contain a digest\n")
    }
}
