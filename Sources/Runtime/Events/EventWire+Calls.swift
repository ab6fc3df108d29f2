public import LayerModel

extension EventWire {
    /// A call alone, in the form that it has within an event. The record keeps it beside the columns that tell it in
    /// words; a new case of `FileOperation` gets a new tag, so an older record stays readable.
    public static func encode(_ call: FileOperation) -> [UInt8] {
        var writer = WireWriter(bytes: [])
        writer.call(call)
        return writer.bytes
    }

    /// Reads what `encode(_:)` wrote.
    ///
    /// - Throws: `EventWireError` for anything else.
    public static func decodeCall(_ bytes: ArraySlice<UInt8>) throws(EventWireError) -> FileOperation {
        var reader = WireReader(bytes)
        let call = try reader.call()
        guard reader.isAtEnd else { throw .malformed("bytes after the end of the call", at: reader.offset) }
        return call
    }
}
