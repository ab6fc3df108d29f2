@testable import Dockerfiles
import Testing

@Suite struct ReadingTests {
    private func steps(_ text: String) throws -> [Instruction] {
        try read("FROM a\n" + text).stages.first.steps.map(\.instruction)
    }

    private func only(_ text: String) throws -> Instruction {
        let steps = try steps(text)
        try #require(steps.count == 1)
        return steps[0]
    }

    @Test func stagesHaveNamesPlatformsAndSteps() throws {
        let file = try read(
            """
            # syntax=docker/dockerfile:1
            ARG V=1
            from --platform=linux/amd64 alpine:$V As Build
            RUN make
            FROM scratch
            COPY --from=build /a /b
            """)
        #expect(file.directives.syntax == "docker/dockerfile:1")
        #expect(file.arguments.map(\.text) == ["ARG V=1"])
        #expect(file.stages.count == 2)
        let first = file.stages.first
        #expect(first.base.text == "alpine:$V")
        #expect(first.name?.text == "build")
        #expect(first.platform?.text == "linux/amd64")
        #expect(first.text == "from --platform=linux/amd64 alpine:$V As Build")
        #expect(first.position == SourcePosition(line: 3, column: 1))
        #expect(file.stages.rest[0].name == nil)
    }

    @Test func linesAreContinuedOverCommentsAndEmptyLines() throws {
        let file = try read("FROM a\n  RUN a \\  \n  # a comment\n\n    b \\\n\t# another\n c\nRUN d")
        #expect(file.stages.first.steps.map(\.text) == ["RUN a     b  c", "RUN d"])
        #expect(file.stages.first.steps.map(\.position.line) == [2, 8])
        #expect(file.stages.first.steps[0].position.column == 3)
        #expect(file.stages.first.steps[0].lastLine == 7)
        #expect(file.brokenLines == ["RUN a     b  c"])
    }

    @Test func twoEscapesContinueNothing() throws {
        #expect(try steps("RUN echo \\\\\nRUN b").count == 2)
    }

    @Test func theEscapeCanBeAnother() throws {
        let file = try read("# escape=`\nFROM a\nCOPY c:\\ `\n d")
        #expect(file.directives.escape == .backtick)
        #expect(file.stages.first.steps[0].text == "COPY c:\\  d")
    }

    @Test func aDirectiveStandsOnlyAtTheTop() throws {
        #expect(try read("# a comment\n# escape=`\nFROM a").directives.escape == .backslash)
        #expect(try read("\n# escape=`\nFROM a").directives.escape == .backslash)
    }

    @Test func windowsLineEndsAndAByteOrderMarkAreRead() throws {
        #expect(try read("\u{FEFF}FROM a\r\nRUN b \\\r\n c\r\n").stages.first.steps[0].text == "RUN b  c")
    }

    // MARK: - Exec and shell form

    @Test(arguments: [
        (#"CMD ["a", "b\"\u00e9\ud83d\ude00\n"]"#, CommandLine.exec(["a", "b\"é😀\n"])),
        (#"CMD []"#, .exec([])),
        // What Docker 20.10's decoder leaves unread.
        (#"CMD ["a"] && b"#, .exec(["a"])),
        (#"CMD [ "$x" = 1 ] && b"#, .shell(#"[ "$x" = 1 ] && b"#)),
        (#"CMD ['a']"#, .shell("['a']")),
        (#"CMD ["a",]"#, .shell(#"["a",]"#)),
        ("CMD a  b", .shell("a  b")), ("CMD", .shell("")),
    ])
    func commandsAreJSONOrAShellsLine(text: String, expected: CommandLine) throws {
        #expect(try only(text) == .command(expected))
    }

    @Test func copyTakesWordsOrJSON() throws {
        for text in ["COPY --chown=1:2 --from=0 a b /c/", #"COPY --chown=1:2 --from=0 ["a", "b", "/c/"]"#] {
            guard case .copy(let copy) = try only(text) else { throw Unexpected() }
            #expect(copy.sources.all.all == [.path(ShellWord("a")), .path(ShellWord("b"))])
            #expect(copy.destination == ShellWord("/c/"))
            #expect(copy.origin == .index(0))
            #expect(copy.ownership.owner == ShellWord("1:2"))
            #expect(copy.ownership.mode == nil)
        }
    }

    @Test func environmentHasTwoForms() throws {
        func pairs(_ text: String) throws -> [[String]] {
            guard case .environment(let list) = try only(text) else { throw Unexpected() }
            return list.all.map { [$0.name.text, $0.value.text] }
        }
        #expect(try pairs(#"ENV a=1 b="x y" c=d\ e"#) == [["a", "1"], ["b", "\"x y\""], ["c", "d\\ e"]])
        #expect(try pairs("ENV a  b=c  d") == [["a", "b=c  d"]])
        #expect(try pairs("ENV a=b=c d=") == [["a", "b=c"], ["d", ""]])
    }

    // MARK: - Heredocs

    @Test func aHeredocIsTheScript() throws {
        guard case .run(let run) = try only("RUN <<EOF\necho $a\n  b\nEOF\n") else { throw Unexpected() }
        #expect(run.command == .shell("echo $a\n  b\n"))
    }

    @Test func aHeredocWithAnInterpreterIsAProgram() throws {
        guard case .run(let run) = try only("RUN <<'P'\n#!/bin/ash\nx\nP\n"), case .script(let script) = run.command
        else { throw Unexpected() }
        #expect(script.content == "#!/bin/ash\nx\n")
        #expect(!script.isExpanded)
    }

    @Test func aCommandKeepsItsHeredocs() throws {
        let text = "RUN 3<<A cat <<-B >x\n1\nA\n\t2\n\tB\nRUN c"
        let steps = try steps(text)
        guard steps.count == 2, case .run(let run) = steps[0] else { throw Unexpected() }
        #expect(run.command == .shell("3<<A cat <<-B >x\n1\nA\n2\nB"))
    }

    @Test func copyTakesHeredocsAndFiles() throws {
        guard case .copy(let copy) = try only("COPY <<\"a.txt\" f <<-b /d/\n$x\na.txt\n\t$y\nb\n") else {
            throw Unexpected()
        }
        guard copy.sources.all.count == 3, case .document(let a) = copy.sources.all.all[0],
            case .document(let b) = copy.sources.all.all[2]
        else { throw Unexpected() }
        #expect(copy.sources.all.all[1] == .path(ShellWord("f")))
        #expect([a.name, a.content, b.name, b.content] == ["a.txt", "$x\n", "b", "$y\n"])
        #expect(try a.expanded(["x": "1"]) == "$x\n")
        #expect(try b.expanded(["y": "it's \"2\""]) == "it's \"2\"\n")
    }

    @Test func jsonAndOtherInstructionsHaveNoHeredocs() throws {
        #expect(try steps("RUN [\"cat\", \"<<EOF\"]\nRUN b").count == 2)
        #expect(try steps("CMD cat <<EOF\nRUN b").count == 2)
        #expect(try steps("RUN echo '<<EOF'\nRUN b").count == 2)
    }

    @Test func onBuildKeepsItsInstructionWithItsHeredoc() throws {
        guard case .onBuild(let trigger) = try only("ONBUILD  RUN <<E\nx\nE\n") else { throw Unexpected() }
        #expect(trigger.text == "RUN <<E\nx\nE")
        guard case .run(let run) = try Dockerfile.trigger(trigger.text).instruction else { throw Unexpected() }
        #expect(run.command == .shell("x\n"))
    }

    // MARK: - Flags

    @Test func mountsAreTyped() throws {
        guard
            case .run(let run) = try only(
                """
                RUN --mount=type=bind,from=base,source=/s,target=/t --mount=type=cache,id=c,target=/c,sharing=locked,mode=700 \
                --mount=type=tmpfs,target=/m,size=2k --mount=type=secret,id=key --network=none true
                """)
        else { throw Unexpected() }
        #expect(run.network == .none)
        #expect(
            run.mounts == [
                .bind(BindMount(target: ShellWord("/t"), source: "/s", origin: .name("base"), isWritable: false)),
                .cache(
                    CacheMount(
                        target: ShellWord("/c"), id: "c", sharing: .locked, isReadOnly: false, source: "", origin: nil,
                        mode: 0o700, uid: 0, gid: 0)),
                .tmpfs(TemporaryMount(target: ShellWord("/m"), size: 2048)),
                .secret(SecretMount(id: "key", target: nil, isRequired: false, mode: 0o400, uid: 0, gid: 0)),
            ])
    }

    @Test func healthchecksHaveTimes() throws {
        guard
            case .healthcheck(.check(let command, let timing)) = try only(
                "HEALTHCHECK --interval=1h1.5s --timeout=300ms --retries=2 cmd [\"a\"]")
        else { throw Unexpected() }
        #expect(command == .exec(["a"]))
        #expect(timing.interval?.nanoseconds == 3_601_500_000_000)
        #expect(timing.timeout?.nanoseconds == 300_000_000)
        #expect(timing.startPeriod == nil)
        #expect(timing.retries == 2)
        #expect(try only("HEALTHCHECK NONE") == .healthcheck(.none))
    }
}

/// A value is another than the test expects.
struct Unexpected: Error {}
