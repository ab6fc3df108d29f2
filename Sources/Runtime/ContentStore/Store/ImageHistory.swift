internal import OCI

extension ContentStore {
    /// An image's history, newest first, with the ids of the images that it was made of as far as they are here.
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
        for (row, id) in zip(rows.indices, try ancestry(of: image.id)) { rows[row].id = id }
        return rows
    }

    /// The image's id, and beneath it those of the images that it was made of, down to one that was not made here.
    private func ancestry(of id: Digest) throws -> [Digest] {
        let lineage = try lineage()
        var ids = [id]
        var last = id
        while let parent = lineage.parent(of: last) {
            // Only a parent that was not made here need be looked for in the index.
            guard try lineage.entries[parent] != nil || isIndexed(parent) else { break }
            ids.append(parent)
            last = parent
        }
        return ids
    }
}
