internal import CLinux
internal import Glibc
internal import LayerModel
internal import Linux

/// A stopped process or thread of the container: its memory, and what proc(5) says of it.
struct Tracee {
    let pid: pid_t

    /// Hands over a short C string of the process with its zero.
    ///
    /// - Returns: `nil` when the memory is not there, or the string is too long for one small read.
    func withBytes<Result>(
        ofShortStringAt address: UInt64, _ body: (UnsafeBufferPointer<CChar>) throws -> Result?
    ) rethrows -> Result? {
        try withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            let start = buffer.baseAddress!
            let got = address == 0 ? 0 : trace_read(pid, address, start, buffer.count)
            guard got > 0, let end = memchr(start, 0, got) else { return nil }
            let count = UnsafeRawPointer(end) - UnsafeRawPointer(start) + 1
            return try body(UnsafeBufferPointer(start: start, count: count))
        }
    }

    /// Reads a C string from the process, as a system call would.
    ///
    /// - Returns: The text as a `ByteString` spells it: it need not be UTF-8.
    /// - Throws: `Undecodable` when the memory is not there, or the string is longer than PATH_MAX.
    func string(at address: UInt64) throws(Undecodable) -> String {
        guard address != 0 else { throw Undecodable("a null pointer stands where a path belongs") }
        // Most paths are short: a first read that stays inside a few cache lines, then the rest.
        for length in [256, Int(PATH_MAX)] {
            let text = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) { buffer -> String? in
                guard let start = buffer.baseAddress else { return nil }
                let got = trace_read(pid, address, start, length)
                guard got > 0, let end = memchr(start, 0, got) else { return nil }
                let count = UnsafeRawPointer(end) - UnsafeRawPointer(start)
                return ByteString(bytes: UnsafeBufferPointer(start: start, count: count)).text
            }
            if let text { return text }
        }
        throw Undecodable(
            "the call's argument at \(String(address, radix: 16)) is outside the process's memory, or longer than "
                + "\(PATH_MAX) bytes")
    }

    /// Reads bytes from the process.
    ///
    /// - Throws: `Undecodable` when fewer are there.
    func bytes(at address: UInt64, count: Int) throws(Undecodable) -> [UInt8] {
        var got = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            got = trace_read(pid, address, buffer.baseAddress, count)
            initialized = max(got, 0)
        }
        guard got == count else {
            throw Undecodable("the call's argument at \(String(address, radix: 16)) is outside the process's memory")
        }
        return bytes
    }

    /// Reads an integer of the machine's byte order.
    func integer<Value: FixedWidthInteger>(at address: UInt64, as: Value.Type) throws(Undecodable) -> Value {
        let bytes = try bytes(at: address, count: MemoryLayout<Value>.size)
        return bytes.withUnsafeBytes { $0.loadUnaligned(as: Value.self) }
    }

    /// What a link of /proc/PID points at, such as `cwd` or `fd/3`: a path as the process sees it, because
    /// d_path stops at the root of the mount namespace that the file belongs to.
    func link(_ name: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let length = buffer.withUnsafeMutableBytes { raw in
            readlink("/proc/\(pid)/\(name)", raw.baseAddress!.assumingMemoryBound(to: CChar.self), raw.count)
        }
        return length < 0 ? nil : ByteString(bytes: buffer[..<length]).text
    }

    /// The attributes of the file that a link of /proc/PID leads to; `nil` where it leads nowhere.
    func status(behind link: String) -> FileStatus? {
        guard let file = try? Descriptor(opening: "/proc/\(pid)/\(link)", pathOnly) else { return nil }
        return try? FileStatus(of: file)
    }

    /// The whole of a file of /proc/PID.
    ///
    /// - Parameter isOneRecord: Whether a read that leaves room has read all; a file of many records may give them
    ///   one after the other.
    private func file(_ name: String, isOneRecord: Bool = true) -> [UInt8] {
        guard let descriptor = try? Descriptor(opening: "/proc/\(pid)/\(name)", O_RDONLY) else { return [] }
        var contents: [UInt8] = []
        while true {
            let piece = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, initialized in
                initialized = max(read(descriptor.number, buffer.baseAddress, 4096), 0)
            }
            if piece.isEmpty { return contents }
            if isOneRecord, piece.count < 4096 { return contents.isEmpty ? piece : contents + piece }
            contents += piece
        }
    }

    /// The program's name (`comm`), at most 15 bytes.
    var program: String { String(decoding: file("comm").prefix { $0 != 0x0A }, as: UTF8.self) }

    /// The arguments that the program was started with.
    var arguments: [String] {
        file("cmdline").split(separator: 0, omittingEmptySubsequences: false).dropLast()
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// The ids and capabilities that the kernel's checks use now, from /proc/PID/status.
    var credentials: Credentials {
        var credentials = Credentials(uid: 0, gid: 0, capabilities: 0)
        for line in file("status").split(separator: 0x0A) {
            let fields = line.split { $0 == 0x09 || $0 == 0x20 }.map { String(decoding: $0, as: UTF8.self) }
            switch fields.first {
            // Real, effective, saved, filesystem: the last is the one that counts for files.
            case "Uid:": credentials.uid = fields.last.flatMap(UInt32.init) ?? 0
            case "Gid:": credentials.gid = fields.last.flatMap(UInt32.init) ?? 0
            case "Groups:": credentials.groups = fields.dropFirst().compactMap(UInt32.init)
            case "CapEff:": credentials.capabilities = fields.last.flatMap { UInt64($0, radix: 16) } ?? 0
            default: break
            }
        }
        return credentials
    }

    /// Whether this is a thread and not the leader of its process.
    var isThread: Bool {
        file("status").split(separator: 0x0A).contains { line in
            line.starts(with: Array("Tgid:".utf8)) && !line.elementsEqual(Array("Tgid:\t\(pid)".utf8))
        }
    }

    /// The first thread of the process: what /proc/self shows is its.
    var leader: Tracee {
        for line in file("status").split(separator: 0x0A) where line.starts(with: Array("Tgid:".utf8)) {
            return Tracee(
                pid: line.split(separator: 0x09).last.flatMap { Int32(String(decoding: $0, as: UTF8.self)) } ?? pid)
        }
        return self
    }

    /// Whether the thread goes by this number in its own pid namespace (pid_namespaces(7)).
    func isKnownAs(_ number: Int32) -> Bool {
        file("status").split(separator: 0x0A).contains { line in
            line.starts(with: Array("NSpid:".utf8))
                && line.split(separator: 0x09).last.map { String(decoding: $0, as: UTF8.self) } == "\(number)"
        }
    }

    /// The mount that an open descriptor's file was reached through; `nil` where the kernel does not tell.
    func mount(of descriptor: Int32) -> UInt64? {
        let mount = trace_mount(pid, descriptor)
        return mount == 0 ? nil : mount
    }

    /// The number of the mount that is the process's root; `nil` where it cannot be read.
    var rootMount: UInt64? {
        for line in file("mountinfo", isOneRecord: false).split(separator: 0x0A) {
            let fields = line.split(separator: 0x20)
            if fields.count > 4, fields[4].elementsEqual("/".utf8) {
                return UInt64(String(decoding: fields[0], as: UTF8.self))
            }
        }
        return nil
    }

    /// Where other filesystems are mounted over the union, as the process sees it.
    var mountPoints: [Path] {
        file("mountinfo", isOneRecord: false).split(separator: 0x0A).compactMap { line in
            let fields = line.split(separator: 0x20)
            guard fields.count > 4 else { return nil }
            let path = Path(unescapingOctal(fields[4]))
            return path == .root ? nil : path
        }
    }
}

/// Why a system call's arguments could not be read: a clause that can follow "because".
struct Undecodable: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

/// Undoes the `\040` escapes of /proc/PID/mountinfo.
private func unescapingOctal(_ bytes: ArraySlice<UInt8>) -> String {
    var plain: [UInt8] = []
    var rest = bytes
    while let byte = rest.popFirst() {
        if byte == 0x5C, rest.count >= 3,
            let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
        {
            plain.append(value)
            rest = rest.dropFirst(3)
        } else {
            plain.append(byte)
        }
    }
    return String(decoding: plain, as: UTF8.self)
}
