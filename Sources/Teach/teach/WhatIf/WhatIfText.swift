import Events
import LayerModel
import Lessons
import Pictures
import Recording
import Replays
import Scripts
import StorageDrivers
import Terminal

/// What `teach whatif` prints for people: the calls that would differ, then the sums.
struct WhatIfText {
    let setting: ReplaySetting
    let baseline: ReplayBaseline
    let style: Style
    let width: Int

    func begin(_ run: RunRecord) {
        print("run \(run.id), \(run.description.title)".printable)
        let options = baseline.setting.options.map(\.description).joined(separator: ",")
        print(
            "  recorded on overlay2"
                + (baseline.isRecorded
                    ? " with \(options)" : "; its options are not in the record, and taken for the defaults"))
        let isMoved = setting.backing != baseline.setting.backing
        print("  imagined on \(setting)" + (isMoved ? ", its layers on \(setting.backing.rawValue)" : ""))
    }

    func tell(_ replayed: ReplayedCall) {
        guard replayed.differs, case .replayed(let outcome, let cost) = replayed.fate else { return }
        let call = replayed.call
        print("")
        print(
            style.apply(
                .bold,
                to:
                    "step \(call.step)  \(call.operation.program) \(call.operation.pid)  \(CallText.call(call.operation))"
                    .printable))
        let linked = call.operation.linkedFile
        tell("recorded", call.operation.outcome, replayed.cost, linked, baseline.setting)
        tell("instead", outcome, cost, linked, setting)
        if replayed.leavesWritesUnseen {
            tell("then", "what was written is not recorded, and what that cost is not known")
        }
    }

    private func tell(_ title: String, _ outcome: Outcome, _ cost: Cost, _ linked: Path?, _ setting: ReplaySetting) {
        let clauses = outcome.effects.map {
            $0.clause(under: setting.driver, setting.options, cost: cost, linked: linked)
        }
        let words =
            [outcome.errno?.name ?? "ok"] + (clauses.isEmpty ? ["nothing is copied"] : clauses)
            + [cost.words.map { "cost: \($0)" }].compactMap(\.self)
        tell(title, words.joined(separator: "; "))
    }

    private func tell(_ title: String, _ words: String) {
        var lines: [String] = []
        for word in words.printable.split(separator: " ") {
            if let last = lines.last, last.displayWidth + String(word).displayWidth + 1 <= max(width, 40) {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(lines.isEmpty ? "  \(title.padded(to: 10))\(word)" : "            \(word)")
            }
        }
        print(lines.joined(separator: "\n"))
    }

    func end(_ sums: WhatIfSums) {
        print("")
        print(
            "\(sums.calls) call\(sums.calls == 1 ? "" : "s"): \(sums.differing) would differ, \(sums.same) would not, "
                + "\(sums.notReplayed) cannot be replayed")
        if sums.followers > 0 {
            print(
                "  \(sums.followers) follow another answer of the same process: what it would have done then is not known"
                    + (sums.copiedByFollowers > 0 ? "; they copied \(ByteCount(sums.copiedByFollowers))" : ""))
        }
        if sums.notReproduced > 0 {
            print("  \(sums.notReproduced) are not reproduced by the model from what the record holds")
        }
        for (reason, count) in sums.unknown { print("  \(count) because \(reason)".printable) }
        var table = Table([
            .init(""), .init("RECORDED", .right), .init("INSTEAD", .right), .init("DIFFERENCE", .right),
        ])
        func add(_ title: String, _ recorded: Int64, _ other: Int64) {
            let difference = other - recorded
            table.add([
                title, "\(ByteCount(recorded))", "\(ByteCount(other))",
                difference == 0 ? "none" : "\(difference < 0 ? "-" : "+")\(ByteCount(Int64(difference.magnitude)))",
            ])
        }
        add("bytes copied by the replayed calls", sums.recorded.copied, sums.other.copied)
        if sums.recorded.shared + sums.other.shared > 0 {
            add("bytes shared with their source", sums.recorded.shared, sums.other.shared)
        }
        add("bytes allocated by them", sums.recorded.allocated, sums.other.allocated)
        // Of writes that no later size tells, nothing is known: 0 would be said of them too.
        let seen = sums.unseenWrites == 0 ? "writes in between" : "the writes that are seen"
        add("bytes copied by \(seen)", sums.writes.recorded.copied, sums.writes.instead.copied)
        add("bytes allocated by those", sums.writes.recorded.allocated, sums.writes.instead.allocated)
        if sums.unseenWrites > 0 {
            let files = sums.unseenWrites == 1 ? "1 file" : "\(sums.unseenWrites) files"
            table.add(["bytes copied after the opening of \(files)", "not known", "not known", "not known"])
        }
        print(table.text(width: width, style: style), terminator: "")
        let limits =
            "Writes are not recorded, and seen only where a later call finds another size. Contents, values of attributes and "
            + "capabilities are not recorded; names that no call looked at are unknown."
        for line in limits.broken(to: width) { print(style.apply(.dim, to: line)) }
    }
}
