import ContentStore
import Glibc
import LayerModel
import Linux
import OCI

/// Unpacks an input as a layer, onto an empty filesystem in memory. Everything else can only be read, so that a write
/// that went elsewhere is seen: as an error of the kernel, or beside the layer.
struct LayerUnpacking {
    /// Of the filesystem; it holds nothing else.
    let scratch: String
    private var layer: String { scratch + "/layer" }
    private var again: String { scratch + "/again" }

    init(in scratch: String) { self.scratch = scratch }

    /// The first byte tells whether the headers' checksums are made right, without which nobody reads on.
    func test(_ input: [UInt8]) {
        guard let first = input.first else { return }
        var bytes = Array(input.dropFirst())
        if first & 1 == 1 { TarRepair.repair(&bytes) }
        do {
            let file = try unnamedFile(bytes)
            try unpack(file, to: layer)
            try check(layer)
            try compareWithItsCopy()
        } catch {
            check(error)
        }
        try? removeTree(layer)
        try? removeTree(again)
        let left = (try? names(in: scratch)) ?? ["?"]
        if !left.isEmpty { fatalError("something lies beside the layer: \(left)") }
    }

    private func unpack(_ file: borrowing Descriptor, to directory: String) throws {
        var limits = LayerLimits()
        (limits.entries, limits.bytes) = (500, 1 << 20)
        let number = file.number
        try call("lseek") { lseek(number, 0, SEEK_SET) }
        try call("mkdir", directory) { mkdir(directory, 0o755) }
        _ = try LayerApplier(limits: limits).apply(file.number, to: directory)
    }

    /// An error is one of those that name the layer, or the kernel's; never that of a write outside.
    private func check(_ error: any Error) {
        switch error {
        case let error as StoreError where !"\(error)".isEmpty: return
        case let error as SystemCallError where ![.EROFS, .EBADF, .EFAULT].contains(error.errno): return
        default: fatalError("an error that no layer may end in: \(error)")
        }
    }

    /// What was unpacked holds no name that means a deletion.
    private func check(_ directory: String) throws {
        for name in try names(in: directory) {
            if name.hasPrefix(".wh.") { fatalError("a mark became a file: \(name)") }
            let path = directory + "/" + name
            var status = stat()
            if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { try check(path) }
        }
    }

    /// A layer that is written and unpacked again is the same, but for the time of its deletions, which means nothing.
    private func compareWithItsCopy() throws {
        let written = try unnamedFile([])
        let writer = LayerWriter(times: .fixed(Timestamp(seconds: 0)), compression: .none)
        let first = try writer.write(layer, to: written.number)
        do { try unpack(written, to: again) } catch let error as StoreError {
            fatalError("what was written is read again: \(error)")
        }
        let copy = try unnamedFile([])
        let second = try writer.write(again, to: copy.number)
        guard first.diffID == second.diffID else {
            fatalError("what was written and read is not the same: \(difference(written, copy))")
        }
    }

    /// Where two tars begin to differ, and what stands there.
    private func difference(_ one: borrowing Descriptor, _ other: borrowing Descriptor) -> String {
        let (left, right) = (bytes(of: one), bytes(of: other))
        let place = zip(left, right).prefix { $0 == $1 }.count
        let block = place / 512 * 512
        func text(_ bytes: [UInt8]) -> String {
            String(decoding: bytes.dropFirst(block).prefix(512).filter { $0 >= 32 && $0 < 127 }, as: UTF8.self)
        }
        return "at byte \(place) of \(left.count) and \(right.count): \(text(left)) | \(text(right))"
    }

    private func bytes(of file: borrowing Descriptor) -> [UInt8] {
        let number = file.number
        var buffer = [UInt8](repeating: 0, count: 1 << 22)
        let count = pread(number, &buffer, buffer.count, 0)
        return Array(buffer.prefix(max(count, 0)))
    }

    private func unnamedFile(_ bytes: [UInt8]) throws -> Descriptor {
        // O_TMPFILE of open(2).
        let file = try Descriptor(opening: scratch, O_RDWR | 0o20_000_000 | O_DIRECTORY, mode: 0o600)
        let number = file.number
        if !bytes.isEmpty { try call("write") { write(number, bytes, bytes.count) } }
        return file
    }

    private func names(in directory: String) throws -> [String] {
        let open = try Descriptor(opening: directory, O_RDONLY | O_DIRECTORY)
        return try directoryNames(in: open).map(\.text)
    }
}
