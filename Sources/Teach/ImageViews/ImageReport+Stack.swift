internal import LayerContents
public import Pictures

extension ImageReport {
    /// The layers as a stack, with the instructions that made none between them.
    public var stack: ImageStack {
        ImageStack(
            name: name, id: id,
            levels: history.map { made in
                switch made {
                case .layer(let number): .layer(ImageStack.Layer(layers[number - 1]))
                case .config(let instruction): .config(instruction: instruction)
                }
            })
    }
}

extension ImageStack.Layer {
    fileprivate init(_ layer: ImageReport.Layer) {
        let account = layer.account
        func count(_ change: ImageContents.Change) -> Int { account.counts[change] ?? 0 }
        self.init(
            number: layer.number, createdBy: layer.createdBy, diffID: layer.diffID, size: account.storedBytes,
            wasted: account.hiddenBytes, hides: account.hidesBytes,
            names: .init(
                added: count(.added), changed: count(.changed), deleted: count(.removed),
                opaque: account.opaqueDirectories),
            sharedWith: layer.sharedWith)
    }
}
