import Builder
import ContentStore
import Glibc
import LayerModel
import Linux
import OCI
import Testing

/// What COPY and ADD make, name by name as Docker 20.10's classic builder makes it.
@Suite(.enabled(if: isRoot, "containers are made as root"))
struct CopyTests {
    private func scene() throws -> Scene {
        let scene = try Scene()
        try scene.file("f1", "1\n")
        try scene.file("f2.txt", "2\n")
        try scene.file("d/x", "3\n", mode: 0o750)
        try scene.file("d/sub/y", "4\n")
        try call("chmod", "d") { [context = scene.context] in chmod(context + "/d", 0o700) }
        try call("chmod", "sub") { [context = scene.context] in chmod(context + "/d/sub", 0o711) }
        try scene.link("d/l", to: "../f1")
        try scene.link("ld", to: "d")
        try scene.link("lf", to: "f1")
        return scene
    }

    /// - Returns: mode, owner and name of what lies at `place`.
    private func files(_ instructions: String, at place: String) throws -> [String] {
        let list = "RUN find \(place) | sort | xargs stat -c '%A %u:%g %n'"
        let outcome = try scene().build("FROM busybox\n\(instructions)\n\(list)\n")
        if let error = outcome.error { return ["\(error)"] }
        return outcome.output
    }

    @Test(
        arguments: [
            (
                // A directory's contents; the directory itself is as new ones are.
                "COPY d /new", "/new",
                [
                    "drwxr-xr-x 0:0 /new", "lrwxrwxrwx 0:0 /new/l", "drwx--x--x 0:0 /new/sub",
                    "-rw-r--r-- 0:0 /new/sub/y",
                    "-rwxr-x--- 0:0 /new/x",
                ]
            ),
            (
                "RUN mkdir -m 711 /e && chown 9:9 /e\nCOPY d/sub /e", "/e",
                ["drwx--x--x 9:9 /e", "-rw-r--r-- 0:0 /e/y"]
            ),
            (
                "COPY --chown=33:34 d/sub /o/p", "/o",
                ["drwxr-xr-x 0:0 /o", "drwxr-xr-x 33:34 /o/p", "-rw-r--r-- 33:34 /o/p/y"]
            ),
            (
                "COPY --chown=33 f1 /o/p", "/o",
                ["drwxr-xr-x 33:33 /o", "-rw-r--r-- 33:33 /o/p"]
            ),
            ("COPY --chown=nobody:tty --chmod=4711 f1 /o", "/o", ["-rws--x--x 65534:5 /o"]),
            ("COPY f1 f2.txt /m/", "/m", ["drwxr-xr-x 0:0 /m", "-rw-r--r-- 0:0 /m/f1", "-rw-r--r-- 0:0 /m/f2.txt"]),
            ("COPY f* /m/", "/m", ["drwxr-xr-x 0:0 /m", "-rw-r--r-- 0:0 /m/f1", "-rw-r--r-- 0:0 /m/f2.txt"]),
            ("COPY f?.txt /m", "/m", ["-rw-r--r-- 0:0 /m"]),
            // Links of the context are followed where they are named.
            ("COPY lf /l", "/l", ["-rw-r--r-- 0:0 /l"]),
            ("COPY ld/sub /l", "/l", ["drwxr-xr-x 0:0 /l", "-rw-r--r-- 0:0 /l/y"]),
            (
                "WORKDIR /w\nCOPY f1 rel\nCOPY f1 .", "/w",
                ["drwxr-xr-x 0:0 /w", "-rw-r--r-- 0:0 /w/f1", "-rw-r--r-- 0:0 /w/rel"]
            ),
            // Links of the image, too, and a link to a file stays.
            (
                "RUN mkdir /e && ln -s e /k && touch /e/t && ln -s e/t /kt\nCOPY f1 /k\nCOPY f2.txt /kt", "/e /k /kt",
                [
                    "drwxr-xr-x 0:0 /e", "-rw-r--r-- 0:0 /e/f1", "-rw-r--r-- 0:0 /e/t", "lrwxrwxrwx 0:0 /k",
                    "lrwxrwxrwx 0:0 /kt",
                ]
            ),
        ] as [(String, String, [String])])
    func putsFilesWhereDockerDoes(instructions: String, place: String, expected: [String]) throws {
        #expect(try files(instructions, at: place) == expected)
    }

    @Test(
        arguments: [
            (
                "COPY f1 f2.txt /x",
                "When using COPY with more than one source file, the destination must be a directory and end with a /"
            ),
            ("COPY z* /x/", "COPY failed: no source files were specified"),
            (
                "COPY nope /",
                "COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist"
            ),
            (
                "COPY f1x /",
                "COPY failed: file not found in build context or excluded by .dockerignore: stat f1x: file does not exist"
                    + "; did you mean f1?"
            ),
            (
                "COPY dd/sub/y /",
                "COPY failed: file not found in build context or excluded by .dockerignore: stat dd/sub/y: file does not "
                    + "exist; did you mean d/sub/y?"
            ),
            ("COPY --from=busybox /nope /", "COPY failed: stat nope: file does not exist"),
            (
                "COPY ['f1', '/']",
                "COPY failed: no source files were specified; put \" around each word of the list, and commas between them"
            ),
            (
                "COPY [f1 /",
                "COPY failed: no source files were specified; syntax error in pattern: [f1 (close `[` with `]`, and let no "
                    + "backslash be the last)"
            ),
            ("COPY ../x /", "COPY failed: forbidden path outside the build context: ../x ()"),
            ("COPY --from=9 a /", "invalid from flag value 9: index out of bounds"),
            ("COPY --from=0 a /", "invalid from flag value 0: refers to current build stage"),
            (
                "COPY --chown=foo f1 /",
                "unable to convert uid/gid chown string to host mapping: can't find uid for user foo: no such user: foo"
            ),
            (
                "RUN mkdir -p /x/f1\nCOPY f1 /x",
                "failed to copy files: cannot overwrite directory /x/f1 with non-directory"
            ),
            ("COPY --chmod=8 f1 /", "invalid chmod parameter: '8'. it should be octal string and between 0 and 07777"),
        ])
    func refusesInDockersWords(instruction: String, sentence: String) throws {
        let outcome = try scene().build("FROM busybox\n\(instruction)\n")
        #expect((outcome.error as? BuildError)?.description == sentence)
        #expect((outcome.error as? BuildError)?.exitStatus == 1)
    }

    @Test func linksOfTheImageDoNotLeadOut() throws {
        let scene = try scene()
        let outside = scene.path + "/outside"
        let dockerfile = """
            FROM busybox
            RUN ln -s \(outside) /abs && ln -s ../../../../../../..\(outside) /rel && mkdir -p \(outside)
            COPY f1 /abs/x
            COPY d /rel/y
            WORKDIR /abs/wd
            RUN find \(outside) | sort
            """
        let outcome = try scene.build(dockerfile)
        #expect(outcome.error == nil)
        #expect(outcome.output.contains("\(outside)/x") && outcome.output.contains("\(outside)/wd"))
        #expect(access(outside, F_OK) != 0, "nothing was written on the host")
    }

    @Test func linksOfTheContextDoNotLeadOut() throws {
        let scene = try scene()
        try scene.link("out", to: "/etc/passwd")
        try scene.link("up", to: "../../../../../../etc")
        for path in ["out", "up/passwd"] {
            let outcome = try scene.build("FROM busybox\nCOPY \(path) /p\n")
            #expect((outcome.error as? BuildError)?.description.hasSuffix("file does not exist") == true)
        }
    }

    @Test(arguments: [
        ("COPY secret.key /", "file does not exist; line 2 of .dockerignore (*.key) excludes secret.key"),
        ("COPY out/a /", "stat out/a: file does not exist; line 3 of .dockerignore (/out/) excludes out/a"),
        ("RUN --mount=source=secret.key,target=/k true", "line 2 of .dockerignore (*.key) excludes secret.key"),
        ("COPY *.key /k/", "no source files were specified; line 2 of .dockerignore (*.key) excludes secret.key"),
    ])
    func whatIsIgnoredIsSaidToBe(instruction: String, sentence: String) throws {
        let scene = try scene()
        try scene.file(".dockerignore", "# secrets\n*.key\n/out/\n")
        try scene.file("secret.key", "1\n")
        try scene.file("out/a", "1\n")
        let outcome = try scene.build("FROM busybox\n\(instruction)\n")
        #expect((outcome.error as? BuildError)?.description.hasSuffix(sentence) == true, "\(outcome.error as Any)")
    }

    @Test func ignoredFilesAreNotThere() throws {
        let scene = try scene()
        try scene.file(".dockerignore", "*\n!f1\n!d/sub\n")
        #expect(
            try scene.build("FROM busybox\nCOPY . /c/\nRUN find /c | sort\n").output == [
                "/c", "/c/d", "/c/d/sub", "/c/d/sub/y", "/c/f1",
            ])
        #expect(try scene.build("FROM busybox\nCOPY f2.txt /\n").error != nil)
    }

    @Test func addUnpacksArchivesAndCopyDoesNot() throws {
        let scene = try scene()
        let tar = "tar -C /src -czf /t/t.tgz f1 d; tar -C /src -cf /t/t.tar f1; tar -C /src -cjf /t/t.tbz f1; ls /t"
        // The archives are made by a container of the same busybox, and taken from its stage.
        let dockerfile = """
            FROM busybox AS tars
            COPY . /src
            RUN mkdir /t && \(tar)
            """
        #expect(try scene.build(dockerfile).output == ["t.tar", "t.tbz", "t.tgz"])
        let image = try scene.image(try scene.build(dockerfile).id)
        for name in ["t.tar", "t.tbz", "t.tgz"] {
            let place = try #require(image.lowerDirectories.first { access("\($0)/t/\(name)", F_OK) == 0 })
            let from = try Descriptor(opening: "\(place)/t/\(name)", O_RDONLY)
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            let count = pread(from.number, &buffer, buffer.count, 0)
            let to = try Descriptor(opening: "\(scene.context)/\(name)", O_WRONLY | O_CREAT, mode: 0o644)
            #expect(write(to.number, buffer, count) == count)
        }
        let outcome = try scene.build(
            """
            FROM busybox
            ADD t.tgz t.tar /a/
            ADD t.tbz /b
            ADD f1 /c/
            COPY t.tgz /e/
            RUN find /a /b /c /e | sort
            """)
        #expect(
            outcome.output == [
                "/a", "/a/d", "/a/d/l", "/a/d/sub", "/a/d/sub/y", "/a/d/x", "/a/f1", "/b", "/b/f1", "/c", "/c/f1", "/e",
                "/e/t.tgz",
            ])
    }

    @Test func aContextMayHaveAnyName() throws {
        let scene = try scene()
        try scene.file("jos\u{E9}/\u{1F433}/d/f", "found\n")
        let outcome = try scene.build("FROM busybox\nCOPY d /d\nCOPY d/f /\nRUN cat /d/f /f\n") {
            $0.context = scene.context + "/jos\u{E9}/\u{1F433}"
        }
        #expect(outcome.output == ["found", "found"])
    }

    @Test func capabilitiesAreKept() throws {
        let scene = try scene()
        // struct vfs_cap_data of linux/capability.h: revision 2, effective, CAP_NET_RAW permitted.
        let value: [UInt8] = [1, 0, 0, 2, 0, 0x20] + [UInt8](repeating: 0, count: 14)
        let file = try Descriptor(opening: scene.context + "/f1", O_RDONLY)
        try setOpenAttribute("security.capability", value, of: file)
        let outcome = try scene.build("FROM busybox\nCOPY --chown=1:1 f1 /f1\n")
        let top = try #require(try scene.image(outcome.id).lowerDirectories.first)
        let copy = try Descriptor(opening: top + "/f1", O_RDONLY)
        #expect(try openAttribute("security.capability", of: copy) == value)
    }

    /// No directory gets the time of the build: those that were there keep theirs, and those that the archive forgot are
    /// as the builder's others.
    @Test func anArchiveWithoutDirectoriesMakesTheSameLayerEachTime() throws {
        let dockerfile = """
            FROM busybox
            ADD a.tar /
            COPY t /before/
            ADD a.tar /before/
            ADD t a.tar /with/
            ADD t b.tar /last/
            ADD b.tar t /first/
            RUN stat -c '%Y %n' /bin /new/deep /before /before/sub /before/new /with/sub /last/sub /first/sub
            """
        var layers: [[DiffID]] = []
        for _ in 0..<2 {
            // A layer has times by the second.
            if !layers.isEmpty { sleep(1) }
            let scene = try Scene()
            for name in ["t/sub/x", "bin/tool", "new/deep/x", "sub/y"] { try scene.file(name, name) }
            let made = """
                cd '\(scene.context)' && touch -d @2000 bin/tool new/deep/x sub/y sub && touch -d @1000 t/sub/x t/sub t &&
                tar -cf a.tar bin/tool new/deep/x sub/y && tar -cf b.tar sub
                """
            #expect(system(made) == 0)
            let outcome = try scene.build(dockerfile) { $0.usesCache = false }
            let base = try scene.image("busybox")
            let epoch = base.config.created?.seconds ?? 0
            let place = try #require(base.lowerDirectories.first { access("\($0)/bin", F_OK) == 0 })
            let bin = try FileStatus(of: Descriptor(opening: "\(place)/bin", O_RDONLY)).modified / 1_000_000_000
            #expect(
                outcome.output == [
                    "\(bin) /bin", "\(epoch) /new/deep", "\(epoch) /before", "1000 /before/sub",
                    "\(epoch) /before/new", "1000 /with/sub", "2000 /last/sub", "1000 /first/sub",
                ])
            layers.append(try scene.image(outcome.id).config.rootfs.diffIDs)
        }
        #expect(layers[0].count == 7 && layers[0] == layers[1])
    }

    @Test func hardLinksStayJoined() throws {
        let scene = try scene()
        let context = scene.context
        try call("link") { link(context + "/f1", context + "/d/again") }
        try call("link") { link(context + "/f1", context + "/d/third") }
        #expect(
            try scene.build("FROM busybox\nCOPY d /d\nRUN stat -c %h /d/again /d/third\n").output == ["2", "2"])
    }
}
