import Events
import LayerModel
import Testing

@Suite struct EventWireTests {
    private func frame(seed: UInt64) -> EventWire.Frame {
        var generator = EventGenerator(seed: seed)
        return .events(
            ContainerEvents(container: generator.text(), events: generator.events()), step: generator.number())
    }

    private func frames(of bytes: some Collection<UInt8>) throws -> [EventWire.Frame] {
        var reader = EventFrameReader()
        reader.append(bytes)
        var frames: [EventWire.Frame] = []
        while let frame = try reader.next() { frames.append(frame) }
        return frames
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func everyEventComesBackAsItWent(seed: UInt64) throws {
        let sent = [frame(seed: seed), .commit, .events(ContainerEvents(container: "", events: []), step: 0)]
        var bytes: [UInt8] = []
        for frame in sent { try EventWire.encode(frame, into: &bytes) }
        #expect(try frames(of: bytes) == sent)
    }

    @Test func aStreamMayArriveInPiecesOfAnySize() throws {
        let sent = [frame(seed: 1), frame(seed: 2), .commit]
        var bytes: [UInt8] = []
        for frame in sent { try EventWire.encode(frame, into: &bytes) }
        var numbers = SeededNumbers(state: 3)
        for longest in [1, 2, 7, 1000] {
            var reader = EventFrameReader()
            var received: [EventWire.Frame] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...longest, using: &numbers))
                rest = rest.dropFirst(piece.count)
                reader.append(piece)
                while let frame = try reader.next() { received.append(frame) }
            }
            #expect(received == sent)
            #expect(reader.isBetweenFrames)
        }
    }

    @Test func everyShortenedPayloadIsRefused() throws {
        var bytes: [UInt8] = []
        try EventWire.encode(frame(seed: 4), into: &bytes)
        let payload = bytes.dropFirst(4)
        var numbers = SeededNumbers(state: 6)
        let further = (0..<300).map { _ in Int.random(in: 0..<payload.count, using: &numbers) }
        for length in Array(0..<1000) + further {
            #expect(throws: EventWireError.self) { try EventWire.decode(payload.prefix(length)) }
        }
        #expect(throws: EventWireError.self) { try EventWire.decode((Array(payload) + [0])[...]) }
    }

    /// Whatever the bytes: a frame or an error, never a trap, and what is accepted can be written again.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func changedBytesAreReadOrRefused(seed: UInt64) throws {
        var bytes: [UInt8] = []
        try EventWire.encode(frame(seed: seed), into: &bytes)
        var numbers = SeededNumbers(state: seed)
        var refused = 0
        for _ in 0..<50 {
            var changed = Array(bytes.dropFirst(4))
            for _ in 0..<Int.random(in: 1...4, using: &numbers) {
                changed[Int.random(in: 0..<changed.count, using: &numbers)] = UInt8.random(in: 0...255, using: &numbers)
            }
            do throws(EventWireError) {
                let frame = try EventWire.decode(changed[...])
                var again: [UInt8] = []
                try EventWire.encode(frame, into: &again)
                #expect(try EventWire.decode(again.dropFirst(4)) == frame)
            } catch { refused += 1 }
        }
        #expect(refused > 0)
    }

    @Test func randomBytesAreReadOrRefused() {
        var numbers = SeededNumbers(state: 5)
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...64, using: &numbers)).map { _ in
                UInt8.random(in: 0...255, using: &numbers)
            }
            if !bytes.isEmpty, Bool.random(using: &numbers) { bytes[0] = 1 }
            _ = try? EventWire.decode(bytes[...])
            _ = try? frames(of: bytes)
        }
    }

    @Test func aLengthBeyondTheLimitIsRefusedBeforeItIsAwaited() {
        var reader = EventFrameReader()
        reader.append([0xff, 0xff, 0xff, 0xff])
        #expect(throws: EventWireError.tooLong(0xffff_ffff)) { try reader.next() }
    }

    @Test func aCountBeyondTheEndAllocatesNothing() {
        // A frame of events for step 0 and container "", that claims 2^62 events.
        let claim: [UInt8] = [1, 0, 0] + Array(repeating: 0x80, count: 8) + [0x40]
        #expect(throws: EventWireError.malformed("a count beyond the end", at: 12)) { try EventWire.decode(claim[...]) }
    }

    @Test func aFrameThatIsTooLongLeavesTheStreamAsItWas() throws {
        var bytes: [UInt8] = []
        try EventWire.encode(.commit, into: &bytes)
        let before = bytes
        let long = Event.warning(String(repeating: "w", count: EventWire.longestPayload))
        #expect(throws: EventWireError.self) {
            try EventWire.encode(.events(ContainerEvents(container: "", events: [long]), step: 1), into: &bytes)
        }
        #expect(bytes == before)
    }
}
