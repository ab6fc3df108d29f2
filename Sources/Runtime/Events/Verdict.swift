public import LayerModel

/// A prediction held against what was observed.
public enum Verdict: Hashable, Sendable {
    case confirmed
    /// Both sides are kept: what the model said and what the kernel did.
    case refuted(predicted: Outcome, observed: Outcome)
    /// The model has no rule for the call; the reason is a clause that can follow "because".
    case unmodelled(String)

    /// Compares a prediction with the outcome of the call it was made for.
    public init(of prediction: Prediction, against observed: Outcome) {
        switch prediction {
        case .unmodelled(let reason): self = .unmodelled(reason)
        case .outcome(observed): self = .confirmed
        case .outcome(let predicted): self = .refuted(predicted: predicted, observed: observed)
        }
    }

    /// The word in the record: `confirmed`, `refuted` or `unmodelled`.
    public var name: String {
        switch self {
        case .confirmed: "confirmed"
        case .refuted: "refuted"
        case .unmodelled: "unmodelled"
        }
    }
}
