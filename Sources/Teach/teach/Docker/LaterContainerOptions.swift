import ArgumentParser
import Engine

/// Options of docker run(1) that people type and that are not there yet: known, so that the refusal can say so.
struct LaterContainerOptions: ParsableArguments {
    @Flag(name: [.short, .long]) var detach = false
    @Flag(name: [.short, .long]) var tty = false
    @Option(name: [.short, .long]) var publish: [String] = []
    @Flag(name: [.customShort("P"), .long]) var publishAll = false

    /// - Throws: `EngineError` when one of them was given.
    func refuse() throws {
        let given: [(Bool, String)] = [
            (detach, "-d is not there yet: containers run in the foreground; leave it out"),
            (tty, "-t is not there yet: a container has no terminal of its own; leave it out"),
            (
                !publish.isEmpty || publishAll,
                "ports (-p, -P) are not there yet: a container has its own loopback alone"
            ),
        ]
        if let (_, sentence) = given.first(where: \.0) { throw EngineError(sentence) }
    }
}
