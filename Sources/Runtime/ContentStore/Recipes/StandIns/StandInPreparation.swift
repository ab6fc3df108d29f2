internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

extension ContentStore {
    /// A stand-in, made on first need and kept. One that was loaded, or tagged by the user, is taken as it is.
    ///
    /// - Parameters:
    ///   - sources: where the packages come from; `nil` means the host's own archive.
    ///   - report: is given a sentence about what is being made.
    /// - Throws: `StoreError.unpreparable` where it cannot be made, with the cure.
    func prepare(
        _ standIn: StandIn, as reference: ImageReference, from sources: AptSources? = nil, report: (String) -> Void
    ) throws -> Image {
        let fingerprint = standIn.fingerprint
        if let image = try present(standIn, reference, fingerprint) { return image }
        // The base must not be freed before the image on top of it is named; it is made before the lock `prepare` is
        // taken, because making it takes that lock too.
        let lease = try lease()
        defer { _ = lease }
        var base: Image?
        if case .standIn(let other) = standIn.base {
            base = try prepare(other, as: ImageReference(other.names[0]), from: sources, report: report)
        }
        let lock = try StoreLock(paths.lock(.prepare), exclusive: true)
        defer { _ = lock }
        if let image = try present(standIn, reference, fingerprint) { return image }
        let scratch = StorePaths.partial(in: paths.cache)
        try Files.makeDirectories(scratch)
        defer { try? removeTree(scratch) }
        return try refusing(reference, 64 << 20) {
            do {
                let kitchen = try StandInKitchen(paths: paths, scratch: scratch, sources: sources ?? .host())
                let recipe = try kitchen.recipe(standIn, as: reference, on: base, report: report)
                return try build(recipe, fingerprint: fingerprint)
            } catch StoreError.recipe(let reason) {
                throw StoreError.unpreparable(image: "\(reference)", reason: reason)
            } catch let error as StoreError {
                if case .noBusybox = error {
                    throw StoreError.unpreparable(image: "\(reference)", reason: "\(error)")
                }
                throw error
            }
        }
    }

    /// The image under its name; or under another of the stand-in's names, which it then gets one more of.
    private func present(_ standIn: StandIn, _ reference: ImageReference, _ fingerprint: Digest) throws -> Image? {
        let entries = try index.read().manifests
        if let own = entries.last(where: { LayoutIndex.name(of: $0) == reference }) {
            let recipe = own.annotations?[AnnotationKey.recipe]
            return recipe == nil || recipe == "\(fingerprint)" ? try image(at: own) : nil
        }
        guard let other = entries.last(where: { $0.annotations?[AnnotationKey.recipe] == "\(fingerprint)" }) else {
            return nil
        }
        var image = try image(at: other)
        try index.tag(image.descriptor, reference, recipe: fingerprint)
        image.reference = reference
        return image
    }
}

extension StandIn {
    /// Tells recipes apart without making anything.
    var fingerprint: Digest {
        var lines = [repository, differences, metadata.joined(separator: "\n")]
        if case .standIn(let other) = base { lines.append("\(other.fingerprint)") }
        lines.append(String(decoding: (try? JSONDocument.encode(config)) ?? [], as: UTF8.self))
        for layer in layers {
            lines.append("packages \(layer.packages?.words ?? "")")
            lines.append("\(ContentStore.fingerprint([LayerRecipe(createdBy: layer.createdBy, layer.entries)]))")
            for files in layer.derived {
                switch files {
                case .busybox: lines.append("busybox")
                case .dpkgDatabase: lines.append("dpkg")
                case .apkRepository(let packages):
                    for package in packages {
                        let entries = ContentStore.fingerprint([LayerRecipe(createdBy: "", package.entries)])
                        lines.append("apk \(package.name) \(package.debian) \(package.notice ?? "") \(entries)")
                    }
                }
            }
        }
        return Digest(of: lines.joined(separator: "\n").utf8)
    }
}

extension PackageSelection {
    fileprivate var words: String {
        roots.joined(separator: " ") + " without " + omitted.sorted().joined(separator: " ")
    }
}
