import Foundation
import Testing

/// What the command line of Docker takes besides: values of flags, its version, and what prunes containers.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct DockerFlagTests {
    @Test func aFlagMayHaveAValue() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell(
            """
            printf 'FROM busybox\nRUN echo 1\n' > "$OUT/Dockerfile"
            docker build -q --pull=false --network none "$OUT" >/dev/null
            docker build --no-cache=true --rm=false --network none "$OUT" | grep -c 'Using cache'
            docker build -q --rm=0 --network none "$OUT" 2>&1 >/dev/null | grep -c 'containers of a build always go'
            docker build -q --rm=0 --rm --network none "$OUT" 2>&1 >/dev/null | grep -c 'containers of a build always go'
            docker build --no-cache --no-cache=0 --force-rm=T --network none "$OUT" | grep -c 'Using cache'
            docker run --rm=true busybox echo --rm=false --x=true
            docker run --rm=false --name kept busybox true
            docker ps -a=true --no-trunc=false -q=FALSE | grep -c kept
            """, environment: ["OUT": teach.home])
        #expect(result.lines == ["0", "1", "0", "1", "--rm=false --x=true", "1"], "\(result.errors)")
        let wrong = try teach.docker("build", "--pull=maybe", ".")
        #expect(wrong.status == 125)
        #expect(
            wrong.errors
                == "invalid argument \"maybe\" for \"--pull\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax\n"
                + "See 'docker build --help'.\n")
    }

    /// Each as Docker's client takes it, which was asked.
    @Test func theLastOfEitherSpellingCounts() throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach.docker("create", "--name", "made", "busybox").status == 0)
        let id = try teach.docker("ps", "-aq").output
        #expect(id.count == 13)
        let lists: [([String], String)] = [
            (["-q", "-a", "--all=false"], ""), (["-q", "--all=false", "-a"], id), (["-aq", "--all=false"], ""),
            (["-qa=false"], ""), (["-qa=true"], id), (["-aq", "--quiet=false", "-q", "--all"], id),
            (["-q", "-a", "--all=0", "--all=T"], id),
            // What looks like a flag is another option's value.
            (["-a", "--no-trunc=true", "--format=--all=false"], "--all=false\n"),
        ]
        for (options, output) in lists {
            let result = try teach.docker(["ps"] + options)
            #expect(result.output == output && result.status == 0, "\(options): \(result.errors)")
        }
        try "FROM scratch\nLABEL a=b\n".write(toFile: teach.home + "/Dockerfile", atomically: true, encoding: .utf8)
        #expect(try teach.docker("build", "-q", "--quiet=false", teach.home).lines.contains("Step 1/2 : FROM scratch"))
        #expect(try teach.docker("build", "--quiet=false", teach.home, "-q").lines.count == 1)
        let run = try teach.docker("run", "--rm=false", "-e", "A=--rm", "--rm", "busybox", "echo", "--rm=false", "--rm")
        #expect(run.output == "--rm=false --rm\n")
        #expect(try teach.docker("ps", "-aq").output == id)
        let dangling = try teach.docker("images", "--quiet=false", "-aqf", "dangling=true", "--all=false")
        #expect(dangling.status == 0 && dangling.lines.count == 1, "\(dangling.errors)")
        let wrong = try teach.docker("ps", "--quiet=maybe").errors
        #expect(wrong.hasPrefix("invalid argument \"maybe\" for \"-q, --quiet\" flag: "))
        #expect(try teach.docker("ps", "-a=false", "--nosuch").errors.hasPrefix("unknown flag: --nosuch\n"))
    }

    /// As Docker's client does it, which was asked: the next word is the value, whatever it looks like.
    @Test func aValueMayLookLikeAnOption() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.bash(
            """
            docker run --rm busybox true 2> /dev/null
            docker run -e --rm --name kept busybox sh -c 'env | grep -c -e --rm'; docker ps -aq | wc -l; docker rm kept
            docker run --rm -ie -- busybox echo --rm=x -e --name; docker run --rm -e --rm=false -e A busybox echo ran
            docker ps -aq | wc -l; docker run --label --all --name made busybox true; docker ps -aq --format --quiet
            docker inspect -f '{{json .Config.Labels}}' made | grep -c '"--all":""'
            """)
        #expect(result.errors.isEmpty, "\(result.errors)")
        #expect(result.lines == ["0", "1", "kept", "--rm=x -e --name", "ran", "0", "--quiet", "1"], "\(result)")
        for (words, sentence) in [
            (["run", "--name", "--x", "busybox", "true"], "docker: Invalid container name (--x)"),
            (["ps", "--all="], #"invalid argument "" for "-a, --all" flag: strconv.ParseBool: parsing "": invalid"#),
            (["ps", "-a="], "unknown shorthand flag: '=' in -=\nSee 'docker ps --help'."),
        ] {
            let refused = try teach.docker(words)
            #expect(refused.status == 125 && refused.errors.hasPrefix(sentence), "\(words): \(refused)")
        }
    }

    @Test(arguments: ["--version", "-v"])
    func theVersionHasOneLine(option: String) throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.docker(option)
        #expect(result.status == 0 && result.lines.count == 1 && result.output.hasPrefix("Docker version "))
    }

    @Test func stoppedContainersArePruned() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.bash(
            """
            docker container prune -f
            docker run --name ran -l keep=no busybox sh -c 'printf 12345 > /f'
            docker create --name made -l keep=yes busybox > /dev/null
            docker run --name runs busybox sleep 60 & run=$!
            until [ "$(docker inspect -f '{{.State.Running}}' runs 2>/dev/null)" = true ]; do sleep 0.05; done
            ran=$(docker inspect -f '{{.Id}}' ran); made=$(docker inspect -f '{{.Id}}' made)
            echo n | docker container prune
            docker container prune -f --filter label=keep=no | sed "s/$ran/RAN/"
            docker container prune --force --filter until=1h
            docker container prune -f=true | sed "s/$made/MADE/"
            docker ps -a --format '{{.Names}}'
            docker rm -f runs; wait $run
            docker container prune -f --filter nosuch=1
            """)
        #expect(
            result.lines == [
                "Total reclaimed space: 0B", "WARNING! This will remove all stopped containers.",
                "Are you sure you want to continue? [y/N] Total reclaimed space: 0B", "Deleted Containers:", "RAN",
                "Total reclaimed space: 5B", "Total reclaimed space: 0B", "Deleted Containers:", "MADE",
                "Total reclaimed space: 0B", "runs", "runs",
            ])
        #expect(result.errors.hasSuffix("Error response from daemon: Invalid filter 'nosuch'\n"))
    }

    @Test func aContainerThatCannotBePrunedKeepsNoOtherFromIt() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.bash(
            """
            for name in first second third; do docker create --name $name busybox > /dev/null; done
            id() { docker inspect -f '{{.Id}}' $1; }; first=$(id first) second=$(id second) third=$(id third)
            # The second cannot be moved aside, and nobody can tell how large the first is.
            cd home/containers; mkdir -p .gone-$second/in-the-way; rm -r $first/upper
            docker container prune -f | sed "s/$first/FIRST/; s/$second/SECOND/; s/$third/THIRD/"; echo ${PIPESTATUS[0]}
            docker ps -a --format '{{.Names}}'
            """)
        #expect(
            result.lines == [
                "Deleted Containers:", "THIRD", "FIRST", "Total reclaimed space: 0B", "1", "second",
            ], "\(result.errors)")
        #expect(result.errors.contains("rename"))
    }
}
