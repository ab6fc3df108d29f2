internal import Events
internal import LayerModel
internal import Recording

/// The columns of a frame where no author names any: the names that the step's own calls bear on.
enum FrameColumns {
    /// How many columns a frame has room for.
    private static let most = 6

    /// The names that `calls` changed; where they changed none, those that they were refused, and else those that they
    /// looked at. Of more than there is room for, those stay that tell most, the last ones of them, as the caption
    /// chooses its call too; the order is that of the calls.
    static func named(by calls: [RecordedCall]) -> [Path] {
        let operations = calls.map(\.operation)
        let names = [changed(operations), refused(operations), lookedAt(operations)].first { !$0.isEmpty } ?? []
        var uses: [Path: Use] = [:]
        for (place, name) in names.enumerated() {
            var use = uses[name.path] ?? Use(rank: name.rank, first: place, last: place)
            use.rank = max(use.rank, name.rank)
            use.last = place
            uses[name.path] = use
        }
        return uses.sorted { ($0.value.rank, $0.value.last) > ($1.value.rank, $1.value.last) }.prefix(most)
            .sorted { $0.value.first < $1.value.first }.map(\.key)
    }

    private typealias Name = (path: Path, rank: Int)

    /// How much the calls tell that name a path, and where in the list of names it stands.
    private struct Use {
        var rank: Int
        var first: Int
        var last: Int
    }

    private static func changed(_ operations: [ObservedOperation]) -> [Name] {
        operations.flatMap { operation -> [Name] in
            // The refusal that has a frame of its own: a directory of the image that cannot be renamed.
            if operation.errno == .EXDEV { return names(of: operation, rank: operation.tellingRank) }
            let paths = operation.effects.map(\.effect).filter { $0.kind != .parentCopyUp }.map(\.path)
            return paths.map { ($0, operation.tellingRank) }
        }
    }

    private static func refused(_ operations: [ObservedOperation]) -> [Name] {
        operations.filter { $0.errno != nil && $0.call?.isLookup != true }.flatMap { names(of: $0, rank: 1) }
    }

    private static func lookedAt(_ operations: [ObservedOperation]) -> [Name] {
        operations.flatMap { names(of: $0, rank: $0.answer == nil ? 0 : 1) }
    }

    private static func names(of operation: ObservedOperation, rank: Int) -> [Name] {
        operation.resolved.compactMap { $0.map { ($0.withoutTrailingSlash, rank) } }
    }
}

extension ObservedOperation {
    /// How much the call tells: a copy-up or a mark, which a learner came for, more than a mere new name.
    var tellingRank: Int {
        let kinds = Set(effects.map(\.effect.kind))
        if kinds.contains(.opaque) { return 5 }
        if kinds.contains(.copyUp) { return 4 }
        if kinds.contains(.whiteout) { return 3 }
        if errno == .EXDEV { return 3 }
        return kinds.isEmpty ? 0 : 1
    }
}
