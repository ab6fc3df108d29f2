import Foundation

/// What teach is doing before, between and after its containers, told by the files that its calls name.
struct CrashPhases {
    private let home: String
    private var phase: CrashPlace.Phase?
    private var hasForked = false

    init(home: String) { self.home = home }

    /// The first step's shell is there.
    mutating func shellBegan() {
        hasForked = true
        if phase == .makingWorkplace { phase = nil }
    }

    mutating func phase(of call: StoppedCall, _ pid: pid_t) -> CrashPlace.Phase? {
        let path: String
        let isRemoval = call.is(87, 35) || call.is(263, 35) || call.is(84, 35)
        if call.is(257, 56) {
            path = call.text(1)
        } else if call.is(263, 35) {
            path = call.text(1).hasPrefix("/") ? call.text(1) : file(call.arguments[0], of: pid) + "/" + call.text(1)
        } else if call.is(258, 34) {
            path = call.text(1)
        } else if call.is(87, nil) || call.is(84, nil) || call.is(83, nil) || call.is(82, nil) {
            path = call.text(0)
        } else if call.is(1, 64) || call.is(18, 68) || call.is(74, 82) || call.is(75, 83) || call.is(77, 46) {
            path = file(call.arguments[0], of: pid)
        } else {
            return phase
        }
        if path.hasSuffix("recordings.sqlite.lock"), !hasForked { phase = .openingRecord }
        if phase == .openingRecord, path.hasPrefix(home + "/images") || path.hasPrefix(home + "/locks") { phase = nil }
        if path.contains("/.partial-"), !hasForked { phase = .makingImage }
        if path.hasPrefix(home + "/runs/"), !hasForked { phase = .makingWorkplace }
        if let phase { return phase }
        if path.contains("/recordings.sqlite"), !call.is(257, 56) { return .recording }
        if path.hasPrefix(home + "/frames/") { return .drawing }
        if isRemoval, path.hasPrefix(home + "/runs/") { return .removing }
        return nil
    }

    private func file(_ number: UInt64, of pid: pid_t) -> String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\(number)")) ?? ""
    }
}
