import Glibc

/// One claim of docs/benchmarks.md, measured: what we do against what it is held to, side by side in one run.
struct Benchmark: Sendable {
    /// What `make bench BENCH=name` takes.
    let name: String
    /// What is compared, in one line.
    let subject: String
    /// Measures and reports; throws what keeps it from measuring.
    let run: @Sendable (inout Report) throws -> Void
}

/// What a benchmark found, printed as it comes: rows of a Markdown table.
struct Report {
    /// Whether every ratio and figure kept its bound.
    private(set) var isKept = true

    /// Says how many times the peer's median ours is.
    ///
    /// - Parameters:
    ///   - ours, peer: the medians, in nanoseconds.
    ///   - bound: the greatest ratio that the claim allows.
    mutating func ratio(_ what: String, ours: Int64, peer: Int64, bound: Double) {
        let ratio = Double(ours) / Double(max(peer, 1))
        row(
            what, "\(milliseconds(ours)) ms : \(milliseconds(peer)) ms", "× \(hundredths(ratio))",
            "≤ \(hundredths(bound))", ratio <= bound)
    }

    /// Says a figure that has a bound of its own, such as milliseconds to the first screen.
    mutating func figure(_ what: String, _ value: Double, unit: String, atMost bound: Double) {
        row(what, "", "\(hundredths(value)) \(unit)", "≤ \(hundredths(bound))", value <= bound)
    }

    /// Says a rate that has a lower bound, such as events a second.
    mutating func rate(_ what: String, _ value: Double, unit: String, atLeast bound: Double) {
        row(what, "", "\(Int64(value)) \(unit)", "≥ \(Int64(bound))", value >= bound)
    }

    /// Says that a process of ours, which printed its rows itself, missed a bound.
    mutating func miss() { isKept = false }

    private mutating func row(_ what: String, _ medians: String, _ value: String, _ bound: String, _ holds: Bool) {
        if !holds { isKept = false }
        print("| \(what) | \(medians) | \(value) | \(bound) | \(holds ? "✓" : "✗") |")
        fflush(nil)  // seen as it comes, through a pipe too
    }
}

private func hundredths(_ value: Double) -> String {
    let scaled = Int64((value * 100).rounded())
    let rest = String(scaled.magnitude % 100)
    return "\(scaled < 0 ? "−" : "")\(scaled.magnitude / 100).\(rest.count == 1 ? "0" + rest : rest)"
}

private func milliseconds(_ nanoseconds: Int64) -> String { hundredths(Double(nanoseconds) / 1e6) }
