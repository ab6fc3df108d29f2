import Glibc
import Linux

/// The small files that a cgroup is made of.
enum CgroupFile {
    /// The whole text. See cgroups(7).
    ///
    /// - Throws: `SystemCallError`
    static func read(_ path: String) throws(SystemCallError) -> String {
        let file = try Descriptor(opening: path, O_RDONLY)
        let number = file.number
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = try call("read", path) { Glibc.read(number, &buffer, buffer.count) }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer.prefix(count)
        }
    }

    /// Writes the value in one call, as the kernel wants it.
    ///
    /// - Throws: `SystemCallError`
    static func write(_ value: String, to path: String) throws(SystemCallError) {
        let file = try Descriptor(opening: path, O_WRONLY)
        let number = file.number
        var text = value
        try call("write", "\(value) to \(path)") { text.withUTF8 { Glibc.write(number, $0.baseAddress, $0.count) } }
    }

    /// The number in a file that holds one; `nil` where the file is missing or says `max`.
    static func number(_ path: String) -> Int64? {
        guard let text = try? read(path) else { return nil }
        return text.split(separator: "\n").first.flatMap { Int64($0) }
    }

    /// The number behind `key` in a file of lines `key number`.
    static func number(_ path: String, key: String) -> Int64? {
        guard let text = try? read(path) else { return nil }
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == key { return Int64(words[1]) }
        }
        return nil
    }
}
