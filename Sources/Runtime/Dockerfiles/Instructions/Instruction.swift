/// One instruction of a stage, after FROM. See Docker's Dockerfile reference.
public enum Instruction: Hashable, Sendable {
    case run(RunInstruction)
    case copy(CopyInstruction)
    case add(AddInstruction)
    case argument(NonEmpty<ArgumentDeclaration>)
    case environment(NonEmpty<Assignment>)
    case label(NonEmpty<Assignment>)
    case workingDirectory(ShellWord)
    case user(ShellWord)
    case expose(NonEmpty<ShellWord>)
    case volume(NonEmpty<ShellWord>)
    case entrypoint(CommandLine)
    case command(CommandLine)
    case shell(NonEmpty<String>)
    case stopSignal(ShellWord)
    case healthcheck(Healthcheck)
    case onBuild(Trigger)
    /// Deprecated; a label does the same.
    case maintainer(String)
}

/// What a container runs.
public enum CommandLine: Hashable, Sendable {
    /// A line for the stage's shell, which expands it.
    case shell(String)
    /// Words as they are: JSON in the Dockerfile.
    case exec([String])
}

/// A variable that the user may set with `--build-arg`, from here on to the end of the stage.
public struct ArgumentDeclaration: Hashable, Sendable {
    public var name: ShellWord
    public var value: ShellWord?
}

/// A name and its value.
public struct Assignment: Hashable, Sendable {
    public var name: ShellWord
    public var value: ShellWord
}

/// An instruction that a child's FROM carries out.
public struct Trigger: Hashable, Sendable {
    /// As it stands behind ONBUILD, with its heredocs.
    public var text: String
}

/// An instruction where it stands.
public struct Step: Hashable, Sendable {
    public var instruction: Instruction
    /// The logical line, as `Step 2/5 : …` shows it.
    public var text: String
    /// Where the instruction's name is.
    public var position: SourcePosition
    /// The last of its physical lines, heredocs included.
    public var lastLine: Int
}

/// The names of the instructions.
enum InstructionName: String, CaseIterable {
    case add = "ADD"
    case argument = "ARG"
    case command = "CMD"
    case copy = "COPY"
    case entrypoint = "ENTRYPOINT"
    case environment = "ENV"
    case expose = "EXPOSE"
    case from = "FROM"
    case healthcheck = "HEALTHCHECK"
    case label = "LABEL"
    case maintainer = "MAINTAINER"
    case onBuild = "ONBUILD"
    case run = "RUN"
    case shell = "SHELL"
    case stopSignal = "STOPSIGNAL"
    case user = "USER"
    case volume = "VOLUME"
    case workingDirectory = "WORKDIR"

    /// The instruction that a misspelt name probably means.
    static func nearest(to word: String) -> InstructionName? {
        // No name is longer; a long word would take long to compare.
        guard word.unicodeScalars.count <= 16 else { return nil }
        let ranked = allCases.map { (edits: edits(word, $0.rawValue), name: $0) }
        guard let best = ranked.min(by: { $0.edits < $1.edits }), best.edits <= 2,
            best.edits < best.name.rawValue.utf8.count - 1
        else { return nil }
        return best.name
    }

    /// The Levenshtein distance in which two neighbours that have changed places count once (optimal string alignment).
    private static func edits(_ left: String, _ right: String) -> Int {
        let left = Array(left.unicodeScalars)
        let right = Array(right.unicodeScalars)
        var rows = [Array(0...right.count)]
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                var best = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    best = min(best, rows[i - 1][j - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
