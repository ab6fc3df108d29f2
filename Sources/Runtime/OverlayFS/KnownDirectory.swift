internal import Events
internal import Glibc
internal import LayerModel
internal import Linux

/// One directory of the union, by the path that a caller wrote.
final class KnownDirectory {
    /// The path as callers write it, with a slash at its end; `nil` where it may lead through a link of proc(5).
    let written: String?
    /// Those that the upper layer lacks: a call may copy them up.
    let missing: [Path]
    /// What was looked at on the way here.
    let rows: [Evidence.Row]
    /// The upper layer's own, if it has one.
    let upper: UpperDirectory?
    /// The names that the lower layers hold here, from the top down.
    let lowers: [(layer: LayerID, names: Set<ByteString>)]
    /// Names on which other filesystems are mounted.
    let mountPoints: Set<ByteString>

    let path: Path
    /// The layers that the union merges here.
    let merged: [LayerID]
    let hasLinks: Bool

    init(
        _ directories: [UnionNode], written: Path, rows: [Evidence.Row], upper: UpperDirectory?,
        lowers: [(layer: LayerID, names: Set<ByteString>)], mountPoints: Set<ByteString>
    ) {
        self.written = written.mayLeadToOpenFiles ? nil : "/" + written.components.map { $0.text + "/" }.joined()
        path = directories[directories.count - 1].path
        merged = directories[directories.count - 1].layers
        hasLinks = rows.contains { $0.entry?.kind == .symlink }
        missing = directories.dropFirst().filter { !$0.isInUpper }.map(\.path)
        self.rows = rows
        self.upper = upper
        self.lowers = lowers
        self.mountPoints = mountPoints
    }

    /// Whether a path without its last name is this one's, byte for byte.
    func isWritten(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard var written, written.utf8.count == bytes.count else { return false }
        return written.withUTF8 { memcmp($0.baseAddress!, bytes.baseAddress!, bytes.count) == 0 }
    }
}

extension KnownDirectory {
    /// What was seen at the entry of a call. It is put into words when nobody waits for it.
    struct Look {
        struct Name {
            let name: ByteString
            let upper: FileStatus?
            /// Of the directory's `lowers`, one each; none where they all lack the name.
            let lowers: [LayerEntry?]
            let answer: LayerID?

            var isFIFO: Bool {
                guard answer != nil else { return false }
                return upper?.kind == .fifo || upper == nil && lowers.contains { $0?.kind == .fifo }
            }
        }

        let parent: KnownDirectory
        let first: Name
        /// The call's second name, if it has two.
        var second: [Name] = []

        var names: [Name] { [first] + second }

        /// Whether the way led over a symbolic link.
        var hasFollowedLinks: Bool { parent.hasLinks }

        /// What `EvidenceCollector` would have collected.
        var collection: EvidenceCollector.Collection {
            var rows: [Evidence.Row] = []
            rows.reserveCapacity(parent.rows.count + (second.count + 1) * (parent.lowers.count + 1))
            rows.append(contentsOf: parent.rows)
            var collection = EvidenceCollector.Collection(
                evidence: Evidence(), resolved: [], answer: first.answer, watched: parent.missing)
            for name in names {
                let path = parent.path.appending(name.name)
                if parent.upper != nil {
                    rows.append(Evidence.Row(path: path, layer: .upper, entry: name.upper.map { LayerEntry($0) }))
                }
                for (index, lower) in parent.lowers.enumerated() {
                    rows.append(
                        Evidence.Row(
                            path: path, layer: lower.layer, entry: name.lowers.isEmpty ? nil : name.lowers[index]))
                }
                collection.resolved.append(path)
                collection.watched.append(path)
            }
            collection.evidence.rows = rows
            return collection
        }
    }

    /// What the upper layer holds under the names of a look when the call has returned.
    struct Left {
        struct Name {
            var upper: FileStatus?
            /// What a file takes that stands there since.
            var cost: FileCost?
        }

        let first: Name
        var second: [Name] = []

        /// What `EvidenceCollector` would have read after the call.
        func after(_ look: Look) -> [Evidence.Row] {
            zip(look.names, [first] + second).map { name, left in
                Evidence.Row(
                    path: look.parent.path.appending(name.name), layer: .upper,
                    entry: left.upper.map { LayerEntry($0) })
            }
        }

        func costs(_ look: Look) -> [Path: FileCost] {
            var costs: [Path: FileCost] = [:]
            for (name, left) in zip(look.names, [first] + second) {
                if let cost = left.cost { costs[look.parent.path.appending(name.name)] = cost }
            }
            return costs
        }
    }
}
