import ArgumentParser
import Events
import Glibc
import LayerModel
import Lessons
import Recording
import Replays
import Scripts
import StorageDrivers
import Terminal

/// `teach whatif`.
struct WhatIfCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whatif",
        abstract: "Replay a recorded run under another storage driver or other options.",
        discussion: """
            The layers are rebuilt from what the run's calls saw, and each call is made again on a simulated driver: what \
            would have come out otherwise, and what it would have cost. What it is compared with is the overlay that the \
            run was recorded on, with the options of its mount; those that are not named by --option stay. What the record \
            does not hold is said, and a call that cannot be replayed is counted as such. Nothing is run.
            """)

    @Argument(help: "The run: its number, a lesson's name, or last.")
    var selector = "last"

    @Option(help: ArgumentHelp("overlay2, aufs, devicemapper, btrfs, zfs or vfs.", valueName: "driver"))
    var driver = StorageDriverKind.overlay2

    @Option(
        name: .customLong("option"), parsing: .singleValue,
        help: ArgumentHelp("A mount option, such as redirect_dir=on; may be given again.", valueName: "name=value"))
    var options: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            What the layers of overlay2, aufs and vfs lie on. On xfs and btrfs a copy shares its data with its source \
            (reflink). (default: as recorded)
            """, valueName: "filesystem"))
    var backing: BackingFilesystem?

    @Flag(help: "Imagine the overlay that root mounts, of a run that was recorded without root: without userxattr.")
    var asRoot = false

    @Option(name: .long, help: ArgumentHelp("Tell only this step.", valueName: "n"))
    var step: Int?

    @Flag(help: "One JSON object for each call, and at the end one with the sums.")
    var json = false

    func validate() throws {
        for option in options where option.isEmpty || option.hasPrefix("=") {
            throw ValidationError("--option takes name=value or name, not `\(option)`")
        }
        if driver == .overlay2, options.isEmpty, !asRoot, backing == nil {
            throw ValidationError(
                "runs are recorded on overlay2; name another --driver, a --backing, or an --option such as redirect_dir=on"
            )
        }
        if backing != nil, !driver.liesOnAnyFilesystem {
            throw ValidationError(
                "--backing is for overlay2, aufs and vfs; \(driver.rawValue) brings a filesystem of its own")
        }
    }

    func run() throws {
        let recording = try Record.open()
        let run = try recording.run(selector)
        let told = Set(try recording.stepNumbers(ofRun: run.id, only: step))
        let recorded = BackingFilesystem(recorded: run.description.filesystem)
        let baseline = ReplayBaseline(of: run.description, on: recorded)
        let asked = options.map { MountOption(parsing: $0) }
        let setting = ReplaySetting(
            driver, driver == .overlay2 ? baseline.options(changedBy: asked, asRoot: asRoot) : asked,
            on: backing ?? recorded)
        var calls: [ReplayCall] = []
        // What happened in earlier steps bears on the later ones, so all are replayed.
        for number in try recording.steps(ofRun: run.id).map(\.description.number) {
            calls += try recording.calls(ofRun: run.id, step: number).map {
                ReplayCall(step: number, container: $0.container, sequence: $0.sequence, $0.operation)
            }
        }
        let containers = try recording.containers(ofRun: run.id)
        var replay: Replay
        do throws(MountRefusal) {
            replay = try Replay(
                of: calls,
                stacks: Dictionary(containers.map { ($0.id, $0.layers) }, uniquingKeysWith: { first, _ in first }),
                recorded: baseline.setting, under: setting)
        } catch {
            let cure =
                baseline.keepsUserMarks && !asRoot && driver == .overlay2
                ? "; the run was recorded without root, --as-root imagines the overlay that root mounts" : ""
            throw LibraryError("run \(run.id) cannot be replayed under \(setting): \(error)\(cure)")
        }
        let text = WhatIfText(
            setting: setting, baseline: baseline, style: Style(for: STDOUT_FILENO),
            width: terminalWidth(of: STDOUT_FILENO))
        if !json { text.begin(run) }
        var sums = WhatIfSums()
        for call in calls {
            let replayed = replay.make(call)
            guard told.contains(call.step) || step == nil else { continue }
            sums.add(replayed)
            if json { print(replayed.json) } else { text.tell(replayed) }
        }
        if json {
            print(sums.json(run: run.id, setting, baseline: baseline))
        } else {
            text.end(sums)
        }
    }
}

/// What a replayed run is compared with: the overlay that it was recorded on.
struct ReplayBaseline {
    let setting: ReplaySetting
    /// Whether the record tells the options; else they are taken for the defaults.
    let isRecorded: Bool

    init(of run: RunDescription, on backing: BackingFilesystem) {
        let options = (run.overlayOptions ?? []).map { MountOption(parsing: $0) }
        setting = ReplaySetting(.overlay2, options, on: backing)
        isRecorded = run.overlayOptions != nil
    }

    /// Whether overlayfs kept its marks in `user.` attributes, as it does without root.
    var keepsUserMarks: Bool { setting.options.contains(MountOption("userxattr")) }

    /// The recorded options with those that are asked for in their place. What was switched off is left out, for it is
    /// off by itself, and one option may bring another with it.
    func options(changedBy asked: [MountOption], asRoot: Bool) -> [MountOption] {
        let stays = setting.options.filter { option in
            option.value != "off" && option != MountOption("redirect_dir", "nofollow")
                && !(asRoot && option == MountOption("userxattr")) && !asked.contains { $0.name == option.name }
        }
        return stays + asked
    }
}

extension BackingFilesystem {
    /// The filesystem that a run recorded; ext4 for one that copies as it does.
    init(recorded name: String) {
        self = BackingFilesystem(rawValue: name) ?? .ext4
    }
}

/// What the calls of a run come to together.
struct WhatIfSums {
    private(set) var calls = 0
    private(set) var differing = 0
    private(set) var same = 0
    /// The calls of processes that got another answer before, and the bytes that they copied as recorded.
    private(set) var followers = 0
    private(set) var copiedByFollowers: Int64 = 0
    private(set) var notReproduced = 0
    /// Clauses that can follow "because", and how often each was the reason.
    private(set) var unknown: [(reason: String, count: Int)] = []
    /// What the replayed calls cost, as they were recorded and instead.
    private(set) var recorded = Cost()
    private(set) var other = Cost()
    private(set) var writes = ReplayedCall.Writes()
    /// How many calls opened a file for writing that was not seen to become another size.
    private(set) var unseenWrites = 0

    mutating func add(_ call: ReplayedCall) {
        calls += 1
        writes.recorded += call.writes.recorded
        writes.instead += call.writes.instead
        if call.leavesWritesUnseen { unseenWrites += 1 }
        switch call.fate {
        case .replayed(_, let cost):
            recorded += call.cost
            other += cost
            if call.differs { differing += 1 } else { same += 1 }
        case .notReplayed(.followsAnotherAnswer):
            followers += 1
            copiedByFollowers += call.cost.copied
        case .notReplayed(.notReproduced): notReproduced += 1
        case .notReplayed(.unknown(let reason)):
            if let index = unknown.firstIndex(where: { $0.reason == reason }) {
                unknown[index].count += 1
            } else {
                unknown.append((reason, 1))
            }
        }
    }

    var notReplayed: Int { followers + notReproduced + unknown.reduce(0) { $0 + $1.count } }
}
