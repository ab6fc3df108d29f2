extension Cost {
    /// Adds what another call, or another part of the same one, cost. What two calls opened is read through the shared
    /// cache only if both are.
    public static func += (total: inout Cost, more: Cost) {
        total.copied = total.copied.addingClamped(more.copied)
        total.shared = total.shared.addingClamped(more.shared)
        total.allocated = total.allocated.addingClamped(more.allocated)
        total.metadata += more.metadata
        if let shares = more.sharesPageCache { total.sharesPageCache = shares && total.sharesPageCache != false }
    }
}

extension Int64 {
    /// The sum, or the largest number where it is beyond: two files of 2^62 bytes each may be copied.
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
