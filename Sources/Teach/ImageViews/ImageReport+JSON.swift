internal import LayerContents
internal import LayerModel
internal import Scripts

extension ImageReport {
    /// The image in one line of JSON. The keys are documented in docs/image-contents.md.
    ///
    /// - Parameter files: Whether each layer's entries are told too.
    public func json(files: Bool) -> String {
        var json = JSONText()
        json.object { json in
            json.key("image")
            json.value(name)
            json.key("id")
            json.value(id)
            json.key("stored_bytes")
            json.value(efficiency.storedBytes)
            json.key("hidden_bytes")
            json.value(efficiency.hiddenBytes)
            json.key("efficiency_permille")
            json.value(Int((efficiency.score * 1000).rounded(.down)))
            json.key("layers")
            json.array(layers) { $0.write($1, contents, files: files) }
            json.key("hidden")
            json.array(contents.hiddenFiles()) { json, file in
                json.object { json in
                    json.key("path")
                    json.value(file.path)
                    json.key("layer")
                    json.value(file.layer + 1)
                    json.key("size")
                    json.value(file.size)
                    json.key("hidden_by")
                    json.value(file.hiddenBy + 1)
                    json.key("reason")
                    json.value(file.reason.name)
                    json.key("at")
                    json.value(file.reason.path ?? file.path)
                }
            }
        }
        return json.text
    }
}

extension JSONText {
    fileprivate mutating func write(_ layer: ImageReport.Layer, _ contents: ImageContents, files: Bool) {
        object { json in
            json.key("layer")
            json.value(layer.number)
            json.key("diff_id")
            json.value(layer.diffID)
            json.key("chain_id")
            json.value(layer.chainID)
            json.key("created_by")
            json.value(layer.createdBy)
            json.key("stored_bytes")
            json.value(layer.account.storedBytes)
            json.key("hidden_bytes")
            json.value(layer.account.hiddenBytes)
            json.key("hides_bytes")
            json.value(layer.account.hidesBytes)
            for change in ImageContents.Change.allCases {
                json.key(change.rawValue)
                json.value(layer.account.counts[change] ?? 0)
            }
            json.key("opaque")
            json.value(layer.account.opaqueDirectories)
            json.key("shared_with")
            json.array(layer.sharedWith) { $0.value($1) }
            guard files else { return }
            let listing = contents.layers[layer.number - 1]
            json.key("files")
            json.array(listing.entries.indices.dropFirst()) { json, number in
                json.write(listing, number, contents.appearance(of: number, in: layer.number - 1))
            }
        }
    }

    private mutating func write(_ listing: LayerListing, _ number: Int, _ appearance: ImageContents.Appearance) {
        let entry = listing.entries[number]
        object { json in
            json.key("path")
            json.value(listing.path(of: number))
            json.key("type")
            json.value(entry.kind.rawValue)
            json.key("mode")
            json.value(String(entry.permissions, radix: 8))
            json.key("uid")
            json.value(entry.uid)
            json.key("gid")
            json.value(entry.gid)
            json.key("size")
            json.value(entry.kind == .file ? entry.size : nil)
            json.key("target")
            json.value(entry.target)
            json.key("change")
            json.value(appearance.change.rawValue)
            json.key("opaque")
            json.value(entry.isOpaque)
            json.key("hidden_by")
            json.value(appearance.hiddenBy.map { $0 + 1 })
        }
    }
}

extension ImageContents.Reason {
    /// The word for it in JSON.
    var name: String {
        switch self {
        case .replaced: "replaced"
        case .deleted: "deleted"
        case .opaque: "opaque"
        case .covered: "covered"
        }
    }

    /// Where the layer does it, if not at the path itself.
    var path: Path? {
        switch self {
        case .replaced: nil
        case .deleted(let path), .opaque(let path), .covered(let path): path
        }
    }
}
