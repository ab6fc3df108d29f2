extension Cost {
    /// Adds what another call, or another part of the same one, cost. What two calls opened is read through the shared
    /// cache only if both are.
    public static func += (total: inout Cost, more: Cost) {
        total.copied = total.copied.addingClamped(more.copied)
        total.shared = total.shared.addingClamped(more.shared)
        total.allocated = total.allocated.addingClamped(more.allocated)
        total.freed = total.freed.addingClamped(more.freed)
        total.metadata += more.metadata
        if let shares = more.sharesPageCache { total.sharesPageCache = shares && total.sharesPageCache != false }
    }
}

extension Int64 {
    /// The sum, or the number nearest to it: two files of 2^62 bytes each may be copied, or given back.
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other < 0 ? .min : .max) : sum
    }
}
