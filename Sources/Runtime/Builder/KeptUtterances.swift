internal import Glibc
internal import LayerModel
internal import Linux

/// What a stage has said before its turn, in a file: each with its kind and its length before it.
struct KeptUtterances: Sendable {
    private final class File: Sendable {
        let descriptor: Linux.Descriptor
        init(_ descriptor: consuming Linux.Descriptor) { self.descriptor = descriptor }
    }
    private let file: File
    private var end: Int64 = 0
    private static let headSize = 9

    /// - Parameter file: to read and write, empty.
    init(in file: consuming Linux.Descriptor) { self.file = File(file) }

    mutating func append(_ utterance: Transcript.Utterance) throws {
        let (kind, bytes): (UInt8, [UInt8]) =
            switch utterance {
            case .line(let text): (0, Array(text.utf8))
            case .warning(let text): (1, Array(text.utf8))
            case .report(let text): (2, Array(text.utf8))
            case .bytes(let bytes): (3, bytes)
            }
        var record = [kind]
        withUnsafeBytes(of: Int64(bytes.count)) { record += $0 }
        record += bytes
        let (number, start) = (file.descriptor.number, end)
        var done = 0
        while done < record.count {
            done += try call("pwrite", "the output of a stage") {
                record.withUnsafeBytes { pwrite(number, $0.baseAddress! + done, $0.count - done, off_t(start) + done) }
            }
        }
        end += Int64(record.count)
    }

    func forEach(_ body: (Transcript.Utterance) throws -> Void) throws {
        var place: Int64 = 0
        while place < end {
            let head = try read(Self.headSize, at: place)
            let count = head.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 1, as: Int64.self) }
            let bytes = try read(Int(count), at: place + Int64(Self.headSize))
            switch head[0] {
            case 0: try body(.line(String(decoding: bytes, as: UTF8.self)))
            case 1: try body(.warning(String(decoding: bytes, as: UTF8.self)))
            case 2: try body(.report(String(decoding: bytes, as: UTF8.self)))
            default: try body(.bytes(bytes))
            }
            place += Int64(Self.headSize) + count
        }
    }

    private func read(_ count: Int, at place: Int64) throws -> [UInt8] {
        let number = file.descriptor.number
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let step = try call("pread", "the output of a stage") {
                bytes.withUnsafeMutableBytes {
                    pread(number, $0.baseAddress! + done, count - done, off_t(place) + done)
                }
            }
            guard step > 0 else { throw SystemCallError(call: "pread", subject: "the output of a stage", errno: .EIO) }
            done += step
        }
        return bytes
    }
}
