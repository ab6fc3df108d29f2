public import LayerModel

/// Takes the evidence of an operation: what every layer holds at its paths, before the kernel acts on it.
///
/// It looks wider than a lookup: at the layers too that the union hides, and past permission checks, since the
/// evidence tells of the layers and not of who asks. It runs no rule of any driver.
public struct EvidenceCollector {
    /// What was seen before the call.
    public struct Collection: Hashable, Sendable {
        public var evidence: Evidence
        /// What each operand came to, as `ObservedOperation.resolved` has it.
        public var resolved: [Path?]
        /// The layer that holds what the first operand came to.
        public var answer: LayerID?
        /// The names of the upper layer that the call may change; `after` reads them again.
        public var watched: [Path]
    }

    /// Looks at every layer at each operand and at the directories above it, lists directories that are removed,
    /// renamed or replaced, and reads the names of extended attributes where the call is about them.
    ///
    /// - Throws: what the reader throws; `SystemCallError` of `LayerDirectories`.
    public static func collect(
        _ operation: FileOperation, from reader: inout some LayerReading
    ) throws -> Collection {
        var recording = RecordingReader(reader)
        var collection = Collection(evidence: Evidence(), resolved: [], answer: nil, watched: [])
        for (index, operand) in operation.operands.enumerated() {
            let resolution = try look(operand, over: &recording)
            collection.resolved.append(resolution?.path)
            if index == 0 { collection.answer = resolution?.node?.layer }
            guard let resolution else { continue }
            for path in resolution.path.ancestors + [resolution.path] {
                for layer in recording.layersFromTop { _ = try recording.entry(at: path, in: layer) }
            }
            if operand.lists, let node = resolution.node, node.isDirectory {
                for layer in recording.layersFromTop { _ = try recording.children(of: node.path, in: layer) }
            }
            if operation.isAboutAttributes, let node = resolution.node {
                _ = try recording.attributes(at: node.path, in: node.layer)
            }
            // Directories that the upper layer holds already stay as they are, whatever is done beneath them.
            for directory in resolution.directories.dropFirst() where !directory.isInUpper {
                collection.watched.append(directory.path)
            }
            collection.watched.append(resolution.path)
        }
        collection.evidence = recording.evidence
        reader = recording.base
        return collection
    }

    /// What the upper layer holds, when the call has returned, at the names that the call may change.
    ///
    /// - Throws: what the reader throws.
    public static func after(
        _ collection: Collection, from reader: inout some LayerReading
    ) throws -> [Evidence.Row] {
        var seen: Set<Path> = []
        return try collection.watched.filter { seen.insert($0).inserted }.map {
            Evidence.Row(path: $0, layer: .upper, entry: try reader.entry(at: $0, in: .upper))
        }
    }

    /// Walks one operand as its call does, and besides to the last link itself where the call follows it.
    ///
    /// - Returns: `nil` where the walk fails before the last name.
    private static func look(
        _ operand: Operands.Element, over reader: inout RecordingReader<some LayerReading>
    ) throws -> Resolution? {
        let lookup = Lookup(by: nil)
        do {
            if operand.last != .name { _ = try lookup.resolve(operand.path, .name, over: &reader) }
            return try lookup.resolve(operand.path, operand.last, over: &reader)
        } catch is Errno {
            return nil
        } catch is Unmodelled {
            return nil
        }
    }

    typealias Operands = [(path: Path, last: Lookup.LastLink, lists: Bool)]
}
