public import ContentStore
internal import Linux
internal import OCI

/// Images and containers of one home, in Docker's vocabulary, without a daemon: each call does its work in this process.
public struct LocalEngine: Sendable {
    public let home: Home
    public let store: ContentStore
    public let containers: ContainerShelf

    /// Opens the home and makes it where it is missing.
    ///
    /// - Throws: `SystemCallError` when it cannot be written.
    public init(home: Home) throws {
        self.home = home
        store = try ContentStore(home: home.path)
        containers = ContainerShelf(path: home.containers)
    }

    /// The directory of an unpacked layer, by its ChainID as text.
    ///
    /// - Throws: `FormatError` when the text is none.
    public func layerDirectory(named chainID: String) throws -> String {
        store.layerDirectory(ChainID(try Digest(chainID)))
    }

    /// An image that is here, for a command that would not pull it.
    ///
    /// - Throws: `EngineError` worded as Docker's engine when it is not; what the store throws.
    public func existingImage(_ name: String) throws -> Image {
        do { return try image(name) } catch is EngineError {
            throw EngineError("No such image: \(name.contains(":") ? name : name + ":latest")", exitStatus: 1)
        }
    }

    /// An image that is here.
    ///
    /// - Throws: `EngineError` worded as Docker's client when it is not; what the store throws.
    public func image(_ name: String) throws -> Image {
        do {
            return try store.image(named: name)
        } catch StoreError.noSuchImage {
            let tagged = name.contains(":") || name.contains("@") ? name : name + ":latest"
            let cure =
                LessonImage.all.contains { $0.name == tagged }
                ? "`teach run \(tagged.prefix { $0 != ":" })` makes it" : "`docker images` lists those that are here"
            throw EngineError("Unable to find image '\(tagged)' locally; \(cure)")
        }
    }
}
