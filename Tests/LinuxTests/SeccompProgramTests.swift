import Testing

@testable import Linux

/// What a filter answers, found by running its instructions as the kernel would.
@Suite struct SeccompProgramTests {
    static let trace: UInt32 = 0x7ff0_0000
    static let allow: UInt32 = 0x7fff_0000

    let program = SeccompProgram(
        architecture: .x86_64,
        rules: [
            (.openat, .traceIfAnyBit(argument: 2, bits: 0o101)),
            (.ioctl, .traceIfEqual(argument: 1, values: [7, 9])),
            (.unlink, .trace),
        ])

    @Test func aCallWithoutARulePasses() {
        #expect(answer(.mkdir) == Self.allow)
        #expect(answer(.mkdir, arguments: [0o101, 0o101, 0o101, 7, 7, 7]) == Self.allow)
    }

    @Test func aCallWithARuleStops() {
        #expect(answer(.unlink) == Self.trace)
    }

    @Test(arguments: [(0, false), (0o100, true), (0o1, true), (0o101, true), (0o2, false)] as [(UInt64, Bool)])
    func aFlagInTheRegisterDecides(flags: UInt64, stops: Bool) {
        #expect(answer(.openat, arguments: [1, 1, flags, 0, 0, 0]) == (stops ? Self.trace : Self.allow))
    }

    @Test(arguments: [(7, true), (9, true), (8, false), (0, false)] as [(UInt64, Bool)])
    func aValueInTheRegisterDecides(value: UInt64, stops: Bool) {
        #expect(answer(.ioctl, arguments: [3, value, 7, 0, 0, 0]) == (stops ? Self.trace : Self.allow))
    }

    @Test func callsOfAnotherABIStopAndSaySo() {
        let foreign = Self.trace | SeccompProgram.foreignABI
        #expect(run(number: 5, architecture: 0x4000_0003, arguments: []) == foreign)  // i386
        #expect(run(number: 0x4000_0000 + 2, architecture: Architecture.x86_64.auditNumber, arguments: []) == foreign)
    }

    @Test func callsThatTheArchitectureLacksNeedNoInstruction() {
        let arm = SeccompProgram(architecture: .arm64, rules: [(.open, .trace), (.unlinkat, .trace)])
        let only = SeccompProgram(architecture: .arm64, rules: [(.unlinkat, .trace)])
        #expect(arm.instructions == only.instructions)
    }

    private func answer(_ call: Syscall, arguments: [UInt64] = []) -> UInt32 {
        run(number: call.number(on: .x86_64)!, architecture: Architecture.x86_64.auditNumber, arguments: arguments)
    }

    /// Classic BPF over struct seccomp_data: the five instructions that the composer uses.
    private func run(number: UInt32, architecture: UInt32, arguments: [UInt64]) -> UInt32 {
        var words = [number, architecture, 0, 0]
        for argument in arguments {
            words += [UInt32(truncatingIfNeeded: argument), UInt32(truncatingIfNeeded: argument >> 32)]
        }
        words += [UInt32](repeating: 0, count: 16 - words.count)
        var accumulator: UInt32 = 0
        var index = 0
        while true {
            let step = program.instructions[index]
            index += 1
            switch step.code {
            case 0x20: accumulator = words[Int(step.k) / 4]
            case 0x15: index += Int(accumulator == step.k ? step.jt : step.jf)
            case 0x35: index += Int(accumulator >= step.k ? step.jt : step.jf)
            case 0x45: index += Int(accumulator & step.k != 0 ? step.jt : step.jf)
            case 0x06: return step.k
            default:
                Issue.record("instruction \(step.code) is not one that the composer uses")
                return 0
            }
        }
    }
}
