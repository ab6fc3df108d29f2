import ArgumentParser
import Engine
import Glibc
import Recording

/// `teach clean`.
struct CleanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean",
        abstract: "Undo whatever a crash has left.",
        discussion: """
            Ends the processes of runs whose `teach` is gone and removes their folders, containers half made or half \
            removed, images half made, and cgroups that nobody uses. Runs that were being recorded are marked \
            interrupted, and a damaged record is set aside under another name. Containers, images and recorded runs \
            stay; with --frames the drawn pictures go too, which `teach graph` draws again. What belongs to a process \
            that is alive is left alone.
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
        let isMended = try mendRecord(of: home)
        if removed.isEmpty, !isMended { print("nothing was left") }
    }

    /// - Returns: whether there was something to mend.
    private func mendRecord(of home: Home) throws -> Bool {
        if let aside = try Recording.setAsideIfDamaged(at: home.recordings, notify: { complain($0) }) {
            print("kept the damaged record as \(aside); the next run begins a new one")
            return true
        }
        guard access(home.recordings, F_OK) == 0 else { return false }
        let recording = try Recording(at: home.recordings) { complain($0) }
        for run in recording.interrupted {
            print("marked run \(run) as interrupted; `teach show \(run)` tells what it recorded")
        }
        return !recording.interrupted.isEmpty
    }
}
