/// Lines of a Dockerfile that change an image's config and run nothing: what `docker commit --change` takes.
public struct ConfigLines: Hashable, Sendable {
    public let instructions: [Instruction]

    private static let names: Set<String> = [
        "cmd", "entrypoint", "env", "expose", "healthcheck", "label", "onbuild", "user", "volume", "workdir",
    ]

    /// Reads them as one text, as Docker does.
    ///
    /// - Throws: `DockerfileError` for the first mistake.
    public init(_ texts: [String]) throws(DockerfileError) {
        var lines = LogicalLines(Array(texts.joined(separator: "\n").utf8))
        let start = SourcePosition(line: 1, column: 1)
        var scan = lines
        var count = 0
        // Names first: of one that is none, what follows does not matter.
        while let line = try scan.next() {
            let name = line.text.drop(while: \.isWhitespace).prefix { !$0.isWhitespace }.lowercased()
            guard Self.names.contains(name) else {
                throw DockerfileError(
                    .stage, at: start, "\(name) is not a valid change command",
                    cure: "known are \(Self.names.sorted().joined(separator: ", "))")
            }
            count += 1
        }
        guard count > 0 || texts.isEmpty else {
            throw DockerfileError(.words, at: start, "file with no instructions", cure: "write one")
        }
        var instructions: [Instruction] = []
        while let (read, _) = try Dockerfile.nextLine(&lines) {
            instructions.append(try read.located { (read) throws(Mistake) in try read.instruction() })
        }
        self.instructions = instructions
    }
}
