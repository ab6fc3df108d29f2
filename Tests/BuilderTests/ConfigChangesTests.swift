import Builder
import OCI
import Testing

/// `docker commit --change`, as Docker 20.10 does it.
struct ConfigChangesTests {
    private func changed(_ lines: String...) throws -> ExecutionConfig {
        var config = ExecutionConfig(env: ["PATH=/bin"], cmd: ["sh"])
        try ConfigChanges(lines).apply(to: &config)
        return config
    }

    @Test func variablesAreExpandedLineByLine() throws {
        let config = try changed("ENV A=1 B=$A", "ENV P=$PATH:/x C=$A\nWORKDIR /w/$A", "WORKDIR r", "LABEL l=\"a $C\"")
        #expect(config.env == ["PATH=/bin", "A=1", "B=", "P=/bin:/x", "C=1"])
        #expect(config.workingDir == "/w/1/r" && config.labels == ["l": "a 1"])
    }

    @Test func linesMayGoOnAndBeComments() throws {
        #expect(try changed("# none\nENV A=1 \\\n  B=2\n\n").env == ["PATH=/bin", "A=1", "B=2"])
        #expect(try changed().cmd == ["sh"])
    }

    @Test func allThatMakesNoLayerIsThere() throws {
        let config = try changed(
            "expose 1-2 80/udp", "VOLUME [\"/v\"]", "USER u", "HEALTHCHECK --interval=3s CMD a b", "ONBUILD RUN x",
            "CMD [\"c\"]", "ENTRYPOINT e f")
        #expect(config.exposedPorts == ["1/tcp", "2/tcp", "80/udp"] && config.volumes == ["/v"] && config.user == "u")
        #expect(config.healthcheck?.test == ["CMD-SHELL", "a b"] && config.healthcheck?.interval == 3_000_000_000)
        #expect(config.onBuild == ["RUN x"] && config.cmd == ["c"] && config.entrypoint == ["/bin/sh", "-c", "e f"])
    }

    @Test(arguments: [
        ("RUN x", "run is not a valid change command"), ("Foo", "foo is not a valid change command"),
        ("STOPSIGNAL 9", "stopsignal is not a valid change command"), ("", "file with no instructions"),
        ("# c", "file with no instructions"), ("ENV", "ENV requires at least one argument"),
        ("ENV a", "ENV must have two arguments"), ("EXPOSE x", "Invalid containerPort: x"),
        ("ONBUILD FROM a", "FROM isn't allowed as an ONBUILD trigger"),
        ("ENV A=1\nRUN x", "run is not a valid change command"),
    ])
    func whatCannotChangeAConfigIsRefused(line: String, sentence: String) {
        #expect(throws: BuildError(sentence)) { try changed(line) }
    }
}
