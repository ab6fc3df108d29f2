import Events
import LayerModel
import Replays
import Scripts
import StorageDrivers

extension ReplayedCall {
    /// The call in one line; the keys are those of `teach sim --json` and `teach events --json`.
    var json: String {
        var json = JSONText()
        json.object { json in
            json.key("kind")
            json.value("operation")
            json.key("step")
            json.value(call.step)
            json.key("container")
            json.value(call.container)
            json.key("seq")
            json.value(call.sequence)
            json.key("program")
            json.value(call.operation.program)
            json.key("pid")
            json.value(call.operation.pid)
            json.key("syscall")
            json.value(call.operation.syscall)
            json.key("paths")
            json.array(call.operation.arguments) { $0.value($1) }
            json.key("recorded")
            json.value(call.operation.outcome, cost)
            json.key("instead")
            if case .replayed(let outcome, let cost) = fate {
                json.value(outcome, cost)
            } else {
                json.value(String?.none)
            }
            json.key("differs")
            if case .replayed = fate { json.value(differs) } else { json.value(Bool?.none) }
            json.key("reason")
            json.value(reason)
            json.key("leaves_writes_unseen")
            json.value(leavesWritesUnseen)
        }
        return json.text
    }

    private var reason: String? {
        guard case .notReplayed(let reason) = fate else { return nil }
        return switch reason {
        case .followsAnotherAnswer: "its process had got another answer before"
        case .unknown(let clause): clause
        case .notReproduced(let outcome):
            "the model comes to \(outcome.errno?.name ?? "ok") "
                + "(\(outcome.effects.map(\.description).joined(separator: "; "))) from what the record holds"
        }
    }
}

extension JSONText {
    fileprivate mutating func value(_ outcome: Outcome, _ cost: Cost) {
        object { json in
            json.key("errno")
            json.value(outcome.errno?.name)
            json.key("effects")
            json.array(outcome.effects) { $0.value($1) }
            json.key("cost")
            json.value(cost)
        }
    }
}

extension WhatIfSums {
    /// The last line.
    func json(run: Int64, _ setting: ReplaySetting, baseline: ReplayBaseline) -> String {
        var json = JSONText()
        json.object { json in
            json.key("kind")
            json.value("summary")
            json.key("run")
            json.value(run)
            json.key("driver")
            json.value(setting.driver.rawValue)
            json.key("options")
            json.array(setting.options) { $0.value($1.description) }
            json.key("backing")
            json.value(setting.backing.rawValue)
            json.key("baseline")
            json.object { json in
                json.key("driver")
                json.value(baseline.setting.driver.rawValue)
                json.key("options")
                json.array(baseline.setting.options) { $0.value($1.description) }
                json.key("backing")
                json.value(baseline.setting.backing.rawValue)
                json.key("is_recorded")
                json.value(baseline.isRecorded)
            }
            json.key("calls")
            json.value(calls)
            json.key("differ")
            json.value(differing)
            json.key("same")
            json.value(same)
            json.key("not_replayed")
            json.object { json in
                json.key("follow_another_answer")
                json.value(followers)
                json.key("not_reproduced")
                json.value(notReproduced)
                json.key("unknown")
                json.value(unknown.reduce(0) { $0 + $1.count })
            }
            json.key("recorded")
            json.value(recorded)
            json.key("instead")
            json.value(other)
            json.key("recorded_writes")
            json.value(writes.recorded)
            json.key("instead_writes")
            json.value(writes.instead)
            json.key("unseen_writes")
            json.value(unseenWrites)
        }
        return json.text
    }
}
