import Glibc
import Linux

/// A tracer of one process, no more than it takes to see that a set-up can be followed.
final class Tracer: ProcessObserver {
    /// The numbers of the calls that stop.
    private let calls: [UInt32]
    private(set) var stops = 0
    /// The descriptors that were open when exec had just been done.
    private(set) var descriptorsAtExec: [String] = []

    /// glibc's ptrace takes a variable number of arguments, which Swift cannot call; with four it is this.
    private let ptrace: @convention(c) (Int, Int, Int, Int) -> Int

    init(stoppingAt calls: [UInt32]) {
        self.calls = calls
        ptrace = unsafeBitCast(dlsym(nil, "ptrace"), to: (@convention(c) (Int, Int, Int, Int) -> Int).self)
    }

    #if arch(x86_64)
        static let execve: UInt32 = 59
        static let capset: UInt32 = 126
        static let prctl: UInt32 = 157
        static let write: UInt32 = 1
    #else
        static let execve: UInt32 = 221
        static let capset: UInt32 = 91
        static let prctl: UInt32 = 167
        static let write: UInt32 = 64
    #endif

    /// Loads the number of the call; each comparison that holds jumps to the last instruction (linux/filter.h).
    var seccompProgram: [SeccompInstruction] {
        [SeccompInstruction(code: 0x20, k: 0)]
            + calls.enumerated().map { index, call in
                SeccompInstruction(code: 0x15, jt: UInt8(calls.count - index), k: call)
            } + [SeccompInstruction(code: 0x06, k: 0x7fff_0000), SeccompInstruction(code: 0x06, k: 0x7ff0_0000)]
    }

    func seize(_ pid: Int32) throws {
        let options = 1 << 20 | 1 << 7 | 1 << 4  // EXITKILL, TRACESECCOMP, TRACEEXEC
        try call("ptrace") { ptrace(0x4206, Int(pid), 0, options) }
    }

    func follow(_ pid: Int32, executed: () -> Void) throws -> WaitStatus {
        while true {
            var status: CInt = 0
            try call("waitpid") { waitpid(pid, &status, 0x4000_0000) }
            if status & 0x7f == 0 { return .exited(status >> 8 & 0xff) }
            if status & 0xff != 0x7f { return .signalled(status & 0x7f) }
            let event = status >> 16
            if event == 7 { stops += 1 }
            if event == 4 {
                descriptorsAtExec = descriptors(pid)
                executed()
            }
            _ = ptrace(7, Int(pid), 0, event == 0 ? Int(status >> 8 & 0xff) : 0)
        }
    }

    private func descriptors(_ pid: Int32) -> [String] {
        guard let stream = opendir("/proc/\(pid)/fd") else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let first = entry.pointee.d_name.0
            if first != CChar(UInt8(ascii: ".")) {
                names.append(String(UnicodeScalar(UInt8(bitPattern: first))))
            }
        }
        return names.sorted()
    }
}
