/// The compact binary form in which events travel from the process that observes to the one that records.
///
/// A stream is a sequence of frames. A frame is its payload's length (four bytes, little endian), then the
/// payload: one tag byte and the fields of `Frame` in order. Numbers are variable-length (seven bits a byte, lowest
/// first; signed ones zigzag), strings are UTF-8 behind their length, lists stand behind their count, and an optional
/// value behind a byte 0 or 1. Both ends are one build of one program, so the tag is all the versioning there is.
public enum EventWire {
    /// The most bytes that a payload may have: a longer one is refused on both sides.
    public static let longestPayload = 1 << 26

    /// One message.
    public enum Frame: Hashable, Sendable {
        /// Events of one container, made by the lesson's step of that number.
        case events(ContainerEvents, step: Int)
        /// Asks the receiver to answer once everything before this frame is on its way to the disk.
        case commit
    }

    /// Appends a frame to `bytes`.
    ///
    /// - Throws: `EventWireError.tooLong`; `bytes` is then as it was.
    public static func encode(_ frame: Frame, into bytes: inout [UInt8]) throws(EventWireError) {
        let start = bytes.count
        var writer = WireWriter(bytes: bytes)
        bytes = []
        writer.bytes.append(contentsOf: [0, 0, 0, 0])
        writer.frame(frame)
        bytes = writer.bytes
        let length = bytes.count - start - lengthBytes
        guard length <= longestPayload else {
            bytes.removeSubrange(start...)
            throw .tooLong(length)
        }
        for place in 0..<lengthBytes { bytes[start + place] = UInt8(truncatingIfNeeded: length >> (8 * place)) }
    }

    /// Reads one payload, which must be used up to its last byte.
    ///
    /// - Throws: `EventWireError` for anything that `encode` does not write.
    public static func decode(_ payload: ArraySlice<UInt8>) throws(EventWireError) -> Frame {
        var reader = WireReader(payload)
        let frame = try reader.frame()
        guard reader.isAtEnd else { throw .malformed("bytes after the end of the frame", at: reader.offset) }
        return frame
    }

    static let lengthBytes = 4
}

/// Bytes that are not a frame.
public enum EventWireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A payload of this many bytes.
    case tooLong(Int)
    /// What is wrong, and how many bytes into the payload.
    case malformed(String, at: Int)

    public var description: String {
        switch self {
        case .tooLong(let length):
            "a frame of \(length) bytes is longer than the \(EventWire.longestPayload) that are allowed"
        case .malformed(let what, let offset): "\(what) at byte \(offset) of a frame"
        }
    }
}

/// Takes a stream of bytes in pieces of any size and gives the frames that are complete.
public struct EventFrameReader: Sendable {
    private var buffer: [UInt8] = []
    private var start = 0

    public init() {}

    /// Whether the stream stands between two frames: a stream that ends elsewhere was cut.
    public var isBetweenFrames: Bool { start == buffer.count }

    /// Adds what was received.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next frame; `nil` until more bytes have come.
    ///
    /// - Throws: `EventWireError`; the stream cannot be read on after that.
    public mutating func next() throws(EventWireError) -> EventWire.Frame? {
        guard buffer.count - start >= EventWire.lengthBytes else { return nil }
        var length = 0
        for place in 0..<EventWire.lengthBytes { length |= Int(buffer[start + place]) << (8 * place) }
        guard length <= EventWire.longestPayload else { throw .tooLong(length) }
        let payload = start + EventWire.lengthBytes
        guard buffer.count - payload >= length else { return nil }
        start = payload + length
        return try EventWire.decode(buffer[payload..<payload + length])
    }
}
