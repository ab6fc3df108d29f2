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
            let name = try ImageReference(other.names[0])
            base = try prepare(other, as: name, from: sources, report: report)
            // Anything may have that name; these packages fit none but a stand-in.
            if base?.config.config?.labels?[StandInLabel.image] != StandInLabel.hub(other.repository) {
                throw StoreError.unpreparable(
                    image: "\(reference)",
                    reason:
                        "it stands on \(name), which is another image here (`docker tag` it, then `docker rmi \(name)`)"
                )
            }
        }
        let lock = try StoreLock(paths.lock(.prepare), exclusive: true, asking: checkpoint)
        defer { _ = lock }
        if let image = try present(standIn, reference, fingerprint) { return image }
        let scratch = StorePaths.partial(in: paths.cache)
        try Files.makeDirectories(scratch)
        defer { try? removeTree(scratch) }
        let room = standIn.room + (standIn.needsArchive ? DebianArchive.listsRoom : 0)
        return try refusing(reference, room) {
            do {
                // Asked before: apt-get may wait for ever once the disk is full.
                try requireRoom(room)
                let kitchen = try StandInKitchen(
                    paths: paths, scratch: scratch, sources: sources ?? .host(), asking: checkpoint)
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

    private func requireRoom(_ bytes: Int64) throws(SystemCallError) {
        var status = statvfs()
        let home = paths.home
        try call("statvfs", home) { statvfs(home, &status) }
        if UInt64(status.f_bavail) * UInt64(status.f_frsize) < UInt64(bytes) {
            throw SystemCallError(call: "write", subject: home, errno: .ENOSPC)
        }
    }

    /// The image under its name; or under another of the stand-in's names, which it then gets one more of.
    private func present(_ standIn: StandIn, _ reference: ImageReference, _ fingerprint: Digest) throws -> Image? {
        if let own = try index.read().manifests.last(where: { LayoutIndex.name(of: $0) == reference }) {
            let recipe = own.annotations?[AnnotationKey.recipe]
            return recipe == nil || recipe == "\(fingerprint)" ? try image(at: own) : nil
        }
        guard let other = try made(fingerprint, where: { _ in true }) else { return nil }
        var image = try image(at: other)
        try index.tag(image.descriptor, reference, recipe: fingerprint)
        image.reference = reference
        return image
    }
}

extension StandIn {
    /// Tells recipes apart without making anything.
    var fingerprint: Digest {
        var lines = [repository, differences, metadata.map(ClassicHistory.words).joined(separator: "\n")]
        if case .standIn(let other) = base { lines.append("\(other.fingerprint)") }
        lines.append(String(decoding: (try? JSONDocument.encode(config)) ?? [], as: UTF8.self))
        for layer in layers {
            lines.append("packages \(layer.packages?.words ?? "")")
            lines.append(
                "\(ContentStore.fingerprint([LayerRecipe(createdBy: ClassicHistory.words(layer.createdBy), layer.entries)]))"
            )
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
