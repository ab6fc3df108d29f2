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

    @Test func aDockerfileComesFromStandardInput() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell("printf 'FROM busybox\\nRUN echo from there\\n' | docker build --network none -")
        #expect(result.status == 0)
        #expect(result.lines.contains("from there"))
    }

    @Test(
        arguments: [
            ([], 1, "\"docker build\" requires exactly 1 argument."),
            (
                ["-t", "Upper", "."], 125,
                "invalid argument \"Upper\" for \"-t, --tag\" flag: invalid reference format: "
                    + "repository name must be lowercase"
            ),
            (["/nonexistent"], 1, "unable to prepare context: path \"/nonexistent\" not found"),
            (["--network", "mine", "."], 1, "network mine not found"),
            (["--label", "=x", "."], 125, "invalid argument \"=x\" for \"--label\" flag"),
        ] as [([String], Int32, String)])
    func mistakesAreToldInDockersWords(arguments: [String], status: Int32, sentence: String) throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.docker(["build"] + arguments)
        #expect(result.status == status)
        #expect(result.errors.hasPrefix(sentence))
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
    }
}
