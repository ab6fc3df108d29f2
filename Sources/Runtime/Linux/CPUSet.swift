internal import CLinux

/// The processors that a thread may run on (sched_setaffinity(2)).
public struct CPUSet: Hashable, Sendable {
    /// A bit for each processor, from the lowest of the first word.
    private var words: [UInt64]

    /// Those of a thread; 0 is the caller's.
    ///
    /// - Throws: `SystemCallError`
    public init(of thread: Int32) throws(SystemCallError) {
        var cpus = trace_cpus()
        try call("sched_getaffinity", "thread \(thread)") { trace_get_cpus(thread, &cpus) }
        words = withUnsafeBytes(of: &cpus.words) { Array($0.bindMemory(to: UInt64.self)) }
    }

    /// One alone.
    public init(_ cpu: Int) {
        words = [UInt64](repeating: 0, count: MemoryLayout<trace_cpus>.size / 8)
        words[cpu / 64] = 1 << UInt64(cpu % 64)
    }

    /// The processor that the caller runs on; `nil` where the kernel does not tell. See getcpu(2).
    public static var current: Int? {
        let cpu = trace_current_cpu()
        return cpu < 0 ? nil : Int(cpu)
    }

    /// The lowest number; a thread has at least one.
    public var first: Int {
        let word = words.firstIndex { $0 != 0 } ?? 0
        return word * 64 + words[word].trailingZeroBitCount % 64
    }

    public func contains(_ cpu: Int) -> Bool { words[cpu / 64] >> UInt64(cpu % 64) & 1 == 1 }

    public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// Lets a thread run on these and no others; 0 is the caller.
    ///
    /// - Throws: `SystemCallError`
    public func apply(to thread: Int32) throws(SystemCallError) {
        var cpus = trace_cpus()
        withUnsafeMutableBytes(of: &cpus.words) { to in words.withUnsafeBytes { to.copyMemory(from: $0) } }
        try call("sched_setaffinity", "thread \(thread)") { trace_set_cpus(thread, &cpus) }
    }
}
