import Glibc
import Linux

/// What `docker info` tells of the host.
struct HostDescription {
    private let names: utsname = {
        var names = utsname()
        uname(&names)
        return names
    }()

    /// As `uname -n`.
    var name: String { Self.text(names.nodename) }
    /// As `uname -r`.
    var kernel: String { Self.text(names.release) }
    /// As `uname -m`.
    var machine: String { Self.text(names.machine) }
    var processors: Int { sysconf(CInt(_SC_NPROCESSORS_ONLN)) }
    /// In bytes.
    var memory: Int64 { Int64(sysconf(CInt(_SC_PHYS_PAGES)) * sysconf(CInt(_SC_PAGESIZE))) }

    /// 2 where no controller is left to version 1.
    var cgroupVersion: String { access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0 ? "2" : "1" }

    /// The PRETTY_NAME of os-release(5).
    var operatingSystem: String {
        var bytes = [UInt8](repeating: 0, count: 1 << 14)
        guard let file = try? Descriptor(opening: "/etc/os-release", O_RDONLY) else { return "linux" }
        let count = read(file.number, &bytes, bytes.count)
        let lines = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).split(separator: "\n")
        let line = lines.first { $0.hasPrefix("PRETTY_NAME=") }
        return line.map { $0.dropFirst(12).filter { $0 != "\"" } } ?? "linux"
    }

    /// The name of the filesystem that holds `path`.
    func filesystem(holding path: String) -> String { (try? Filesystem(holding: path).name) ?? "unknown" }

    private static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
