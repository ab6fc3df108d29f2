internal import Glibc
internal import LayerModel
internal import Linux
public import OCI

/// An image in the making: a config with its history, and layers of which the last may be new.
public struct NewImage: Sendable {
    /// The image that it stands on, if any.
    public var base: Image?
    public var created: Timestamp
    public var author: String?
    public var config: ExecutionConfig
    /// The last entry of the history: what made it.
    public var history: History

    public init(base: Image?, created: Timestamp, author: String?, config: ExecutionConfig, history: History) {
        self.base = base
        self.created = created
        self.author = author
        self.config = config
        self.history = history
    }
}

extension ContentStore {
    /// Makes an image with one more layer than its base, which `layer` writes to the descriptor that it gets, and gives it
    /// a name, or none.
    ///
    /// - Throws: `StoreError`, `SystemCallError`; what `layer` throws.
    public func add(
        _ new: NewImage, as name: ImageReference?, layer: (CInt) throws -> WrittenLayer
    ) throws -> Image {
        let lease = try lease()
        defer { _ = lease }
        var written: WrittenLayer?
        try blobs.write { file in
            let result = try layer(file)
            written = result
            return (result.digest, result.size)
        }
        guard let written else { preconditionFailure("a blob was stored without having been written") }
        return try add(new, layer: (written, .layerGzip), as: name)
    }

    /// Makes an image of its base's layers alone: the last entry of its history stands for none.
    ///
    /// - Throws: `StoreError`, `SystemCallError`
    public func add(_ new: NewImage, as name: ImageReference?) throws -> Image {
        let lease = try lease()
        defer { _ = lease }
        var new = new
        new.history.emptyLayer = true
        return try add(new, layer: nil, as: name)
    }

    /// Makes an image of one layer that is a tar, plain or compressed with gzip or zstd, as it is read; one by bzip2
    /// or xz is uncompressed, as no layer may be.
    ///
    /// - Parameter used: the layers of containers, kept when a tar that is refused is cleared away.
    /// - Throws: `StoreError` for a tar that is none or that no honest image has, `SystemCallError`
    public func importLayer(
        from descriptor: CInt, _ new: NewImage, as name: ImageReference?,
        keeping used: @autoclosure () throws -> Set<ChainID>
    ) throws -> Image {
        do {
            return try importLayer(descriptor, new, name)
        } catch {
            _ = try? sweep(keeping: try used())
            throw error
        }
    }

    private func importLayer(_ descriptor: CInt, _ new: NewImage, _ name: ImageReference?) throws -> Image {
        let lease = try lease()
        defer { _ = lease }
        let blob = try blobs.write { file in
            var digester = Digester()
            try forEachBlock(ofLayer: descriptor) { bytes in
                digester.update(bytes)
                try Files.write(bytes, to: file)
            }
            return (digester.digest, digester.count)
        }
        let stored = try blobs.open(blob)
        // Who a layer is, only its bytes can say.
        let reader = try LayerReader(from: stored.number, limits: LayerLimits())
        var entries = 0
        while try reader.next() != nil { entries += 1 }
        let (diffID, digest, size) = try reader.finish()
        guard entries > 0 else { throw StoreError.archive("the archive is empty: there is nothing to import") }
        let layer = WrittenLayer(diffID: diffID, tarSize: 0, digest: digest, size: size)
        return try add(new, layer: (layer, try LayerCompression.mediaType(of: blobs.path(blob))), as: name)
    }

    /// The bytes of a layer's blob that a file gives.
    private func forEachBlock(
        ofLayer descriptor: CInt, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while head.count < 6, try call("read", "the archive", { Glibc.read(descriptor, &byte, 1) }) == 1 {
            head.append(byte)
        }
        guard LayerCompression.isForeign(head) else {
            try head.withUnsafeBytes(body)
            return try Files.forEachChunk(of: descriptor) { bytes in
                try body(bytes)
                return true
            }
        }
        let whole = try unnamedFile()
        let number = whole.number
        try head.withUnsafeBytes { try Files.write($0, to: number) }
        try Files.forEachChunk(of: descriptor) { bytes in
            try Files.write(bytes, to: number)
            return true
        }
        try call("lseek") { lseek(number, 0, SEEK_SET) }
        let source = LayerSource(number, LayerLimits(), "archive", takesDigests: false)
        try source.open(.all)
        try source.forEachBlock(body)
    }

    private func add(
        _ new: NewImage, layer: (written: WrittenLayer, type: MediaType)?, as name: ImageReference?
    ) throws -> Image {
        let base = new.base
        let blob = layer.map {
            ContentDescriptor(mediaType: $0.type, digest: $0.written.digest, size: $0.written.size)
        }
        let platform = base.map {
            Platform(architecture: $0.config.architecture, os: $0.config.os, variant: $0.config.variant)
        }
        let config = ImageConfig(
            created: new.created, author: new.author, platform: platform ?? .host, config: new.config,
            rootfs: RootFilesystem(
                diffIDs: (base?.config.rootfs.diffIDs ?? []) + [layer?.written.diffID].compactMap(\.self)),
            history: (try base?.config.historyWithLayers().map(\.entry) ?? []) + [new.history])
        let layers = (base?.manifest.layers ?? []) + [blob].compactMap(\.self)
        let descriptor = try add(config, layers: layers)
        // Unpacked before it is named: who finds the name finds the whole image.
        var image = try image(at: descriptor)
        if let base {
            try keep(BuiltImage(image: config, layers: layers), as: image.id, of: base.id, from: nil)
        }
        if let name {
            try index.tag(descriptor, name)
        } else {
            try index.update { LayoutIndex.keepWithoutName(descriptor, in: &$0) }
        }
        image.reference = name
        return image
    }
}
