import Dockerfiles
import Testing

@Suite struct StageGraphTests {
    private let file = """
        ARG BASE=alpine
        ARG TAG
        FROM $BASE:${TAG:-3.7} AS one
        FROM one AS two
        COPY --from=0 a b
        FROM scratch AS unused
        FROM busybox
        COPY --from=TWO a b
        COPY --from=nginx a b
        RUN --mount=type=bind,from=one,target=/x true
        """

    @Test func basesAreStagesImagesOrNothing() throws {
        let file = try read(file)
        let values = try file.globalValues(given: ["TAG": "edge", "X": "1"])
        #expect(values == ["BASE": "alpine", "TAG": "edge"])
        let graph = try StageGraph(file, arguments: values)
        #expect(graph.bases == [.image("alpine:edge"), .stage(0), .scratch, .image("busybox")])
    }

    @Test func onlyWhatTheTargetNeedsIsBuilt() throws {
        let graph = try StageGraph(read(file), arguments: ["BASE": "a"])
        #expect(graph.target(nil) == 3)
        #expect(graph.target("TWO") == 1)
        #expect(graph.target("2") == 2)
        #expect(graph.target("none") == nil)
        #expect(graph.needed(for: 3) == [0, 1, 3])
        #expect(graph.needed(for: 2) == [2])
        #expect(graph.origin(.name("nginx"), in: 3) == .image("nginx"))
        #expect(graph.origin(.index(3), in: 3) == nil)
    }

    @Test func oneNameIsOneStages() throws {
        let file = try read("FROM a AS x\nFROM b AS y\n\nFROM c AS \\\n  X\n")
        let error = try #require(throws: DockerfileError.self) {
            try StageGraph.requireDistinctNames(in: file, upTo: 2)
        }
        #expect(
            "\(error)"
                == "a stage name already used (line 5, column 3: line 1 has a stage x, too; give this one another name)"
        )
        // Docker does not come as far as the second.
        try StageGraph.requireDistinctNames(in: file, upTo: 1)
    }

    @Test func aBaseMustNameSomething() throws {
        let error = try #require(throws: DockerfileError.self) { try StageGraph(read("FROM $NOTHING"), arguments: [:]) }
        #expect(error.message == "base name ($NOTHING) should not be blank")
    }
}
