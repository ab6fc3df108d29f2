import ArgumentParser
import Engine

/// `teach clean`.
struct CleanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean",
        abstract: "Undo whatever a crash has left.",
        discussion: """
            Removes the folders of runs whose process is gone, containers half made or half removed, layers half \
            unpacked, and cgroups without processes. Containers, images and recorded runs stay; with --frames the \
            drawn pictures go too, which `teach graph` draws again.
            """)

    @Flag(name: .long, help: "Also remove the pictures of all runs.")
    var frames = false

    func run() throws {
        do {
            try LocalEngine.requirePower()
        } catch {
            throw HostError(sentence: error.description)
        }
        let home = Home(environment: Environment.all)
        let removed = try Cleaning(home: home).run(frames: frames)
        for item in removed { print("removed \(item)") }
        if removed.isEmpty { print("nothing was left") }
    }
}
