import CLinux

extension Descriptor {
    /// Both ends of a new pipe, closed on exec. See pipe2(2).
    ///
    /// - Throws: `SystemCallError`
    public static func pipe() throws(SystemCallError) -> Pipe {
        var ends: (CInt, CInt) = (-1, -1)
        try call("pipe2") {
            withUnsafeMutableBytes(of: &ends) { linux_pipe($0.assumingMemoryBound(to: CInt.self).baseAddress) }
        }
        return Pipe(reading: Descriptor(owning: ends.0), writing: Descriptor(owning: ends.1))
    }
}

/// A pipe's two ends (pipe(7)).
public struct Pipe: ~Copyable, Sendable {
    public let reading: Descriptor
    public let writing: Descriptor

    /// Gives the ends away, each to be closed by itself.
    public consuming func withEnds<Value>(
        _ body: (_ reading: consuming Descriptor, _ writing: consuming Descriptor) throws -> Value
    ) rethrows -> Value { try body(reading, writing) }
}
