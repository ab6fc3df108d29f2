/// One instruction of a seccomp filter, laid out as the kernel's `struct sock_filter` (linux/filter.h).
public struct SeccompInstruction: Hashable, Sendable, BitwiseCopyable {
    public var code: UInt16
    /// How many instructions to skip when the comparison is true, and when it is false.
    public var jt: UInt8
    public var jf: UInt8
    public var k: UInt32

    public init(code: UInt16, jt: UInt8 = 0, jf: UInt8 = 0, k: UInt32) {
        self.code = code
        self.jt = jt
        self.jf = jf
        self.k = k
    }
}
