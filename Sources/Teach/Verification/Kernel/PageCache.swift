internal import Glibc
internal import LayerModel
internal import Linux

/// What of a file is in memory (mincore(2)).
enum PageCache {
    /// Whether two names are read through the same pages: what is read under the first is in memory under the second.
    ///
    /// - Throws: `SystemCallError`
    static func isShared(_ first: String, _ second: String) throws(SystemCallError) -> Bool {
        let one = try Linux.Descriptor(opening: first, O_RDONLY)
        let other = try Linux.Descriptor(opening: second, O_RDONLY)
        try writeOut(filesystemOf: one)
        for number in [one.number, other.number] { posix_fadvise(number, 0, 0, POSIX_FADV_DONTNEED) }
        let before = try residentPages(of: other, second)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let input = one.number
        var offset = 0
        while offset < length {
            let count = try call("pread", first) { pread(input, &buffer, buffer.count, off_t(offset)) }
            if count == 0 { break }
            offset += count
        }
        let pages = max(1, offset / Int(getpagesize()))
        return (try residentPages(of: other, second) - before) * 2 > pages
    }

    /// Enough of a file to tell.
    private static let length = 8 << 20

    private static func residentPages(
        of file: borrowing Linux.Descriptor, _ name: String
    ) throws(SystemCallError) -> Int {
        let number = file.number
        let length = length
        let address = mmap(nil, length, PROT_READ, MAP_SHARED, number, 0)
        guard address != MAP_FAILED, let address else {
            throw SystemCallError(call: "mmap", subject: name, errno: LayerModel.Errno(rawValue: Glibc.errno))
        }
        defer { munmap(address, length) }
        var pages = [UInt8](repeating: 0, count: length / Int(getpagesize()))
        try call("mincore", name) { mincore(address, length, &pages) }
        return pages.count { $0 & 1 != 0 }
    }
}
