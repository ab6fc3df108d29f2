import LayerModel
import Linux

/// A system call at which a traced process has stopped, as far as a test needs to know it.
struct StoppedCall {
    var number: Int
    var arguments: [UInt64]
    /// The path or string that an argument points at.
    var text: (Int) -> String

    func `is`(_ x86: Int, _ arm: Int?) -> Bool {
        Architecture.current == .x86_64 ? number == x86 : number == arm
    }
}

/// Follows the child of a clone through its plan by the calls that it makes. The steps' names are those that teach
/// itself has recorded: for a step that is new here, the test fails and says so.
struct SetupCursor {
    struct Step: Hashable {
        var name: String
        var detail: String
        /// What tells it from others of its name.
        var label: String {
            name.hasPrefix("mount ") && detail.hasPrefix("on ") ? "\(name) \(target)" : name
        }
        /// `/dev/pts` of `on /dev/pts (nosuid)`.
        var target: String { String(detail.dropFirst(3).prefix { $0 != " " }) }
    }

    let steps: [Step]
    /// The step that is being made; -1 before the first.
    private(set) var index = -1
    /// The calls that it has made.
    private(set) var calls = 0

    init(_ steps: [Step]) { self.steps = steps }

    /// Notes the entry of a call.
    mutating func enter(_ call: StoppedCall) {
        // A step may be passed without a call of its own only if another one begins.
        if let next = steps.indices.dropFirst(index + 1).first, Self.begins(steps[next], call) {
            index = next
            calls = 0
        }
        calls += 1
    }

    static func isKnown(_ step: Step) -> Bool { beginnings[step.name] != nil || step.name.hasPrefix("mount ") }

    private static func begins(_ step: Step, _ call: StoppedCall) -> Bool {
        if let begins = beginnings[step.name] { return begins(call) }
        guard step.name.hasPrefix("mount ") else { return false }
        let target = String(step.target.dropFirst())
        // openat2 of the place, or mkdirat where /dev has none yet.
        return (call.is(437, 437) && call.text(1) == target) || (call.is(258, 34) && call.text(1) == target)
    }

    /// The call that each step begins with (plan.c, plan_process.c, plan_filesystem.c).
    private static let beginnings: [String: @Sendable (StoppedCall) -> Bool] = [
        "new session": { $0.is(112, 157) },
        "standard streams": { $0.is(33, 24) },
        "unshare": { $0.is(272, 97) },
        "make mounts private": { $0.is(165, 40) },
        "mount overlay": { ($0.is(165, 40) && $0.text(2) == "overlay") || $0.is(430, 430) },
        "make mount point": { $0.is(258, 34) },
        "make devices": { $0.is(259, 33) },
        "make links": { $0.is(266, 36) },
        "make paths read-only": { $0.is(437, 437) && $0.text(1) == "proc/bus" },
        "mask paths": { $0.is(437, 437) && $0.text(1) == "proc/acpi" },
        "pivot_root": { $0.is(81, 50) },
        "sethostname": { $0.is(170, 161) },
        "bring loopback up": { $0.is(41, 198) },
        "umask": { $0.is(95, 166) },
        "working directory": { $0.is(80, 49) },
        "close descriptors": { $0.is(436, 436) },
        "await parent": { $0.is(0, 63) || $0.is(1, 64) },
        "load seccomp": { $0.is(317, 277) },
        "limit bounding set": { $0.is(157, 167) && $0.arguments[0] == 24 },
        "become user": { $0.is(116, 159) },
        "set capabilities": { $0.is(126, 91) },
        "die with parent": { $0.is(157, 167) && $0.arguments[0] == 1 },
        "exec": { $0.is(1, 64) || $0.is(221, 221) || $0.is(59, 221) },
    ]
}
