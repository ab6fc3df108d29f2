/// Which layer of a stack: a read-only one, numbered from 1 at the bottom, or the writable one on top.
public enum LayerID: Hashable, Sendable {
    /// The read-only layer with this number; 1 is the lowest.
    case lower(Int)
    /// The container's own writable layer.
    case upper
}

extension LayerID: Comparable {
    /// A layer is less than those above it.
    public static func < (left: LayerID, right: LayerID) -> Bool {
        switch (left, right) {
        case (.lower(let a), .lower(let b)): a < b
        case (.lower, .upper): true
        case (.upper, _): false
        }
    }
}

extension LayerID: CustomStringConvertible {
    /// The number, or `upper`: the form in scripts, in JSON and in the record.
    public var description: String {
        switch self {
        case .lower(let number): String(number)
        case .upper: "upper"
        }
    }

    /// Reads the form that `description` writes; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        if text == "upper" {
            self = .upper
        } else if let number = Int(text), number >= 1 {
            self = .lower(number)
        } else {
            return nil
        }
    }
}
