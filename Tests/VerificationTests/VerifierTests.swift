import Events
import LayerModel
import StorageDrivers
import Testing

@testable import Verification

/// A verdict is made from evidence alone, and a model that is wrong is found out.
@Suite struct VerifierTests {
    /// Opening /etc/motd of layer 1 for writing, as it was recorded on a real overlay.
    static func opening(_ effects: [ObservedEffect], errno: Errno? = nil) -> ObservedOperation {
        let directory = LayerEntry(kind: .directory, permissions: 0o755)
        let file = LayerEntry(kind: .file, permissions: 0o644, size: 12)
        let rows: [Evidence.Row] = [
            .init(path: .root, layer: .upper, entry: directory), .init(path: .root, layer: .lower(1), entry: directory),
            .init(path: "/etc", layer: .upper, entry: nil), .init(path: "/etc", layer: .lower(1), entry: directory),
            .init(path: "/etc/motd", layer: .upper, entry: nil),
            .init(path: "/etc/motd", layer: .lower(1), entry: file),
        ]
        return ObservedOperation(
            sequence: 1, pid: 1, program: "sh", syscall: "openat", call: .open("/etc/motd", .writeOnly, mode: 0),
            arguments: ["/etc/motd"], credentials: .containerRoot, errno: errno, resolved: ["/etc/motd"],
            evidence: Evidence(rows: rows), effects: effects)
    }

    static let copied = [
        ObservedEffect(LayerEffect(.parentCopyUp, "/etc", layer: .lower(1))),
        ObservedEffect(LayerEffect(.copyUp, "/etc/motd", layer: .lower(1), size: 12), allocated: 4096, shared: 0),
    ]

    @Test func whatTheKernelDidConfirmsTheModel() {
        #expect(Verifier(driver: Overlay2()).verdict(on: Self.opening(Self.copied)).verdict == .confirmed)
    }

    @Test func anythingElseRefutesItAndKeepsBothSides() {
        let operation = Self.opening([], errno: .EROFS)
        guard case .refuted(let predicted, let observed) = Verifier(driver: Overlay2()).verdict(on: operation).verdict
        else {
            Issue.record("a difference was not seen")
            return
        }
        #expect(predicted.effects == Self.copied.map(\.effect))
        #expect(observed == Outcome(errno: .EROFS))
    }

    @Test(arguments: [Overlay2.Rule.openForWritingCopiesUp, .parentsAreCopiedUp])
    func aRuleBrokenOnPurposeIsRefuted(rule: Overlay2.Rule) {
        var driver = Overlay2()
        driver.brokenRules = [rule]
        let (_, verdict) = Verifier(driver: driver).verdict(on: Self.opening(Self.copied))
        #expect(verdict.name == "refuted")
    }

    @Test func missingEvidenceIsUnmodelledAndNeverConfirmed() {
        var operation = Self.opening(Self.copied)
        operation.evidence.rows.removeAll { $0.path == "/etc/motd" }
        #expect(Verifier(driver: Overlay2()).verdict(on: operation).verdict.name == "unmodelled")
    }

    @Test func aCallThatTheObserverRefusedIsUnmodelled() {
        var operation = Self.opening([])
        operation.call = nil
        #expect(Verifier(driver: Overlay2()).verdict(on: operation).verdict.name == "unmodelled")
    }

    @Test func thePredictionDoesNotLookAtTheResult() {
        let verifier = Verifier(driver: Overlay2())
        #expect(
            verifier.prediction(of: Self.opening(Self.copied)) == verifier.prediction(of: Self.opening([], errno: .EIO))
        )
    }
}
