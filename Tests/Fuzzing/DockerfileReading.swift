import Dockerfiles

/// Reads an input as a Dockerfile, as a `.dockerignore` and as JSON, and expands every word of it.
enum DockerfileReading {
    static func test(_ input: [UInt8]) {
        let variables = ["a": "b c", "HOME": "/root", "E": ""]
        if let patterns = try? IgnorePatterns(parsing: input) {
            for path in ["a", "a/b/c", "Dockerfile"] { _ = patterns.ignores(path) }
        }
        let text = String(decoding: input, as: UTF8.self)
        if let pattern = try? PathPattern(text) { _ = pattern.matches(input) }
        _ = try? ShellWord(text).expandedWords(variables)
        _ = CleanPath.of(text)
        do {
            let dockerfile = try Dockerfile(parsing: input)
            check(dockerfile, variables)
        } catch {
            precondition(error.position.line >= 1 && error.position.column >= 1, "places are counted from 1")
            precondition(!error.description.isEmpty, "a mistake is told")
        }
    }

    private static func check(_ dockerfile: Dockerfile, _ variables: [String: String]) {
        if let values = try? dockerfile.globalValues(given: variables),
            let graph = try? StageGraph(dockerfile, arguments: values)
        {
            let last = dockerfile.stages.count - 1
            let needed = graph.needed(for: last)
            precondition(needed.last == last && Set(needed).count == needed.count, "the target is built last, and once")
        }
        var line = 0
        for stage in dockerfile.stages.all {
            precondition(stage.position.line > line, "a stage begins behind the one before")
            line = stage.position.line
            for step in stage.steps {
                precondition(step.position.line > line && step.lastLine >= step.position.line, "steps are in order")
                line = step.position.line
                if case .onBuild(let trigger) = step.instruction { _ = try? Dockerfile.trigger(trigger.text) }
                if case .copy(let copy) = step.instruction {
                    for case .document(let document) in copy.sources.all.all { _ = try? document.expanded(variables) }
                }
            }
        }
    }
}
