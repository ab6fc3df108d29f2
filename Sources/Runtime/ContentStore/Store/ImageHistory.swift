internal import OCI

extension ContentStore {
    /// An image's history, newest first. Where it was built here, the images of the steps beneath it are known, down to the
    /// one that it was built on.
    ///
    /// - Throws: `FormatError` when it does not fit the image's layers.
    public func history(of image: Image) throws -> [HistoryRow] {
        var rest = image.layers[...]
        var rows: [HistoryRow] = []
        for (entry, diffID) in try image.config.historyWithLayers() {
            let layer = diffID == nil ? nil : rest.popFirst()
            rows.append(
                HistoryRow(
                    id: nil, created: entry.created, createdBy: entry.createdBy ?? "", comment: entry.comment ?? "",
                    size: layer?.size ?? 0, layer: layer))
        }
        rows.reverse()
        for (row, id) in zip(rows.indices, try ancestry(of: image)) { rows[row].id = id }
        return rows
    }

    /// The image's id, and beneath it those of the steps that made it, as long as they are remembered.
    private func ancestry(of image: Image) throws -> [Digest] {
        var ids = [image.id]
        let steps = try Dictionary(
            builtSteps().map { (Digest(of: try JSONDocument.encode($0.step.image)), $0.step.image) }
        ) { first, _ in first }
        // An image that came from elsewhere has no parent here, whatever looks like one.
        guard var config = steps[image.id] else { return ids }
        var bases: [Digest: ImageConfig]?
        while let parent = config.withoutLastEntry {
            if let (id, step) = steps.first(where: { parent.isBeginning(of: $0.value) }) {
                ids.append(id)
                config = step
            } else {
                // The steps stand on an image that was not built here.
                if bases == nil { bases = try configs() }
                if let base = bases?.first(where: { parent.isBeginning(of: $0.value) }) { ids.append(base.key) }
                break
            }
        }
        return ids
    }

    /// The configs of the images that have a manifest, by their digests; without those that are damaged.
    private func configs() throws -> [Digest: ImageConfig] {
        var configs: [Digest: ImageConfig] = [:]
        for image in try indexedImages() {
            configs[image.id] = try? config(of: image)
        }
        return configs
    }
}

/// What of an image's config tells which image it was built from.
private struct Beginning {
    var history: ArraySlice<History>
    var layers: ArraySlice<DiffID>

    /// Whether the image's history and layers are these.
    func isBeginning(of image: ImageConfig) -> Bool {
        Array(history) == image.history ?? [] && Array(layers) == image.rootfs.diffIDs
    }
}

extension ImageConfig {
    /// The image before its last instruction; `nil` where there is none.
    fileprivate var withoutLastEntry: Beginning? {
        guard let history, let last = history.last, history.count > 1 else { return nil }
        let layers = rootfs.diffIDs
        return Beginning(history: history.dropLast(), layers: last.emptyLayer == true ? layers[...] : layers.dropLast())
    }
}
