public import Events
public import LayerModel
public import StorageDrivers

/// Predicts a recorded operation from its evidence alone, and holds the prediction against what was observed.
public struct Verifier: Sendable {
    private let driver: Overlay2

    public init(driver: Overlay2 = Overlay2()) { self.driver = driver }

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
