/// What a filter does with one system call.
public enum SeccompRule: Hashable, Sendable {
    /// The call always stops for the tracer.
    case trace
    /// The call stops if one of these bits is set in the low half of an argument (numbered from 0).
    case traceIfAnyBit(argument: Int, bits: UInt32)
    /// The call stops if the low half of an argument is one of these values.
    case traceIfEqual(argument: Int, values: [UInt32])
}

/// Composes a seccomp filter that stops chosen calls for a tracer and lets all others pass (seccomp(2)).
///
/// The filter looks at registers only: a flag behind a pointer (openat2) cannot be judged, so such a call is traced.
public struct SeccompProgram: Sendable {
    /// SECCOMP_RET_DATA of a stop for a call of another ABI (32-bit, x32).
    public static let foreignABI: UInt32 = 1

    public let instructions: [SeccompInstruction]

    public init(architecture: Architecture, rules: [(Syscall, SeccompRule)]) {
        var program: [SeccompInstruction] = [
            .load(offset: 4),  // struct seccomp_data: nr, arch, instruction_pointer, args[6]
            .jump(.equal, architecture.auditNumber, ifTrue: 1),
            .answer(.trace | Self.foreignABI),
            .load(offset: 0),
        ]
        if architecture == .x86_64 {
            // x32 calls carry this bit and the same audit architecture.
            program += [.jump(.atLeast, 0x4000_0000, ifFalse: 1), .answer(.trace | Self.foreignABI)]
        }
        for (call, rule) in rules {
            guard let number = call.number(on: architecture) else { continue }
            let body = Self.body(of: rule)
            program.append(.jump(.equal, number, ifFalse: UInt8(body.count)))
            program += body
        }
        program.append(.answer(.allow))
        instructions = program
    }

    /// The instructions for a call whose number has matched; each path through them ends in an answer.
    private static func body(of rule: SeccompRule) -> [SeccompInstruction] {
        switch rule {
        case .trace:
            [.answer(.trace)]
        case .traceIfAnyBit(let argument, let bits):
            [
                .load(offset: 16 + 8 * UInt32(argument)), .jump(.anyBit, bits, ifFalse: 1), .answer(.trace),
                .answer(.allow),
            ]
        case .traceIfEqual(let argument, let values):
            [.load(offset: 16 + 8 * UInt32(argument))]
                + values.enumerated().map { index, value in
                    .jump(.equal, value, ifTrue: UInt8(values.count - index))
                } + [.answer(.allow), .answer(.trace)]
        }
    }
}

extension UInt32 {
    /// SECCOMP_RET_TRACE and SECCOMP_RET_ALLOW (linux/seccomp.h).
    fileprivate static let trace: UInt32 = 0x7ff0_0000
    fileprivate static let allow: UInt32 = 0x7fff_0000
}

extension SeccompInstruction {
    fileprivate enum Condition: UInt16 {
        // BPF_JMP | BPF_K with BPF_JEQ, BPF_JGE, BPF_JSET
        case equal = 0x15
        case atLeast = 0x35
        case anyBit = 0x45
    }

    /// BPF_LD | BPF_W | BPF_ABS: a 32-bit word of `struct seccomp_data`.
    fileprivate static func load(offset: UInt32) -> SeccompInstruction { .init(code: 0x20, k: offset) }

    fileprivate static func jump(
        _ condition: Condition, _ operand: UInt32, ifTrue: UInt8 = 0, ifFalse: UInt8 = 0
    ) -> SeccompInstruction {
        .init(code: condition.rawValue, jt: ifTrue, jf: ifFalse, k: operand)
    }

    /// BPF_RET | BPF_K.
    fileprivate static func answer(_ value: UInt32) -> SeccompInstruction { .init(code: 0x06, k: value) }
}
