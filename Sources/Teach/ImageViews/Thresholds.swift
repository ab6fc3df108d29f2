public import LayerContents
internal import Pictures

/// What `--ci` holds an image against.
public struct Thresholds: Hashable, Sendable {
    /// The lowest score, from 0 to 1.
    public var efficiency: Double
    /// The most bytes that may be hidden; `nil` for any number.
    public var hiddenBytes: Int64?
    /// The largest share of hidden bytes among all, from 0 to 1, counting only what layers above the base hide.
    public var hiddenShare: Double
    /// How many of the lowest layers are the base image's.
    public var baseLayers: Int

    public init(
        efficiency: Double = 0.9, hiddenBytes: Int64? = nil, hiddenShare: Double = 0.1, baseLayers: Int = 1
    ) {
        self.efficiency = efficiency
        self.hiddenBytes = hiddenBytes
        self.hiddenShare = hiddenShare
        self.baseLayers = baseLayers
    }

    /// One of them, held against an image.
    public struct Result: Hashable, Sendable {
        public var isMet: Bool
        /// What was wanted and what there is.
        public var sentence: String
    }

    public func judge(_ contents: ImageContents) -> [Result] {
        let all = contents.efficiency
        let own = contents.efficiency(above: baseLayers)
        var results = [
            Result(
                isMet: all.score >= efficiency,
                sentence: "efficiency \(Percentage(all.score)), at least \(Percentage(efficiency))")
        ]
        if let hiddenBytes {
            results.append(
                Result(
                    isMet: all.hiddenBytes <= hiddenBytes,
                    sentence: "hidden \(ByteCount(all.hiddenBytes)), at most \(ByteCount(hiddenBytes))"))
        }
        let share = own.hiddenShare
        results.append(
            Result(
                isMet: share <= hiddenShare,
                sentence: "hidden by layers above the base (\(baseLayers) layer\(baseLayers == 1 ? "" : "s")) "
                    + "\(Percentage(share)) of all bytes, at most \(Percentage(hiddenShare))"))
        return results
    }
}
