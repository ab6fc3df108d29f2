public import ArgumentParser
import Diagrams
import Glibc
import LayerModel
import Pictures
import Scripts
import SimulatedPictures
public import StorageDrivers
import Terminal
import Verification

extension StorageDriverKind: ExpressibleByArgument {}

extension BackingFilesystem: ExpressibleByArgument {}

extension StorageDriverKind {
    /// Whether its layers are directories of a filesystem that the host has; the others bring their own.
    var liesOnAnyFilesystem: Bool { self == .overlay2 || self == .aufs || self == .vfs }
}

/// `teach sim`.
struct SimCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sim",
        abstract: "Run a script on a simulated storage driver: what would happen, and what it would cost.",
        discussion: """
            A script describes layers and then operations through the union of them; docs/scripts.md tells the language. \
            Nothing on this host is touched, but for --verify.

            Exit status: 1 when an `expect` of the script is not met, or the kernel does other than predicted; 65 when the script is malformed.
            """)

    @Argument(help: "The script's file; `-` is standard input.", completion: .file(extensions: ["sim"]))
    var script: String

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
            (reflink) until it is written. (default: ext4)
            """, valueName: "filesystem"))
    var backing: BackingFilesystem?

    @Flag(help: "One JSON object for each operation.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "At the end, what the merged view and the writable layer hold: merged, upper, or merged,upper for both.",
            valueName: "merged,upper"))
    var dump: Listings?

    @Option(help: ArgumentHelp("Tell only the story of a path.", valueName: "path"))
    var follow: String?

    @Option(help: ArgumentHelp("Draw the layers as they are at the end.", valueName: "file"))
    var svg: String?

    @Flag(help: "At the end, what the driver keeps under /var/lib/docker, as slide 54 has it; --svg draws it.")
    var root = false

    @Flag(help: "Run the script on the real kernel too, and tell the first difference.")
    var verify = false

    @Option(
        help: ArgumentHelp(
            "Run the script under several drivers, side by side: names with commas between.", valueName: "drivers"),
        transform: { try Drivers(parsing: $0) })
    var compare: Drivers?

    func validate() throws {
        if json, follow != nil {
            throw ValidationError("--follow tells a story, and --json tells all; give one of them")
        }
        if let follow, !follow.hasPrefix("/") {
            throw ValidationError("--follow takes an absolute path, not \(follow)")
        }
        for option in options where option.isEmpty || option.hasPrefix("=") {
            throw ValidationError("--option takes name=value or name, not `\(option)`")
        }
        if backing != nil, !(compare?.all ?? [driver]).contains(where: \.liesOnAnyFilesystem) {
            throw ValidationError(
                "--backing is for overlay2, aufs and vfs; devicemapper, btrfs and zfs bring a filesystem of their own")
        }
        if root, json || verify || follow != nil || dump != nil || compare != nil {
            throw ValidationError(
                "--root tells the end alone; leave out --json, --dump, --follow, --compare and --verify")
        }
        if compare != nil, json || verify || follow != nil || dump != nil {
            throw ValidationError("--compare is a table of its own; leave out --json, --dump, --follow and --verify")
        }
    }

    func run() throws {
        if let svg { try GraphPlace.checkEnding(of: svg) }
        let source = try ScriptSource(script)
        if let compare {
            try SimComparison(source, drivers: compare.all, options: mountOptions, on: backing).run(svg: svg)
            return
        }
        if root {
            try DiskLayout(of: source, by: driver, options: mountOptions, on: backing).tell(drawnTo: svg)
            return
        }
        var run = try source.simulated(by: driver, options: mountOptions, on: backing)
        let text = SimText(
            driver: driver, options: mountOptions, backing: backing, style: Style(for: STDOUT_FILENO),
            width: terminalWidth(of: STDOUT_FILENO))
        let path = follow.map { Path($0).withoutTrailingSlash }
        var story: [(OperationReport, [Path])] = []
        var tally = SimTally()
        while let report = try source.placing({ try run.next() }) {
            let isFirstOpen = report.opensAFile && !tally.openedAFile
            tally.add(report)
            if json {
                print(report.json)
            } else if path == nil {
                text.tell(report, isFirstOpen: isFirstOpen)
            }
            if path != nil || svg != nil || !json { story.append((report, source.paths(of: report.line))) }
        }
        tally.unreached = run.unreached
        if let path {
            text.tell(story, of: path)
        } else if !json {
            if let matrix = ScriptPicture.end(of: source, by: driver, on: run.filesystem, story.map(\.0)) {
                print(matrix.text(width: text.width, style: text.style))
            }
            text.summarize(tally)
        }
        for listing in dump?.all ?? [] {
            let files = try run.listing(listing)
            if json { print(listing.json(files)) } else { text.tell(files, title: listing.rawValue) }
        }
        if let svg {
            guard let matrix = ScriptPicture.end(of: source, by: driver, on: run.filesystem, story.map(\.0)) else {
                throw LibraryError("\(source.name) has no name to draw: its layers and its operations are empty")
            }
            try matrix.drawing().write(to: svg, as: PictureFormat(path: svg) ?? .svg)
            if !json { print(svg) }
        }
        var agrees = true
        if verify {
            let verification = SimVerification(source, reportingTo: json ? STDERR_FILENO : STDOUT_FILENO)
            agrees = try verification.run(
                asked: VerificationSetting(
                    driver, mountOptions, on: driver == .btrfs ? .btrfs : backing.map(Ground.Kind.init) ?? .tmpfs))
        }
        try tally.conclude(source)
        if !agrees { throw ExitCode(1) }
    }

    private var mountOptions: [MountOption] { options.map { MountOption(parsing: $0) } }
}

extension Ground.Kind {
    fileprivate init(_ filesystem: BackingFilesystem) {
        switch filesystem {
        case .ext4: self = .ext4
        case .tmpfs: self = .tmpfs
        case .xfs: self = .xfs
        case .btrfs: self = .btrfs
        }
    }
}

/// The value of `--dump`.
struct Listings: ExpressibleByArgument {
    var all: [Listing] = []

    init?(argument: String) {
        for name in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let listing = Listing(rawValue: String(name)) else { return nil }
            if !all.contains(listing) { all.append(listing) }
        }
    }
}

/// The value of `--compare`.
struct Drivers {
    var all: [StorageDriverKind] = []

    /// - Throws: `ValidationError`, which names the one that is no driver and the drivers.
    init(parsing text: String) throws {
        for name in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            guard let driver = StorageDriverKind(rawValue: name) else {
                let known = StorageDriverKind.allCases.map(\.rawValue)
                let nearest = NearestName.of(name, among: known).map { "; write `\($0)`, if that was meant" } ?? ""
                throw ValidationError(
                    "`\(name)` is no storage driver: --compare takes names with commas between, of "
                        + known.joined(separator: ", ") + nearest)
            }
            if !all.contains(driver) { all.append(driver) }
        }
    }
}

/// What the reports come to.
struct SimTally {
    private(set) var succeeded = 0
    private(set) var refused = 0
    private(set) var expectations = 0
    private(set) var openedAFile = false
    private(set) var unmet: [OperationReport] = []
    private(set) var cost = Cost()
    /// The lines after a refused remount.
    var unreached: ArraySlice<OperationLine> = []

    mutating func add(_ report: OperationReport) {
        if report.errno == nil { succeeded += 1 } else { refused += 1 }
        if report.expectation != nil { expectations += 1 }
        if report.opensAFile { openedAFile = true }
        if !report.isAsExpected { unmet.append(report) }
        cost += report.cost
    }

    /// Names what was expected and did not come; ends the program with 1 then.
    func conclude(_ source: ScriptSource) throws {
        for report in unmet.prefix(20) {
            complain(
                "\(source.name):\(report.line): expected \(report.expectation?.description ?? "ok"), and it came to "
                    + "\(report.errno?.name ?? "ok"): \(report.command.printable.cut(to: SimText.longestCommand))")
        }
        if unmet.count > 20 { complain("and \(unmet.count - 20) more expectations are not met") }
        let missed = unreached.filter { $0.expectation != nil }
        if let first = missed.first {
            complain(
                "\(source.name):\(first.number): what is expected here was not reached: a remount was refused before")
        }
        if !unmet.isEmpty || !missed.isEmpty { throw ExitCode(1) }
    }
}
