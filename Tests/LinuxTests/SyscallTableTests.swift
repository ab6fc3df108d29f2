import Glibc
import Testing

@testable import Linux

/// The table is held against the kernel's own headers of each architecture.
@Suite struct SyscallTableTests {
    /// Calls younger than the headers of a stable distribution, and the kernel that brought them.
    static let since: [Syscall: (major: Int, minor: Int)] = [
        .fchmodat2: (6, 6), .setxattrat: (6, 13), .removexattrat: (6, 13), .file_setattr: (6, 17),
    ]

    @Test(arguments: [
        (Architecture.x86_64, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        (Architecture.arm64, "/usr/include/asm-generic/unistd.h"),
    ])
    func everyNumberIsTheHeaders(architecture: Architecture, header: String) throws {
        let numbers = try Self.definitions(in: header)
        #expect(numbers.count > 200, "\(header) was read")
        let version = try Self.headerVersion()
        for call in Syscall.allCases {
            let expected = numbers[call.rawValue]
            if expected == nil, let since = Self.since[call], version < (since.major, since.minor) { continue }
            #expect(call.number(on: architecture) == expected, "\(call) on \(architecture)")
        }
    }

    @Test(arguments: Architecture.allCases)
    func numbersLeadBackToTheirCalls(architecture: Architecture) {
        for call in Syscall.allCases {
            guard let number = call.number(on: architecture) else { continue }
            #expect(Syscall(number: number, on: architecture) == call)
        }
    }

    /// `#define __NR_name 12` and the generic header's `#define __NR3264_name 12`, which stands for the 64-bit call.
    static func definitions(in header: String) throws -> [String: UInt32] {
        var numbers: [String: UInt32] = [:]
        for line in try text(of: header).split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            guard words.count >= 3, words[0] == "#define", let number = UInt32(words[2]) else { continue }
            if words[1].hasPrefix("__NR_") {
                numbers[String(words[1].dropFirst(5))] = number
            } else if words[1].hasPrefix("__NR3264_") {
                let name = String(words[1].dropFirst(9))
                numbers[name == "fstatat" ? "newfstatat" : name] = number
            }
        }
        return numbers
    }

    static func headerVersion() throws -> (Int, Int) {
        let line = try text(of: "/usr/include/linux/version.h").split(separator: "\n")
            .first { $0.contains("LINUX_VERSION_CODE") }
        let code = try #require(line?.split(separator: " ").last.flatMap { Int($0) })
        return (code >> 16, (code >> 8) & 0xFF)
    }

    static func text(of path: String) throws -> String {
        let file = try Descriptor(opening: path, O_RDONLY)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(file.number, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
