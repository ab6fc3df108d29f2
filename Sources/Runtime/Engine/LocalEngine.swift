public import ContentStore
internal import LayerModel
internal import Linux
internal import OCI

/// Images and containers of one home, in Docker's vocabulary, without a daemon: each call does its work in this process.
public struct LocalEngine: Sendable {
    public let home: Home
    public var store: ContentStore
    public let containers: ContainerShelf
    /// Is given a sentence for the user where something takes a while.
    public var report: @Sendable (String) -> Void = { _ in }

    /// Opens the home and makes it where it is missing.
    ///
    /// - Throws: `SystemCallError` when it cannot be written.
    public init(home: Home) throws {
        self.home = home
        store = try ContentStore(home: home.path, scope: home.imageScope)
        containers = ContainerShelf(path: home.containers)
    }

    /// The directory of an unpacked layer, by its ChainID as text.
    ///
    /// - Throws: `FormatError` when the text is none.
    public func layerDirectory(named chainID: String) throws -> String {
        store.layerDirectory(ChainID(try Digest(chainID)))
    }

    /// An image for a command that would else pull it: one that is here, or a stand-in that is made now.
    ///
    /// - Parameter others: what else the caller knows by a name, and may have been meant.
    /// - Throws: `EngineError` worded as Docker's client when there is neither; what the store throws.
    public func image(_ name: String, or others: [String] = []) throws -> Image {
        if let image = try find(name) { return image }
        if let image = try standIn(name) { return image }
        throw EngineError("Unable to find image '\(Self.tagged(name))' locally; \(cure(for: name, or: others))")
    }

    /// What to do about the name of an image that is not here.
    public func cure(for written: String, or others: [String] = []) -> String {
        let name = Self.tagged(written)
        if LessonImage.all.contains(where: { $0.name == name }) {
            return "`teach run \(name.prefix { $0 != ":" })` makes it"
        }
        if let standIn = StandIn.all.first(where: { name.hasPrefix($0.repository + ":") }) {
            return "stand-ins are made for \(standIn.names.joined(separator: ", "))"
        }
        let standIns = (StandIn.all.map(\.repository) + ["busybox"]).sorted()
        let here = (try? store.indexedImages().flatMap(\.names).map { "\($0)" }) ?? []
        let repository = name.prefix { $0 != ":" && $0 != "@" }
        let tags = here.filter { $0.hasPrefix(repository + ":") }
        if !tags.isEmpty { return "here is \(tags.joined(separator: ", "))" }
        let known = others + standIns + here + here.map { String($0.prefix { $0 != ":" }) }
        let nearest = NearestName.of(written, among: known) ?? NearestName.of(String(repository), among: known)
        if let nearest { return "did you mean \(nearest)?" }
        return "`docker images` lists those that are here, and stand-ins are made for "
            + standIns.joined(separator: ", ")
    }

    /// An image that is here, for a command that only looks.
    ///
    /// - Throws: `EngineError` worded as Docker's engine when it is not; what the store throws.
    public func existingImage(_ name: String) throws -> Image {
        if let image = try find(name) { return image }
        throw EngineError("No such image: \(Self.tagged(name))", exitStatus: 1, kind: .notFound)
    }

    /// The base image or the stand-in of that name, made on first need; `nil` where neither has the name.
    private func standIn(_ name: String) throws -> Image? {
        guard let reference = try? ImageReference(name), ContentStore.makes(reference) else { return nil }
        // Docker's words for it sound like the end of the matter, and no pull follows them here.
        report("\(reference) is not here yet: it is made on this host now, and kept")
        do {
            return try store.prepare(reference, report: report)
        } catch let error as StoreError {
            // Docker's status where an image cannot be pulled.
            switch error {
            case .unpreparable, .noBusybox: throw EngineError("\(error)")
            default: throw error
            }
        }
    }

    private func find(_ name: String) throws -> Image? {
        do {
            return try store.image(named: name)
        } catch StoreError.noSuchImage {
            return nil
        } catch let error as FormatError {
            throw EngineError("\(error)")
        }
    }

    private static func tagged(_ name: String) -> String {
        name.contains(":") || name.contains("@") ? name : name + ":latest"
    }
}
