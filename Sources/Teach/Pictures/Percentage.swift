/// A share as people read it: `99.9 %`.
public struct Percentage: Hashable, Sendable, CustomStringConvertible {
    /// From 0 to 1.
    public var share: Double
    public init(_ share: Double) { self.share = share }

    /// Rounded down to a tenth, so that 100 % is told only of the whole.
    public var description: String {
        let tenths = Int((share * 1000).rounded(.down))
        return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
    }
}
