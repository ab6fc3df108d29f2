import LayerModel
import StorageDrivers

/// A change to one of the files `f1`, `f2`, ..., as a shell makes it and as storage hears of it.
enum FileChange: CustomStringConvertible {
    case make(ObjectNumber, size: Int64)
    case write(ObjectNumber, at: Int64, count: Int64)
    case truncate(ObjectNumber, Int64)
    case allocate(ObjectNumber, at: Int64, count: Int64)
    case remove(ObjectNumber)

    var changes: [StorageChange] {
        switch self {
        case .make(let file, let size):
            let made: [StorageChange] = [.make(file, .file, near: 0, targetLength: 0), .name(file, in: 0, length: 2)]
            return size > 0 ? made + [.write(file, 0..<size)] : made
        case .write(let file, let offset, let count): return [.write(file, offset..<offset + count)]
        case .truncate(let file, let size): return [.truncate(file, size: size)]
        case .allocate(let file, let offset, let count): return [.allocate(file, offset..<offset + count)]
        case .remove(let file): return [.unname(file, in: 0, length: 2), .free(file)]
        }
    }

    /// The line of a shell script; what is written is random, so that nothing can be left out as zeros.
    var description: String {
        switch self {
        case .make(let file, let size): "head -c \(size) /dev/urandom > f\(file)"
        case .write(let file, let offset, let count):
            "head -c \(count) /dev/urandom | dd of=f\(file) bs=4M iflag=fullblock oflag=seek_bytes seek=\(offset) conv=notrunc status=none"
        case .truncate(let file, let size): "truncate -s \(size) f\(file)"
        case .allocate(let file, let offset, let count): "fallocate -o \(offset) -l \(count) f\(file)"
        case .remove(let file): "rm f\(file)"
        }
    }

    /// Changes drawn from `generator` that all succeed; `live` are the files that there are, and are kept up to date.
    static func random(
        _ count: Int, live: inout [ObjectNumber], next: inout ObjectNumber, allocates: Bool,
        using generator: inout SplitMix
    ) -> [FileChange] {
        let sizes: [Int64] = [0, 1, 100, 2047, 2048, 2049, 4095, 4096, 4097, 8192, 10000, 65536, 131072, 131073, 300_000]
        return (0..<count).map { _ in
            guard live.count > 2, let file = live.randomElement(using: &generator) else {
                defer { next += 1 }
                live.append(next)
                return .make(next, size: sizes.randomElement(using: &generator)!)
            }
            let offset = Int64.random(in: 0..<4, using: &generator) == 0
                ? Int64.random(in: 0..<300_000, using: &generator)
                : Int64.random(in: 0..<40, using: &generator) * 4096
            switch Int.random(in: 0..<10, using: &generator) {
            case 0:
                defer { next += 1 }
                live.append(next)
                return .make(next, size: sizes.randomElement(using: &generator)!)
            case 1:
                live.removeAll { $0 == file }
                return .remove(file)
            case 2, 3: return .truncate(file, sizes.randomElement(using: &generator)!)
            case 4 where allocates:
                return .allocate(file, at: offset, count: Int64.random(in: 1..<50_000, using: &generator))
            default: return .write(file, at: offset, count: Int64.random(in: 1..<20_000, using: &generator))
            }
        }
    }
}
