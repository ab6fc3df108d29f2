import Glibc

/// Runs two bodies in turns, so that what else the machine does falls on both, and answers the median of each in
/// nanoseconds.
func medians(rounds: Int, _ ours: () throws -> Void, _ peer: () throws -> Void) throws -> (ours: Int64, peer: Int64) {
    let medians = try withoutActuallyEscaping(ours) { ours in
        try withoutActuallyEscaping(peer) { peer in try inTurns(rounds: rounds, [ours, peer]) }
    }
    return (medians[0], medians[1])
}

/// The same for any number of bodies; each runs once before, because caches are cold then.
func inTurns(rounds: Int, _ bodies: [() throws -> Void]) throws -> [Int64] {
    try inTurns(rounds: rounds, bodies.map { body in { try nanoseconds(body) } })
}

/// The same for bodies that measure a part of what they do.
func inTurns(rounds: Int, _ bodies: [() throws -> Int64]) throws -> [Int64] {
    var times = bodies.map { _ in [Int64]() }
    for body in bodies { _ = try body() }
    for _ in 0..<rounds {
        for (index, body) in bodies.enumerated() { times[index].append(try body()) }
    }
    return times.map(\.median)
}

/// What one call of `body` takes on CLOCK_MONOTONIC.
func nanoseconds(_ body: () throws -> Void) rethrows -> Int64 {
    let began = now()
    try body()
    return now() - began
}

func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

extension [Int64] {
    var median: Int64 { isEmpty ? 0 : sorted()[count / 2] }
}
