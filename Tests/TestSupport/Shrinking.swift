/// What can be made smaller: layers, and operations on the union of them.
public protocol Shrinkable: Equatable {
    associatedtype Line
    associatedtype Operation
    var layers: [[Line]] { get set }
    var operations: [Operation] { get set }
}

/// Delta debugging: the smallest script that still shows a difference (Zeller and Hildebrandt, "Simplifying and
/// Isolating Failure-Inducing Input", 2002).
public struct Shrinking<Script: Shrinkable> {
    /// Whether a script still shows it.
    let shows: (Script) throws -> Bool
    public private(set) var trials = 0

    public init(shows: @escaping (Script) throws -> Bool) { self.shows = shows }

    public mutating func shrunk(_ script: Script) throws -> Script {
        var script = script
        var previous: Script?
        while script != previous {
            previous = script
            script.operations = try reduced(script.operations) {
                var trial = script; trial.operations = $0; return trial
            }
            for index in script.layers.indices.reversed() where script.layers.count > 1 {
                var trial = script
                trial.layers.remove(at: index)
                if try test(trial) { script = trial }
            }
            for index in script.layers.indices {
                script.layers[index] = try reduced(script.layers[index]) {
                    var trial = script
                    trial.layers[index] = $0
                    return trial
                }
            }
        }
        return script
    }

    /// The fewest elements: ever smaller pieces are left out, as long as the difference stays.
    private mutating func reduced<Element>(_ elements: [Element], _ script: ([Element]) -> Script) throws -> [Element] {
        var elements = elements
        var size = max(elements.count / 2, 1)
        while !elements.isEmpty {
            var start = 0
            var hasShrunk = false
            while start < elements.count {
                var trial = elements
                trial.removeSubrange(start..<min(start + size, elements.count))
                if try test(script(trial)) {
                    elements = trial
                    hasShrunk = true
                } else {
                    start += size
                }
            }
            if size == 1, !hasShrunk { break }
            size = max(size / 2, 1)
        }
        return elements
    }

    private mutating func test(_ script: Script) throws -> Bool {
        trials += 1
        return try shows(script)
    }
}
