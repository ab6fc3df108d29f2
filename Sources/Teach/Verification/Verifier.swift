public import Events
public import LayerModel
public import Linux
public import StorageDrivers

/// Predicts a recorded operation from its evidence alone, and holds the prediction against what was observed.
public struct Verifier: Sendable {
    private let driver: Overlay2

    public init(driver: Overlay2) { self.driver = driver }

    /// The verifier of calls that are made in this user namespace, on this host.
    public init(on namespace: UserNamespace, protections: Overlay2.Protections = .ofThisHost) {
        var driver = Overlay2(protections: protections)
        if !namespace.isInitial { driver.confinement = Confinement(namespace) }
        self.init(driver: driver)
    }

    /// What the model says of the call, made from the evidence rows: the result and the effects are not looked at.
    public func prediction(of operation: ObservedOperation) -> Prediction {
        guard let call = operation.call else {
            return .unmodelled("the observer refused the call, so the kernel never judged it")
        }
        var reader = EvidenceReader(operation.evidence)
        return driver.prediction(of: call, by: operation.credentials, over: &reader)
    }

    /// The prediction, and how it fared.
    public func verdict(on operation: ObservedOperation) -> (prediction: Prediction, verdict: Verdict) {
        // No layer holds what a disk has left: such an answer says nothing about the rules.
        if let errno = operation.errno, [.ENOSPC, .EDQUOT, .ENOMEM, .EIO].contains(errno) {
            let prediction = Prediction.unmodelled(
                "the kernel ran out of something that no rule is about (\(errno.name))")
            return (prediction, Verdict(of: prediction, against: operation.outcome))
        }
        let prediction = prediction(of: operation)
        return (prediction, Verdict(of: prediction, against: operation.outcome))
    }
}

extension Overlay2.Protections {
    /// The settings `fs.protected_*` as they are now: see proc_sys_fs(5). What a kernel does not have, it does not do.
    public static var ofThisHost: Overlay2.Protections {
        func setting(_ name: String) -> UInt8 { UInt8(clamping: kernelSetting("fs/\(name)") ?? 0) }
        return Overlay2.Protections(
            hardLinks: setting("protected_hardlinks") != 0, symbolicLinks: setting("protected_symlinks") != 0,
            regularFiles: setting("protected_regular"), fifos: setting("protected_fifos"))
    }
}

extension Confinement {
    /// The ids of a user namespace.
    public init(_ namespace: UserNamespace) {
        func ranges(_ map: IdentifierMap) -> [ClosedRange<UInt32>] {
            map.extents.filter { $0.count > 0 }.map { $0.inside...($0.inside + ($0.count - 1)) }
        }
        self.init(users: ranges(namespace.users), groups: ranges(namespace.groups))
    }
}
