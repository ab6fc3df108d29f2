import Foundation
import Testing

/// Which images are listed, counted and pruned. That Docker says the same is docker_lists.py's business, in Tests/parity.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct DockerListTests {
    /// Three images: `one:1`, `team/two:2`, and one without a name, the youngest.
    private func prepared() throws -> Program {
        let teach = try Program()
        let built = try teach.shell(
            """
            build() { docker build -q --network none "$@" - > /dev/null; sleep 1.1; }
            printf 'FROM busybox\\nLABEL stage=one\\nHEALTHCHECK --timeout=90s CMD true\\nSHELL ["/bin/sh","-e"]\\n' | build -t one:1
            printf 'FROM busybox\\nLABEL stage=two\\nRUN echo 12345 > /two\\n' | build -t team/two:2
            printf 'FROM busybox\\nLABEL x=y\\nRUN echo 1 > /three\\n' | build
            """)
        #expect(built.status == 0, "\(built.errors)")
        return teach
    }

    private func names(_ filters: String..., in teach: Program) throws -> [String] {
        try teach.docker(["images", "--format", "{{.Repository}}:{{.Tag}}"] + filters.flatMap { ["-f", $0] }).lines
    }

    @Test func imagesAreFilteredAndSorted() throws {
        let teach = try prepared()
        defer { teach.remove() }
        #expect(try names(in: teach) == ["<none>:<none>", "team/two:2", "one:1", "busybox:latest"])
        #expect(try names("dangling=true", in: teach) == ["<none>:<none>"])
        #expect(try names("label=stage", in: teach) == ["team/two:2", "one:1"])
        #expect(try names("label=stage=one", "label=teach.stand-in", in: teach) == ["one:1"])
        #expect(try names("before=team/two:2", in: teach) == ["one:1", "busybox:latest"])
        #expect(try names("since=one:1", "dangling=false", in: teach) == ["team/two:2"])
        #expect(try names("reference=*/two", in: teach) == ["team/two:2"])
        #expect(try names("reference=o*", "reference=busybox:*", in: teach) == ["one:1", "busybox:latest"])
        #expect(try teach.docker("images", "-q", "o*").lines.count == 1)
        for (filter, sentence) in [
            ("dangling=maybe", "Error response from daemon: Invalid filter 'dangling=[maybe]'\n"),
            ("reference=[", "Error response from daemon: syntax error in pattern\n"),
            ("nosuch=1", "Error response from daemon: Invalid filter 'nosuch'\n"),
            ("since=nosuch", "Error response from daemon: No such image: nosuch:latest\n"),
        ] { #expect(try teach.docker("images", "-f", filter).errors == sentence) }
        #expect(try teach.docker("images", "-f", "word").status == 125)
        #expect(
            try teach.docker("images", "a", "b").errors.hasPrefix("\"docker images\" requires at most 1 argument.\n"))
    }

    @Test func theConfigAndTheHistoryAreToldWhole() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let inspected = try teach.docker(
            "inspect", "-f", "{{.Config.Healthcheck.Timeout}} {{json .Config.Healthcheck}} {{.Config.Shell}}", "one:1")
        #expect(
            inspected.output == "1m30s {\"Test\":[\"CMD-SHELL\",\"true\"],\"Timeout\":90000000000} [/bin/sh -e]\n")
        let history = try teach.docker("history", "--human=false", "--format", "{{.Size}} {{.CreatedAt}}", "team/two:2")
        #expect(history.lines[0].wholeMatch(of: /6 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil, "\(history.output)")
        let row = try teach.docker("history", "--format", "{{json .}}", "team/two:2").lines[0]
        #expect(row.contains(#""CreatedBy":"/bin/sh -c echo 12345 \u003e /two""#), "as Go's json.Marshal writes it")
    }

    @Test func spaceIsCountedImageByImage() throws {
        let teach = try prepared()
        defer { teach.remove() }
        #expect(try teach.docker("create", "--name", "box", "one:1", "sh").status == 0)
        let details = try teach.docker("system", "df", "-v").lines
        #expect(details.first == "Images space usage:" && details.contains("Build cache usage: 0B"))
        func row(_ name: String) -> [Substring]? { details.first { $0.hasPrefix(name) }?.split(separator: " ") }
        #expect(row("team/two")?.suffix(2) == ["6B", "0"] && row("one")?.suffix(2) == ["0B", "1"], "\(details)")
        #expect(details.contains { $0.contains("one:1") && $0.hasSuffix("box") })
        let format = "{{range .Images}}{{.Tag}} {{.UniqueSize}};{{end}}{{len .Containers}}"
        #expect(
            try teach.docker("system", "df", "-v", "--format", format).output == "<none> 2B;2 6B;1 0B;latest 0B;1\n")
    }

    @Test func aContainerWhoseImageHasLostItsNameIsListedWithTheID() throws {
        let teach = try prepared()
        defer { teach.remove() }
        #expect(try teach.docker("create", "--name", "box", "one:1", "sh").status == 0)
        let id = try teach.docker("inspect", "-f", "{{.Image}}", "box").lines[0]
        let listed = ["ps", "-a", "--format", "{{.Image}}"]
        #expect(try teach.docker(listed).output == "one:1\n")
        #expect(try teach.docker("tag", "team/two:2", "one:1").status == 0)
        #expect(try teach.docker(listed).output == "\(id.dropFirst(7).prefix(12))\n")
        #expect(try teach.docker(listed + ["--no-trunc"]).output == "\(id)\n")
        #expect(try teach.docker("system", "df", "-v").output.contains(" \(id.dropFirst(7).prefix(12)) "))
        #expect(try teach.docker("inspect", "-f", "{{.Image}} {{.Config.Image}}", "box").output == "\(id) one:1\n")
        #expect(try teach.docker("rmi", "one:1").status == 0)
        #expect(try teach.docker(listed).output == "\(id.dropFirst(7).prefix(12))\n")
    }

    @Test func pruneTakesOnlyWhatIsAskedFor() throws {
        let teach = try prepared()
        defer { teach.remove() }
        func prune(_ filters: String...) throws -> Program.Result {
            try teach.docker(["image", "prune", "-f"] + filters.flatMap { ["--filter", $0] })
        }
        let nothing = "Total reclaimed space: 0B\n"
        for filter in ["label=nope", "label!=x", "label!=x=y", "until=1h", "until=2001-02-03T04:05", "until=981173100"]
        {
            #expect(try prune(filter).output == nothing, "\(filter)")
        }
        #expect(
            try prune("until=bogus").errors
                == "Error response from daemon: failed to parse value as time or duration: \"bogus\"\n")
        #expect(try prune("label=x=y", "until=1ms").output.hasSuffix("Total reclaimed space: 2B\n"))
        #expect(try prune("dangling=false", "label=stage=two").output.contains("untagged: team/two:2\n"))
        #expect(try names(in: teach) == ["one:1", "busybox:latest"])
    }
}
