import Foundation
import Testing

/// The docker verbs over images, against what Docker 20.10 does; `make parity` asks a real engine.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct DockerImageTests {
    /// A home with the images busybox and lesson3.
    private func prepared() throws -> Program {
        let teach = try Program()
        #expect(try teach("run", "lesson3", "--step", "1").status == 0)
        return teach
    }

    private func contents(_ teach: Program) throws -> [String] {
        try ["layers", "images/blobs/sha256"].flatMap { folder in
            try FileManager.default.contentsOfDirectory(atPath: "\(teach.home)/home/\(folder)").map {
                "\(folder)/\($0)"
            }
        }.sorted()
    }

    private func id(_ image: String, _ teach: Program) throws -> String {
        try teach.docker("inspect", "-f", "{{.Id}}", image).output.trimmingCharacters(in: .newlines)
    }

    // MARK: - Names and removal

    @Test func aNameIsGivenAndTaken() throws {
        let teach = try prepared()
        defer { teach.remove() }
        #expect(try teach.docker("tag", "busybox", "a/b:2").output.isEmpty)
        #expect(try id("a/b:2", teach) == id("busybox", teach))
        #expect(try teach.docker("rmi", "a/b:2").output == "Untagged: a/b:2\n")
        #expect(try teach.docker("images", "-q", "a/b").output.isEmpty)

        let missing = try teach.docker("tag", "nosuch", "x")
        #expect(missing.status == 1 && missing.errors == "Error response from daemon: No such image: nosuch:latest\n")
        let malformed = try teach.docker("tag", "busybox", "X")
        #expect(malformed.status == 1)
        #expect(
            malformed.errors
                == "Error parsing reference: \"X\" is not a valid repository/tag: invalid reference format: "
                + "repository name must be lowercase\n")
    }

    @Test func removalFreesExactlyWhatNothingElseUses() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let lesson = try id("lesson3", teach)
        #expect(try teach.docker("rmi", "busybox").lines.count == 2, "lesson3 stands on its layer")
        let removed = try teach.docker("rmi", String(lesson.dropFirst(7).prefix(12)))
        #expect(removed.status == 0)
        #expect(removed.lines.prefix(2) == ["Untagged: lesson3:latest", "Deleted: \(lesson)"])
        #expect(removed.lines.count == 5 && removed.lines.dropFirst(2).allSatisfy { $0.hasPrefix("Deleted: sha256:") })
        #expect(try contents(teach).isEmpty)
        let again = try teach.docker("rmi", "lesson3")
        #expect(again.status == 1 && again.errors == "Error: No such image: lesson3\n")
        #expect(try teach.docker("rmi", "-f", "lesson3").status == 0)
    }

    @Test func aContainerStandsInTheWay() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let box = String(try teach.docker("create", "--name", "box", "lesson3").output.prefix(12))
        let image = try id("lesson3", teach)
        let short = String(image.dropFirst(7).prefix(12))
        let byName = try teach.docker("rmi", "lesson3")
        #expect(byName.status == 1)
        #expect(
            byName.errors == "Error response from daemon: conflict: unable to remove repository reference \"lesson3\" "
                + "(must force) - container \(box) is using its referenced image \(short); "
                + "`docker rm box` removes the container\n")
        let byID = try teach.docker("rmi", short)
        #expect(
            byID.errors
                == "Error response from daemon: conflict: unable to delete \(short) (must be forced) - image is "
                + "being used by stopped container \(box); `docker rm box` removes the container\n")
        #expect(try teach.docker("tag", "lesson3", "other").status == 0)
        #expect(try teach.docker("rmi", "lesson3").output == "Untagged: lesson3:latest\n", "it has another name")
        #expect(try teach.docker("tag", "other", "third:1").status == 0)
        let several = try teach.docker("rmi", short)
        #expect(
            several.errors
                == "Error response from daemon: conflict: unable to delete \(short) (must be forced) - image is "
                + "referenced in multiple repositories\n")

        let forced = try teach.docker("rmi", "-f", short)
        #expect(Set(forced.lines) == ["Untagged: other:latest", "Untagged: third:1", "Deleted: \(image)"])
        #expect(try teach.docker("start", "-a", "box").status == 0, "its layers stay")
        #expect(try teach.docker("rm", "box").status == 0)
        #expect(try contents(teach).filter { $0.hasPrefix("layers") }.count == 1, "busybox's alone")
    }

    @Test func theImageOfAContainerThatRunsStays() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try teach.bash(
            """
            docker run --name box busybox sleep 60 & run=$!
            until [ "$(docker inspect -f '{{.State.Running}}' box 2>/dev/null)" = true ]; do sleep 0.05; done
            docker rmi $(docker images -q busybox); docker rmi -f $(docker images -q busybox); docker rmi -f busybox
            docker images --format '{{.Repository}}' --filter dangling=true
            docker rm -f box; wait $run; docker image prune -f | tail -1
            """)
        let errors = result.errors.split(separator: "\n")
        #expect(errors.count == 2)
        #expect(errors.allSatisfy { $0.contains("(cannot be forced) - image is being used by running container") })
        #expect(result.lines == ["Untagged: busybox:latest", "<none>", "box", "Total reclaimed space: 0B"])
    }

    @Test func pruneAsksAndTellsWhatItFreed() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try teach.bash(
            """
            docker run --name one busybox sh -c 'head -c 1500 /dev/zero > /zeros'; docker commit one new > first
            docker commit -m again one new > second; docker rm one
            docker image prune < /dev/null; echo; echo n | docker image prune; echo; echo y | docker image prune
            docker image prune -a -f | tail -1; docker images -q
            """)
        #expect(result.errors.isEmpty)
        let asked =
            "WARNING! This will remove all dangling images.\nAre you sure you want to continue? [y/N] "
            + "Total reclaimed space: 0B\n\n"
        let text = result.output.replacing(#/sha256:[0-9a-f]{64}\n/#, with: "ID\n")
        #expect(text.hasPrefix("one\n" + asked + asked), "\(text)")
        // Both images have one layer in common, which the first alone does not free.
        #expect(text.contains("[y/N] Deleted Images:\ndeleted: ID\n\nTotal reclaimed space: 0B\n"), "\(text)")
        #expect(text.hasSuffix("B\n") && !text.hasSuffix("space: 0B\n"), "\(text)")
        #expect(try contents(teach).isEmpty)
    }

    @Test func diskUsageCountsSharedLayersOnce() throws {
        let teach = try prepared()
        defer { teach.remove() }
        #expect(try teach.docker("run", "--name", "box", "lesson3", "sh", "-c", "echo 12345 > /six").status == 0)
        let lines = try teach.docker("system", "df").lines.map {
            $0.split(separator: #/ {2,}/#).map(String.init)
        }
        #expect(lines[0] == ["TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"])
        let size = try teach.docker("inspect", "-f", "{{.Size}}", "lesson3").output
        let total = try #require(Double(size.trimmingCharacters(in: .newlines)))
        #expect(lines[1].prefix(4) == ["Images", "2", "1", String(format: "%.4gMB", total / 1e6)])
        #expect(lines[2] == ["Containers", "1", "0", "6B", "6B (100%)"])
        #expect(lines[3] == ["Local Volumes", "0", "0", "0B", "0B"])
        let types = try teach.docker("system", "df", "--format", "{{.Type}}:{{.TotalCount}}")
        #expect(types.lines == ["Images:2", "Containers:1", "Local Volumes:0", "Build Cache:0"])
    }

    // MARK: - Looking

    @Test func imagesNamesTheStandInsBesideDockersTable() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let table = try teach.docker("images")
        #expect(table.lines.count == 3 && table.lines[0].hasPrefix("REPOSITORY   TAG"))
        #expect(
            table.errors == "busybox:latest is a stand-in for the image of Docker Hub, made from packages; "
                + "`docker inspect busybox:latest` tells which, in which versions, and what differs\n")
        for arguments in [["-q"], ["--format", "{{.ID}}"], ["lesson3"]] {
            #expect(try teach.docker(["images"] + arguments).errors.isEmpty, "\(arguments)")
        }
    }

    @Test func inspectHasDockersFields() throws {
        let teach = try prepared()
        defer { teach.remove() }
        #expect(
            try teach.docker("create", "--name", "box", "-l", "a=b", "-m", "64m", "lesson3", "sh", "-c", "x").status
                == 0)
        let both = try teach.docker("inspect", "box", "lesson3")
        let objects = try #require(try JSONSerialization.jsonObject(with: Data(both.output.utf8)) as? [[String: Any]])
        #expect(objects.count == 2)
        #expect(objects[0]["Name"] as? String == "/box" && objects[0]["Path"] as? String == "sh")
        #expect((objects[0]["HostConfig"] as? [String: Any])?["Memory"] as? Int == 64 << 20)
        let labels = try #require((objects[0]["Config"] as? [String: Any])?["Labels"] as? [String: String])
        #expect(labels["a"] == "b")
        #expect(labels["teach.stand-in"] == "docker.io/library/busybox", "the base says what it is")
        #expect(labels["teach.stand-in.packages"]?.hasPrefix("busybox-static=") == true)
        #expect((objects[1]["RootFS"] as? [String: Any])?["Type"] as? String == "layers")
        #expect(both.output.hasPrefix("[\n    {\n        \"Id\": \""))

        #expect(
            try teach.docker("inspect", "-f", "{{index .RepoTags 0}} {{len .RootFS.Layers}}", "lesson3").output
                == "lesson3:latest 3\n")
        #expect(try teach.docker("inspect", "-f", "{{.State.Status}}", "box").output == "created\n")
        let missing = try teach.docker("inspect", "nosuch")
        #expect(missing.output == "[]\n" && missing.errors == "Error: No such object: nosuch\n" && missing.status == 1)
        #expect(try teach.docker("image", "inspect", "box").errors == "Error: No such image: box\n")
        #expect(
            try teach.docker("inspect", "--type", "container", "lesson3").errors
                == "Error: No such container: lesson3\n")
        #expect(try teach.docker("inspect", "--type", "x", "box").errors == "\"x\" is not a valid value for --type\n")
        let syntax = try teach.docker("inspect", "-f", "{{.Id", "box")
        #expect(syntax.status == 64 && syntax.errors == "template parsing error: template: :1: unclosed action\n")
        let field = try teach.docker("inspect", "-f", "{{.Nope}}", "box")
        #expect(field.status == 1 && field.output == "\n")
        #expect(
            field.errors
                == "template parsing error: template: :1:2: executing \"\" at <.Nope>: map has no entry for key "
                + "\"Nope\"\n")
    }

    @Test func tablesTakeTemplates() throws {
        let teach = try prepared()
        defer { teach.remove() }
        #expect(try teach.docker("create", "--name", "box", "busybox", "sh").status == 0)
        #expect(
            try teach.docker("images", "--format", "{{.Repository}}:{{.Tag}}").lines == [
                "lesson3:latest", "busybox:latest",
            ])
        #expect(
            try teach.docker("image", "ls", "--format", "table {{.Repository}}\\t{{.Tag}}").lines == [
                "REPOSITORY   TAG", "lesson3      latest", "busybox      latest",
            ])
        #expect(
            try teach.docker("container", "ls", "-a", "--format", "{{.Names}} {{.Image}} {{.State}}").output
                == "box busybox created\n")
        #expect(try teach.docker("ps", "-a", "--format", "{{json .Names}}").output == "\"box\"\n")
        #expect(
            try teach.docker("history", "--format", "{{.CreatedBy}}", "busybox").lines == [
                "CMD [\"sh\"]", "COPY busybox /bin/",
            ])
        let wrong = try teach.docker("images", "--format", "{{.Nope}}")
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("can't evaluate field Nope in type *formatter.imageContext"))
        #expect(try teach.docker("version", "--format", "{{.Server.Os}}").output == "linux\n")
        #expect(
            try teach.docker("info", "--format", "{{.Containers}} {{.Images}} {{.Driver}}").output == "1 2 overlay2\n")
        #expect(try teach.docker("version").output.contains("Server:"))
        #expect(try teach.docker("info").output.contains(" Storage Driver: overlay2\n"))
    }

    @Test(arguments: [
        ("image pull alpine", "'image pull' is not a docker command here; no registry is asked yet;"),
        ("container exec x ls", "'container exec' is not a docker command here; containers run in the foreground"),
        ("image prun", "'image prun' is not a docker command here; write `docker image prune`, if that was meant"),
        ("image diff x", "'image diff' is not a docker command here; write `docker diff`"),
        ("system prune -f", "'system prune' is not a docker command here; write `docker container prune`, and then"),
        ("system nosuch", "'system nosuch' is not a docker command here; system has `df`, `info`"),
    ])
    func aVerbThatAGroupHasNotIsNamed(words: String, sentence: String) throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.docker(words.split(separator: " ").map(String.init))
        #expect(result.status == 1 && result.errors.contains(": " + sentence), "\(result.errors)")
    }

    @Test func anImageIsBuiltInItsGroup() throws {
        let teach = try Program()
        defer { teach.remove() }
        let built = try teach.shell("printf 'FROM busybox\\nLABEL a=b\\n' | docker image build -q -")
        #expect(built.status == 0 && built.output.hasPrefix("sha256:"), "\(built.errors)")
    }

    @Test func anOptionThatIsNoneIsNamedAsDockerNamesIt() throws {
        let teach = try Program()
        defer { teach.remove() }
        let long = try teach.docker("run", "--nosuch", "busybox")
        #expect(long.status == 125 && long.errors == "unknown flag: --nosuch\nSee 'docker run --help'.\n")
        let short = try teach.docker("image", "ls", "-Q")
        #expect(
            short.status == 125 && short.errors == "unknown shorthand flag: 'Q' in -Q\nSee 'docker image ls --help'.\n")
    }
}
