internal import Dockerfiles
internal import LayerModel
public import OCI

/// What `docker commit --change` and `docker import --change` do to a config: as the same instructions of a Dockerfile.
public struct ConfigChanges: Sendable {
    private let lines: ConfigLines

    /// - Throws: `BuildError` in Docker's words.
    public init(_ texts: [String]) throws(BuildError) {
        do { lines = try ConfigLines(texts) } catch { throw BuildError(error.message) }
    }

    /// Variables are those of the config's environment, and change from line to line.
    ///
    /// - Throws: `BuildError` in Docker's words.
    public func apply(to config: inout ExecutionConfig) throws(BuildError) {
        var state = StageState.scratch
        state.config = config
        for instruction in lines.instructions {
            do {
                let variables = state.environment
                if case .workingDirectory(let word) = instruction {
                    state.config.workingDir = CleanPath.of(state.absolute(try word.expanded(variables)))
                } else {
                    _ = try state.apply(instruction, variables)
                }
            } catch let error as BuildError { throw error } catch { throw BuildError("\(error)") }
        }
        config = state.config
    }
}
