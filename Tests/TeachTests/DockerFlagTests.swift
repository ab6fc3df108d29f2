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
}
