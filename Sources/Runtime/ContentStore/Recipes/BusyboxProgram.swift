internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// A static busybox, kept in the store's cache.
struct BusyboxProgram: Codable, Hashable, Sendable {
    /// What the program says of itself: `BusyBox v1.35.0 (Debian 1:1.35.0-4+b7) multi-call binary.`
    var version: String
    /// Where it came from, in words.
    var origin: String
    /// The names that it answers to.
    var applets: [String]

    /// The version of the package, which Debian's build names; else of the program.
    var packageVersion: String {
        if let debian = version.firstRange(of: "(Debian ") {
            return String(version[debian.upperBound...].prefix { $0 != ")" })
        }
        return version.split(separator: " ").dropFirst().first.map(String.init) ?? version
    }

    /// Under the caller's own id: apt-get's user _apt may have no number in a user namespace.
    static let download = "apt-get -o APT::Sandbox::User=root download busybox-static"

    static let hostPaths = ["/bin/busybox", "/usr/bin/busybox", "/usr/local/bin/busybox"]

    /// The cached program, else the host's own if it is static, else the one of the package busybox-static, which is
    /// downloaded and unpacked but not installed.
    ///
    /// - Throws: `StoreError.noBusybox` that says what was tried.
    ///
    /// `download` is a program with its arguments, as a shell reads them, that leaves the package in the working directory.
    static func find(
        in store: StorePaths, hostPaths: [String] = hostPaths, download: String = Self.download,
        asking checkpoint: Checkpoint? = nil
    ) throws -> (program: Self, path: String) {
        let place = store.cache + "/busybox"
        if access(place + "/source.json", R_OK) == 0 {
            let file = try Descriptor(opening: place + "/source.json", O_RDONLY)
            let program = try JSONDocument.decode(
                Self.self, from: Files.readAll(file.number), what: place + "/source.json")
            return (program, place + "/busybox")
        }
        let partial = StorePaths.partial(in: store.cache)
        try Files.makeDirectories(partial)
        do {
            let program = try fetch(into: partial, hostPaths, download, checkpoint)
            try LayoutIndex.replace(partial + "/source.json", with: JSONDocument.encode(program))
            try call("rename", place) { rename(partial, place) }
            return (program, place + "/busybox")
        } catch {
            try? removeTree(partial)
            throw error
        }
    }

    private static func fetch(
        into directory: String, _ hostPaths: [String], _ download: String, _ checkpoint: Checkpoint?
    ) throws -> Self {
        var reasons: [String] = []
        for path in hostPaths where access(path, X_OK) == 0 {
            guard try StaticExecutable.check(path) else {
                reasons.append("\(path) is not a static program")
                continue
            }
            if let program = try accept(path, origin: "this host's \(path)", directory) { return program }
            reasons.append("\(path) does not answer as busybox")
        }
        if reasons.isEmpty { reasons.append("the host has none") }
        for step in [download, "dpkg-deb -x busybox-static_*.deb package", "rm busybox-static_*.deb"] {
            // It ends with this process, also by SIGKILL: else the download would go on.
            let shell = "cd \"$1\" && exec setpriv --pdeathsig KILL \(step)"
            let result = try HostCommand(arguments: ["/bin/sh", "-c", shell, "sh", directory])
                .run(scratch: directory + "/output", asking: checkpoint)
            if result.status == 0 { continue }
            if StrerrorText.meansNoSpace(result.output) {
                throw SystemCallError(call: "write", subject: directory, errno: .ENOSPC)
            }
            let last = result.output.split(separator: "\n").last {
                $0.hasPrefix("E:") || $0.hasPrefix("setpriv:") || $0.contains("not found")
            }
            reasons.append("\(step) failed (\(last ?? "status \(result.status)"))")
            throw StoreError.noBusybox(reason: reasons.joined(separator: ", "))
        }
        for path in Self.hostPaths.map({ directory + "/package" + $0 }) where access(path, X_OK) == 0 {
            guard try StaticExecutable.check(path) else { continue }
            if let program = try accept(path, origin: "the package busybox-static", directory) {
                try removeTree(directory + "/package")
                return program
            }
        }
        throw StoreError.noBusybox(reason: "the package busybox-static holds no static busybox for this machine")
    }

    /// Copies the program into the cache and asks it for its version and its names; `nil` when it cannot tell.
    private static func accept(_ path: String, origin: String, _ directory: String) throws -> Self? {
        let copy = directory + "/busybox"
        let source = try Descriptor(opening: path, O_RDONLY)
        let bytes = try Files.readAll(source.number)
        do {
            // Closed before it is run: a program that is open for writing cannot be (ETXTBSY).
            let target = try Descriptor(opening: copy, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o755)
            try bytes.withUnsafeBytes { try Files.write($0, to: target.number) }
        }
        // Asked under its own name and place: the copy could be caught by another thread's fork while written.
        let list = try HostCommand(arguments: [path, "--list"]).run(scratch: directory + "/output")
        let usage = try HostCommand(arguments: [path]).run(scratch: directory + "/output")
        unlink(directory + "/output")
        let applets = list.output.split(separator: "\n").map(String.init).filter { $0 != "busybox" }
        guard list.status == 0, applets.contains("sh"), let version = usage.output.split(separator: "\n").first
        else { return nil }
        return BusyboxProgram(version: String(version), origin: origin, applets: applets)
    }
}

/// What programs of the host say of a call that failed, in the host's own language (strerror(3)).
enum StrerrorText {
    static func meansNoSpace(_ output: String) -> Bool {
        [ENOSPC, EDQUOT].contains { output.contains(String(cString: strerror($0))) }
    }
}

/// Whether an ELF program needs no loader. See elf(5), "Program header (Phdr)".
enum StaticExecutable {
    private static let interpreter: UInt32 = 3  // PT_INTERP

    static func check(_ path: String) throws(SystemCallError) -> Bool {
        let file = try Descriptor(opening: path, O_RDONLY)
        let descriptor = file.number
        var header = [UInt8](repeating: 0, count: 1 << 16)
        let count = try call("read", path) { read(descriptor, &header, header.count) }
        guard count >= 64, header[0..<4] == [0x7f, 0x45, 0x4c, 0x46], header[4] == 2, header[5] == 1 else {
            return false  // not a little-endian 64-bit ELF
        }
        func field(_ offset: Int, _ bytes: Int) -> UInt64? {
            guard offset >= 0, offset + bytes <= count else { return nil }
            return (0..<bytes).reversed().reduce(0) { $0 << 8 | UInt64(header[offset + $1]) }
        }
        guard let table = field(32, 8).flatMap(Int.init(exactly:)), let size = field(54, 2).map(Int.init),
            let entries = field(56, 2).map(Int.init), entries > 0, table < count
        else { return false }
        for index in 0..<entries {
            guard let type = field(table + index * size, 4) else { return false }
            if type == UInt64(interpreter) { return false }
        }
        return true
    }
}
