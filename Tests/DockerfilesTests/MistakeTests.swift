import Dockerfiles
import Testing

/// Each mistake is told in the words of Docker 20.10, with its place and its cure.
@Suite struct MistakeTests {
    @Test(arguments: [
        ("FROM a\n\n RNU x", "dockerfile parse error line 3: unknown instruction: RNU (column 2: did you mean RUN?)"),
        (
            "FROM a\nRUN x \\\n y\n\nFORM b",
            "dockerfile parse error line 5: unknown instruction: FORM (column 1: did you mean FROM?)"
        ),
        (
            "FROM a\nEVERYTHING",
            "dockerfile parse error line 2: unknown instruction: EVERYTHING "
                + "(column 1: an instruction such as RUN or COPY must begin the line)"
        ),
        (
            "FROM a\nRUN x\n && y",
            "dockerfile parse error line 3: unknown instruction: && (column 2: end line 2 with \\ if its command goes on here)"
        ),
        (
            "FROM a\nRUN x &&\nrum y",
            "dockerfile parse error line 3: unknown instruction: RUM (column 1: end line 2 with \\ if its command goes on here)"
        ),
        (
            "# escape=`\nFROM a\nRUN x `\n y\n  php7-fpm",
            "dockerfile parse error line 5: unknown instruction: PHP7-FPM (column 3: end line 4 with ` if its command goes on "
                + "here)"
        ),
        ("# only\n", "failed to parse Dockerfile: file with no instructions (line 1, column 1: begin with FROM)"),
        ("ARG a", "dockerfile parse error line 1: no build stage in current context (column 1: write FROM)"),
        (
            "RUN x\nFROM a",
            "dockerfile parse error line 1: no build stage in current context "
                + "(column 1: begin with FROM; only ARG may stand before it)"
        ),
        (
            "# escape=x\nFROM a",
            "failed to parse Dockerfile: invalid escape token 'x' does not match ` or \\ "
                + "(line 1, column 10: write `# escape=\\``)"
        ),
        (
            "FROM a b",
            "dockerfile parse error line 1: FROM requires either one or three arguments "
                + "(column 8: write FROM image or FROM image AS name)"
        ),
        (
            "FROM a AS 1b",
            "dockerfile parse error line 1: invalid name for build stage: \"1b\", name can't start with a number or "
                + "contain symbols (column 11: begin it with a letter, and go on with letters, digits, `-`, `_` and `.`)"
        ),
        (
            "FROM a\nENV b",
            "failed to parse Dockerfile: ENV must have two arguments (line 2, column 5: write ENV name=value)"
        ),
        (
            "FROM a\nENV b=1 \\\n  c",
            "failed to parse Dockerfile: Syntax error - can't find = in \"c\". Must be of the form: name=value "
                + "(line 3, column 3: write name=value, and quotes around a value with spaces)"
        ),
        (
            "FROM a\nLABEL =1",
            "dockerfile parse error line 2: LABEL names can not be blank (column 7: write a name before `=`)"
        ),
        (
            "FROM a\nCOPY b",
            "dockerfile parse error line 2: COPY requires at least two arguments, but only one was provided. "
                + "Destination could not be determined (column 6: write COPY from to)"
        ),
        (
            "FROM a\nCOPY --link b c",
            "dockerfile parse error line 2: Unknown flag: link (column 6: each layer is made on those beneath it here; "
                + "leave it out)"
        ),
        (
            "FROM a\nCOPY --form=0 b c",
            "dockerfile parse error line 2: Unknown flag: form (column 6: COPY has --from, --chown, --chmod)"
        ),
        (
            "FROM a\nCOPY --from b c",
            "dockerfile parse error line 2: Missing a value on flag: from (column 6: write --from=…)"
        ),
        ("FROM a\nUSER --x=1 b", "dockerfile parse error line 2: Unknown flag: x (column 6: USER has no flags)"),
        (
            "FROM a\nCMD [\"a\", 1]",
            "failed to parse Dockerfile: when using JSON array syntax, arrays must be comprised of strings only "
                + "(line 2, column 5: put every element in double quotes)"
        ),
        (
            "FROM a\nSHELL x",
            "dockerfile parse error line 2: SHELL requires the arguments to be in JSON form "
                + "(column 7: write SHELL [\"/bin/sh\", \"-c\"])"
        ),
        (
            "FROM a\nHEALTHCHECK --interval=1 CMD a",
            "dockerfile parse error line 2: time: missing unit in duration \"1\" (column 13: write it as --interval=30s)"
        ),
        (
            "FROM a\nHEALTHCHECK CURL a",
            "dockerfile parse error line 2: Unknown type \"CURL\" in HEALTHCHECK (try CMD) "
                + "(column 13: write HEALTHCHECK CMD command or NONE)"
        ),
        (
            "FROM a\nONBUILD ONBUILD RUN x",
            "dockerfile parse error line 2: Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed "
                + "(column 9: leave one out)"
        ),
        (
            "FROM a\nONBUILD FROM b",
            "dockerfile parse error line 2: FROM isn't allowed as an ONBUILD trigger "
                + "(column 9: choose another instruction)"
        ),
        (
            "FROM a\nRUN <<EOF\nx\n",
            "failed to parse Dockerfile: unterminated heredoc "
                + "(line 2, column 5: write EOF on a line of its own behind the text of <<EOF)"
        ),
        (
            "FROM a\nRUN --mount=type=ssh x",
            "dockerfile parse error line 2: unsupported mount type \"ssh\" "
                + "(column 5: known are bind, cache, tmpfs and secret)"
        ),
        (
            "FROM a\nRUN",
            "dockerfile parse error line 2: RUN requires at least one argument (column 1: write a command)"
        ),
    ])
    func isTold(text: String, expected: String) throws {
        let error = try #require(throws: DockerfileError.self) { try read(text) }
        #expect(error.description == expected)
    }
}
