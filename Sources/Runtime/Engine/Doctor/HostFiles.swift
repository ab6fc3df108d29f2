internal import Glibc
internal import Linux

/// What /proc and statfs(2) say.
struct HostFiles {
    /// f_type of statfs(2).
    static let overlayMagic: UInt64 = 0x794C_7630
    static let nfsMagic: UInt64 = 0x6969

    /// The whole of a small file, or nothing.
    func text(_ path: String) -> String {
        guard let file = try? Descriptor(opening: path, O_RDONLY) else { return "" }
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 8192)
        while case let count = read(file.number, &buffer, buffer.count), count > 0 { contents += buffer[..<count] }
        return String(decoding: contents, as: UTF8.self)
    }

    /// A field of /proc/self/status.
    func status(_ field: String) -> String? {
        for line in text("/proc/self/status").split(separator: "\n") where line.hasPrefix(field) {
            return String(line.dropFirst(field.count).drop { $0 == "\t" || $0 == " " })
        }
        return nil
    }

    /// The type of the filesystem that holds `path` or the nearest folder above it that exists.
    func filesystem(holding path: String) -> (existing: String, type: UInt64)? {
        var information = statfs()
        var path = path
        while true {
            if statfs(path, &information) == 0 { return (path, UInt64(truncatingIfNeeded: information.f_type)) }
            guard errno == ENOENT, path.count > 1, let slash = path.lastIndex(of: "/") else { return nil }
            path = slash == path.startIndex ? "/" : String(path[..<slash])
        }
    }

    /// The bytes that may still be written there.
    func freeBytes(at path: String) -> Int64? {
        guard let existing = filesystem(holding: path)?.existing else { return nil }
        var information = statfs()
        guard statfs(existing, &information) == 0 else { return nil }
        return Int64(information.f_bavail) * Int64(information.f_bsize)
    }

    /// A name for the commonest magic numbers of linux/magic.h.
    static func filesystemName(_ type: UInt64) -> String {
        let names: [UInt64: String] = [
            0xEF53: "ext4", 0x9123_683E: "btrfs", 0x5846_5342: "xfs", 0x0102_1994: "tmpfs", 0x2FC1_2FC1: "zfs",
            overlayMagic: "overlay", nfsMagic: "nfs", 0xF2F5_2010: "f2fs",
        ]
        return names[type] ?? "filesystem type 0x\(String(type, radix: 16))"
    }
}
