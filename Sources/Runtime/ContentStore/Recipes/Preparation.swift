internal import LayerModel
internal import Linux
public import OCI

extension ContentStore {
    /// An image that a recipe can make, made on first need and kept; `nil` for a name that no recipe has. Where the user has
    /// given its name to another image, it stays without one, for as long as the caller has a `lease`.
    ///
    /// - Parameter report: is given a sentence about what is being made, where that takes a while.
    /// - Throws: `StoreError`, in particular `noBusybox` and `unpreparable`
    public func prepare(_ reference: ImageReference, report: (String) -> Void = { _ in }) throws -> Image? {
        if let standIn = try StandIn.named(reference) { return try prepare(standIn, as: reference, report: report) }
        if reference == (try BusyboxImage.reference) { return try prepareBusybox() }
        let lesson = try LessonImage.all.first { try ImageReference($0.name) == reference }
        return try lesson.map { try prepare($0) }
    }

    /// Whether a name is the base image's or a stand-in's, so that `prepare` makes what a Hub would else give.
    public static func makes(_ reference: ImageReference) -> Bool {
        (try? reference == BusyboxImage.reference || StandIn.named(reference) != nil) ?? false
    }

    /// The base image, made on first need and kept.
    public func prepareBusybox() throws -> Image {
        let reference = try BusyboxImage.reference
        let fingerprint = Self.fingerprint([BusyboxImage.ground])
        return try prepare(reference, fingerprint) {
            let (program, path) = try BusyboxProgram.find(in: paths, asking: checkpoint)
            return ImageRecipe(
                reference: reference, created: BusyboxImage.created,
                layers: [BusyboxImage.layer(program, path: path)], config: BusyboxImage.config(program))
        }
    }

    /// A lesson's image, made on first need and kept. Made again when its recipe has changed.
    public func prepare(_ lesson: LessonImage) throws -> Image {
        let reference = try ImageReference(lesson.name)
        let layers = [BusyboxImage.ground] + lesson.layers
        if let image = try prepared(reference, Self.fingerprint(layers)) { return image }
        // The base must not be freed before the image on top of it is named; it is made before the lock `prepare` is
        // taken, because making it takes that lock too.
        let lease = try lease()
        defer { _ = lease }
        let base = try prepareBusybox()
        return try prepare(reference, Self.fingerprint(layers)) {
            ImageRecipe(reference: reference, base: base, created: BusyboxImage.created, layers: lesson.layers)
        }
    }

    /// One process makes the image; others wait and find it made.
    private func prepare(
        _ reference: ImageReference, _ fingerprint: Digest, _ recipe: () throws -> ImageRecipe
    ) throws -> Image {
        if let image = try prepared(reference, fingerprint) { return image }
        let lock = try StoreLock(paths.lock(.prepare), exclusive: true, asking: checkpoint)
        defer { _ = lock }
        if let image = try prepared(reference, fingerprint) { return image }
        let lease = try lease()
        defer { _ = lease }
        let recipe = try refusing(reference, 2 << 20, recipe)
        return try refusing(reference, recipe.size) { try build(recipe, fingerprint: fingerprint) }
    }

    /// Says of an image that the disk has no room for how much it takes.
    func refusing<Value>(_ reference: ImageReference, _ size: Int64, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as SystemCallError where error.errno == .ENOSPC || error.errno == .EDQUOT {
            throw StoreError.noSpace(image: reference.familiarName, needed: size)
        }
    }

    private func prepared(_ reference: ImageReference, _ fingerprint: Digest) throws -> Image? {
        guard let entry = try made(fingerprint, where: { $0 == reference }) else { return nil }
        return try image(at: entry)
    }

    /// What a recipe has made. Of a run whose names do not have it any more, or not yet, it is the user's, and gets its
    /// name there.
    func made(_ fingerprint: Digest, where fits: (ImageReference?) -> Bool) throws -> ContentDescriptor? {
        func find(in index: LayoutIndex) throws -> ContentDescriptor? {
            try index.read().manifests.last { entry in
                entry.annotations?[AnnotationKey.recipe] == "\(fingerprint)" && fits(LayoutIndex.name(of: entry))
            }
        }
        if let own = try find(in: index) { return own }
        guard paths.isScoped, let entry = try find(in: layoutIndex) else { return nil }
        if let name = LayoutIndex.name(of: entry) { try index.tag(entry, name, recipe: fingerprint) }
        return entry
    }

    /// Tells recipes apart without making anything.
    static func fingerprint(_ layers: [LayerRecipe]) -> Digest {
        var lines: [String] = []
        for layer in layers {
            lines.append("layer \(layer.createdBy) \(layer.comment ?? "")")
            for entry in layer.entries {
                let node =
                    switch entry.node {
                    case .directory: "directory"
                    case .opaqueDirectory: "opaque"
                    case .whiteout: "whiteout"
                    case .hardLink(let target): "link \(target)"
                    case .symlink(let target): "symlink \(target)"
                    case .file(.text(let text)): "text \(Digest(of: text.utf8))"
                    case .file(.numberedLines(let count)): "lines \(count)"
                    case .file(.hostFile(let path)): "host \(path)"
                    case .file(.part(let path, let offset, let size)): "part \(path) \(offset) \(size)"
                    }
                let owner = entry.owner == .root ? "" : " \(entry.owner.uid):\(entry.owner.gid)"
                lines.append("\(entry.path) \(entry.permissions) \(node)\(owner)")
            }
        }
        return Digest(of: lines.joined(separator: "\n").utf8)
    }
}
