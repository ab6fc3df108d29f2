import Events
import Glibc
import LayerModel
import Linux
import OverlayFS
import Testing

/// Calls of this very process, seen by the witness that stands beside them.
struct OwnCallsTests {
    @Test func whatTheWitnessWasNotToldOfIsAHole() throws {
        var template = Array("/tmp/teach-own-XXXXXX".utf8CString)
        #expect(mkdtemp(&template) != nil)
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { removeTree(path) }
        let events = Told()
        let calls = try OwnCalls(layers: LayerDirectories(lowers: [], upper: path)) { events.all.append($0) }
        let base = try Descriptor(opening: path, O_RDONLY | O_DIRECTORY)
        _ = try Descriptor(creating: "told", mode: 0o600, in: base.number, of: WitnessedName("told", by: calls))
        _ = try Descriptor(creating: "untold", mode: 0o600, in: base.number, of: nil)
        #expect(throws: SystemCallError(call: "openat", subject: "told", errno: .EEXIST)) {
            _ = try Descriptor(creating: "told", mode: 0o600, in: base.number, of: WitnessedName("told", by: calls))
        }
        try calls.finish()
        let told = events.all.map { event in
            switch event {
            case .operation(let call):
                "\(call.syscall) \(call.arguments) \(call.errno?.name ?? "") \(call.effects.map(\.effect))"
            case .hole(let hole): "\(hole.path ?? ""): \(hole.reason)"
            default: "\(event)"
            }
        }
        #expect(
            told == [
                "openat [\"told\"]  [create /told (layer upper, 0 bytes)]", "openat [\"told\"] EEXIST []",
                "/untold: the upper layer holds a name that no observed call made",
            ])
    }

    private final class Told: @unchecked Sendable {
        /// Written by the thread of the calls' events, and read when it has ended.
        var all: [Event] = []
    }
}
