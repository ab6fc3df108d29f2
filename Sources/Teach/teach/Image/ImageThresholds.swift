import ArgumentParser
import ImageViews
import LayerContents

/// The options of `teach image --ci`.
struct ImageThresholds: ParsableArguments {
    @Flag(name: .customLong("ci"), help: "Hold the image against thresholds; exit 1 where one is not kept.")
    var isAsked = false

    @Option(help: ArgumentHelp("The lowest efficiency, from 0 to 1.", valueName: "share"))
    var minEfficiency = 0.9

    @Option(help: ArgumentHelp("The most hidden bytes, as 20m.", valueName: "bytes"))
    var maxHidden: String?

    @Option(
        help: ArgumentHelp(
            "The largest share of bytes that layers above the base may hide, from 0 to 1.", valueName: "share"))
    var maxHiddenShare = 0.1

    @Option(help: ArgumentHelp("How many of the lowest layers are the base image's.", valueName: "n"))
    var baseLayers = 1

    func check() throws {
        for (name, share) in [("--min-efficiency", minEfficiency), ("--max-hidden-share", maxHiddenShare)]
        where !(0...1).contains(share) {
            throw ValidationError("\(name) is a share from 0 to 1, such as 0.9; \(share) is none")
        }
        if baseLayers < 0 { throw ValidationError("--base-layers counts layers; \(baseLayers) is no count") }
        if let maxHidden, Self.bytes(maxHidden) == nil {
            throw ValidationError("--max-hidden is a size such as 20m or 1g; \(maxHidden) is none")
        }
    }

    /// Says how each threshold is kept.
    ///
    /// - Throws: `ExitCode` 1 where one is not.
    func judge(_ report: ImageReport) throws {
        let thresholds = Thresholds(
            efficiency: minEfficiency, hiddenBytes: maxHidden.flatMap(Self.bytes), hiddenShare: maxHiddenShare,
            baseLayers: baseLayers)
        let results = thresholds.judge(report.contents)
        for result in results { print("\(result.isMet ? "✓" : "✗") \(result.sentence)") }
        if !results.allSatisfy(\.isMet) { throw ExitCode(1) }
    }

    /// A number of bytes; k, m and g are powers of 1024.
    private static func bytes(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
        var digits = Substring(text.lowercased())
        if digits.count > 2, digits.hasSuffix("b") { digits.removeLast() }
        var unit: Int64 = 1
        if let last = digits.last, let found = units[last] {
            unit = found
            digits.removeLast()
        }
        guard let number = Int64(digits), number >= 0 else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : bytes
    }
}
