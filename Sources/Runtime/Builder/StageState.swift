internal import ContentStore
internal import OCI

/// A stage as far as it was built: an image that nothing names.
struct StageState: Sendable {
    var config: ExecutionConfig
    var author: String?
    var history: [History]
    /// From the bottom up.
    var layers: [StoredLayer]
    /// The id; `nil` while there is nothing: `FROM scratch`.
    var id: Digest?
    /// When the stage's base was made: the time of files that the builder itself makes, so that the same steps give the
    /// same layer.
    let epoch: Timestamp
    /// The document that `id` is the digest of.
    var image: ImageConfig?
    /// Whether the stage has a CMD of its own, which a later ENTRYPOINT leaves alone.
    var hasOwnCommand = false

    /// Nothing at all.
    static var scratch: StageState {
        StageState(
            config: ExecutionConfig(), author: nil, history: [], layers: [], id: nil, epoch: Timestamp(seconds: 0),
            image: nil)
    }

    init(_ image: Image) {
        self.init(
            config: image.config.config ?? ExecutionConfig(), author: image.config.author,
            history: image.config.history ?? image.layers.map { _ in History() },
            layers: image.layers.map {
                StoredLayer(blob: $0.blob, diffID: $0.diffID, chainID: $0.chainID, directory: $0.directory)
            }, id: image.id, epoch: image.config.created ?? Timestamp(seconds: 0), image: image.config)
    }

    init(
        config: ExecutionConfig, author: String?, history: [History], layers: [StoredLayer], id: Digest?,
        epoch: Timestamp, image: ImageConfig?
    ) {
        self.config = config
        self.author = author
        self.history = history
        self.layers = layers
        self.id = id
        self.epoch = epoch
        self.image = image
    }

    /// What runs the shell form.
    var shell: [String] { config.shell ?? ["/bin/sh", "-c"] }

    /// ENV as a dictionary.
    var environment: [String: String] {
        var values: [String: String] = [:]
        for variable in config.env ?? [] {
            let parts = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            values[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        return values
    }

    mutating func setEnvironment(_ name: String, _ value: String) {
        var list = config.env ?? []
        if let index = list.firstIndex(where: { $0.hasPrefix(name + "=") }) {
            list[index] = "\(name)=\(value)"
        } else {
            list.append("\(name)=\(value)")
        }
        config.env = list
    }

    /// The directories from the top down.
    var directories: [String] { layers.reversed().map(\.directory) }

    /// A path as the image sees it; what is relative begins in the working directory.
    func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "/" + (config.workingDir ?? "") + "/" + path
    }

    /// Ends a step: the image is another from now on.
    ///
    /// - Parameter layer: what the step made; `nil`: nothing but the config changed.
    mutating func commit(_ createdBy: String, _ layer: StoredLayer?, at time: Timestamp) throws(FormatError) {
        history.append(
            History(created: time, createdBy: createdBy, author: author, emptyLayer: layer == nil ? true : nil))
        if let layer { layers.append(layer) }
        let image = ImageConfig(
            created: time, author: author, platform: .host, config: config,
            rootfs: RootFilesystem(diffIDs: layers.map(\.diffID)), history: history)
        self.image = image
        id = Digest(of: try JSONDocument.encode(image))
    }
}
