import LayerModel
import Lessons
import Pictures
import Scripts
import StorageDrivers
import Terminal

/// What `teach sim` prints for people.
struct SimText {
    let driver: StorageDriverKind
    let options: [MountOption]
    /// What the layers lie on, where that was asked for.
    let backing: BackingFilesystem?
    let style: Style
    let width: Int

    /// One operation: the line, what it came to, what changed, what it cost.
    ///
    /// - Parameter isFirstOpen: Whether it is the first that opened a file.
    func tell(_ report: OperationReport, isFirstOpen: Bool = false) {
        let number = String(report.line)
        let margin = String(repeating: " ", count: max(4 - number.count, 0)) + number
        print(style.apply(.bold, to: "\(margin)  \(report.command.printable.cut(to: max(width - 6, 20)))"))
        func indented(_ text: String) { print("      \(text)") }
        indented("\(report.isAsExpected ? mark(report) : "✗") \(outcome(report))")
        for effect in report.effects.prefix(Self.mostEffects) {
            indented("  \(effect.clause(under: driver, options, cost: report.cost, linked: report.linked).printable)")
        }
        if report.effects.count > Self.mostEffects {
            indented("  and \(report.effects.count - Self.mostEffects) changes more")
        }
        if let cost = report.cost.words { indented("  \(style.apply(.dim, to: "cost: \(cost)"))") }
        if driver == .devicemapper, isFirstOpen, report.cost.copied > 0 {
            indented("  \(style.apply(.dim, to: FirstOpen.reason))")
        }
        if driver == .aufs, report.cost.copied > report.cost.allocated + report.cost.shared + 4096 {
            indented("  \(style.apply(.dim, to: "AUFS leaves a hole where it copies zeros, and holes are not stored"))")
        }
    }

    /// What the operations did to one path.
    func tell(_ story: [(report: OperationReport, paths: [Path])], of path: Path) {
        var table = Table([.init("LINE", .right), .init("OPERATION"), .init("OUTCOME"), .init("EFFECTS")])
        for (report, paths) in story {
            let own = report.effects.filter { $0.path == path }
            guard !own.isEmpty || paths.contains(where: { $0.withoutTrailingSlash == path }) else { continue }
            let effects = own.map { effect in
                let source = effect.layer == .upper ? "" : " of layer \(effect.layer)"
                let size = effect.size.map { ", \(ByteCount($0))" } ?? ""
                return effect.kind.rawValue + source + size
            }
            table.add([
                "\(report.line)", report.command.printable, report.errno?.name ?? "ok", effects.joined(separator: "; "),
            ])
        }
        guard !table.rows.isEmpty else {
            print("no operation came to \(path.description.printable)")
            return
        }
        print(table.text(width: width, style: style), terminator: "")
    }

    /// A listing of a view or a layer.
    func tell(_ files: [ListedFile], title: String) {
        var table = Table([
            .init("TYPE"), .init("MODE", .right), .init("UID", .right), .init("GID", .right), .init("SIZE", .right),
            .init("LINKS", .right), .init(title.uppercased()),
        ])
        for file in files {
            let target = file.target.map { " -> \($0)" } ?? ""
            let device = file.device.map { " \($0.major):\($0.minor)" } ?? ""
            let attributes = file.attributes.sorted { $0.key < $1.key }.map {
                " \($0.key)=\(ByteString(bytes: $0.value))"
            }
            table.add([
                file.kind.typeName, file.permissions.octal, "\(file.uid)", "\(file.gid)",
                file.size.map { "\($0)" } ?? "",
                file.links.map { "\($0)" } ?? "", "\(file.path)\(target)\(device)\(attributes.joined())",
            ])
        }
        print(table.text(width: width, style: style), terminator: "")
    }

    /// The end: how many went well, what all cost.
    func summarize(_ tally: SimTally) {
        let count = tally.succeeded + tally.refused
        print(
            "\(driver.rawValue)\(backing.map { " on \($0.rawValue)" } ?? ""): \(count) operation\(count == 1 ? "" : "s"), \(tally.succeeded) succeeded, "
                + "\(tally.refused) refused")
        if let cost = tally.cost.words { print("cost: \(cost)") }
        if tally.expectations > 0 {
            let met = tally.expectations - tally.unmet.count
            print("\(met == tally.expectations ? "✓" : "✗") \(met) of \(tally.expectations) expectations met")
        }
        if let first = tally.unreached.first {
            print("! the mount was refused; lines from \(first.number) on were not run")
        }
    }

    private static let mostEffects = 12
    /// How much is told of an operation where nothing else cuts it: the longest has megabytes.
    static let longestCommand = 200

    private func mark(_ report: OperationReport) -> String {
        report.expectation != nil ? "✓" : report.errno == nil ? "·" : "!"
    }

    private func outcome(_ report: OperationReport) -> String {
        var words = report.errno?.name ?? "ok"
        switch report.expectation {
        case nil: break
        case .some where report.isAsExpected: words += ", as expected"
        case .some(let expectation): words += ", and \(expectation) was expected"
        }
        if let entry = report.attributes { words += ": \(entry.words)" }
        if let data = report.data {
            words += ": \"\(ByteString(bytes: data.prefix(4 * width)))\"".printable.cut(
                to: max(width - 8 - words.count, 20))
            if data.count > 80 { words += " (\(ByteCount(Int64(data.count)).exact))" }
        }
        return words
    }
}

extension StorageDriverKind {
    /// Who is said to act: the kernel's own name of the filesystem, where it has one.
    var actor: String {
        switch self {
        case .overlay2: "overlayfs"
        case .aufs: "AUFS"
        case .devicemapper, .btrfs, .zfs, .vfs: rawValue
        }
    }
}

extension StorageDriverKind {
    /// What is written into, where it is no layer that lies over others.
    fileprivate var writable: String {
        switch self {
        case .overlay2, .aufs: "the upper layer"
        case .devicemapper, .btrfs: "the container's snapshot"
        case .zfs: "the container's clone"
        case .vfs: "the container's copy"
        }
    }
}

extension LayerEffect {
    /// The effect as a clause, in the driver's words.
    ///
    /// - Parameters:
    ///   - cost: That of the call: where metacopy is on, it tells whether the data came along.
    ///   - linked: The file that the call gave another name, where it did.
    func clause(under driver: StorageDriverKind, _ options: [MountOption], cost: Cost, linked: Path?) -> String {
        let leavesData =
            kind == .copyUp && size ?? 0 > 0 && cost.copied == 0 && cost.shared == 0
            && options.contains(MountOption("metacopy", "on"))
        return clause(driver: driver.actor, writable: driver.writable, leavesData: leavesData, linked: linked)
    }
}

extension Cost {
    /// What is not nothing, in words; `nil` where all is.
    var words: String? {
        var words: [String] = []
        if copied > 0 { words.append("\(ByteCount(copied)) copied") }
        if shared > 0 { words.append("\(ByteCount(shared)) shared with the source") }
        if allocated > 0 { words.append("\(ByteCount(allocated)) stored") }
        if allocated < 0 { words.append("\(ByteCount(-allocated)) freed") }
        if metadata > 0 { words.append("\(metadata) metadata") }
        if let sharesPageCache {
            words.append(sharesPageCache ? "page cache shared with other containers" : "page cache of its own")
        }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }
}

extension LayerEntry {
    /// As ls(1) tells it.
    fileprivate var words: String {
        let name = kind == .file ? "file, \(ByteCount(size).exact)" : kind.typeName
        let target = target.map { " -> \($0.text.printable)" } ?? ""
        let device = device.map { " \($0.major):\($0.minor)" } ?? ""
        return
            "\(name)\(target)\(device), mode \(permissions.octal), owner \(uid):\(gid), \(links) link\(links == 1 ? "" : "s")"
    }
}

extension String {
    func cut(to width: Int) -> String { shortenedAtEnd { $0.displayWidth <= width } }
}
