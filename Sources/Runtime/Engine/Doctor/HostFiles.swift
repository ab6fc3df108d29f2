internal import Glibc
internal import LayerModel
internal import Linux

/// What /proc and statfs(2) say.
struct HostFiles {
    /// What stands before every path; for tests.
    var root = ""

    /// The whole of a small file, or nothing.
    func text(_ path: String) -> String {
        guard let file = try? Descriptor(opening: root + path, O_RDONLY) else { return "" }
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

    /// The filesystem that holds `path` or the nearest folder above it that exists, and that folder.
    func filesystem(holding path: String) -> (existing: String, filesystem: Filesystem)? {
        var path = path
        while true {
            do throws(SystemCallError) {
                return (path, try Filesystem(holding: path))
            } catch {
                guard error.errno == .ENOENT, path.count > 1, let slash = path.lastIndex(of: "/") else { return nil }
                path = slash == path.startIndex ? "/" : String(path[..<slash])
            }
        }
    }
}
