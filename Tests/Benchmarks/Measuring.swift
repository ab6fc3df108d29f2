import Glibc

/// Runs two bodies in turns, so that what else the machine does falls on both, and answers the median of each in
/// nanoseconds.
func medians(rounds: Int, _ ours: () throws -> Void, _ peer: () throws -> Void) rethrows -> (ours: Int64, peer: Int64) {
    var left: [Int64] = []
    var right: [Int64] = []
    try ours()
    try peer()
    for _ in 0..<rounds {
        left.append(try nanoseconds(ours))
        right.append(try nanoseconds(peer))
    }
    return (left.median, right.median)
}

/// What one call of `body` takes on CLOCK_MONOTONIC.
func nanoseconds(_ body: () throws -> Void) rethrows -> Int64 {
    let began = now()
    try body()
    return now() - began
}

private func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

extension [Int64] {
    var median: Int64 { isEmpty ? 0 : sorted()[count / 2] }
}
