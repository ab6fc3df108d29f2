public import LayerModel

/// What makes a container out of a process: steps, run in order by the child of a clone.
///
/// It is a value: it can be printed, recorded and compared before anything is done.
public struct Plan: Hashable, Sendable {
    public var steps: [PlanStep]
    /// A step that fails without being done; for tests of what happens then.
    public private(set) var fault: Fault?

    public struct Fault: Hashable, Sendable {
        /// The step's place, from 0.
        public var index: Int
        public var errno: Errno

        public init(index: Int, errno: Errno) {
            self.index = index
            self.errno = errno
        }
    }

    public init(_ steps: [PlanStep]) { self.steps = steps }

    /// The same plan, with the step at this place (from 0) forced to fail.
    public func failing(at index: Int, with errno: Errno) -> Plan {
        var plan = self
        plan.fault = Fault(index: index, errno: errno)
        return plan
    }
}

extension Plan: CustomStringConvertible {
    /// One line a step: its number from 1, its name, its arguments in words.
    public var description: String {
        let width = String(steps.count).count
        return steps.enumerated().map { index, step in
            let number = String(index + 1)
            let detail = step.detail
            let indent = String(repeating: " ", count: width - number.count)
            return "\(indent)\(number)  \(step.name)\(detail.isEmpty ? "" : ": \(detail)")"
        }.joined(separator: "\n")
    }
}
