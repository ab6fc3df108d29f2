internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// Turns a stand-in's recipe into one whose files are all at hand: asks the archive, fetches and unpacks packages.
struct StandInKitchen {
    let paths: StorePaths
    /// What is unpacked lies here until the image is written; removed by who made it.
    let scratch: String
    private let archive: DebianArchive
    private let checkpoint: Checkpoint?

    /// - Parameter checkpoint: is asked while programs of the host run, and while packages are read.
    /// - Throws: `StoreError.recipe` where there is no apt-get.
    init(paths: StorePaths, scratch: String, sources: AptSources, asking checkpoint: Checkpoint?) throws {
        self.paths = paths
        self.scratch = scratch
        self.checkpoint = checkpoint
        archive = try DebianArchive(scratch: scratch, cache: paths.cache, sources: sources, asking: checkpoint)
    }

    /// What the layers are made of, as far as they are done.
    private struct Ingredients {
        /// `NAME=VERSION` of all packages, by name.
        var packages: [String: String] = [:]
        var status: [ControlStanza] = []
    }

    /// - Throws: `StoreError.recipe` where the archive does not answer, or has not what is wanted.
    func recipe(
        _ standIn: StandIn, as reference: ImageReference, on base: Image?, report: (String) -> Void
    ) throws -> ImageRecipe {
        var ingredients = Ingredients()
        if let base {
            for word in (base.config.config?.labels?[StandInLabel.packages] ?? "").split(separator: " ") {
                let name = word.prefix { $0 != "=" }
                ingredients.packages[String(name)] = String(word.dropFirst(name.utf8.count + 1))
            }
            ingredients.status = try dpkgStatus(of: base)
        }
        let wanted = standIn.layers.flatMap(\.wanted)
        report(
            "\(reference): making a stand-in from \(source)'s packages"
                + (wanted.isEmpty ? "" : " \(wanted.joined(separator: ", ")) and what they need"))
        if standIn.needsArchive { try archive.update() }
        var layers: [LayerRecipe] = []
        for (number, layer) in standIn.layers.enumerated() {
            layers.append(try self.layer(layer, number, standIn, &ingredients))
        }
        var config = standIn.config
        let packages = ingredients.packages.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
        config.labels = [
            StandInLabel.image: StandInLabel.hub(standIn.repository),
            StandInLabel.packages: packages, StandInLabel.source: source,
            StandInLabel.differences:
                "\(standIn.differences); no maintainer script was run; left out: \(Omissions.documentation.words)",
        ]
        let versions = wanted.compactMap { name in ingredients.packages[name].map { "\(name) \($0)" } }
        report(
            "\(reference) is ready: a stand-in for Docker Hub's, made from \(ingredients.packages.count) packages"
                + (versions.isEmpty ? "" : ", among them \(versions.joined(separator: ", "))")
                + "; it \(standIn.differences)")
        return ImageRecipe(
            reference: reference, base: base, created: BusyboxImage.created, layers: layers, config: config,
            metadata: standIn.metadata.map(ClassicHistory.words))
    }

    private var source: String { "\(archive.sources.distribution) \(archive.sources.codename)" }

    private func layer(
        _ layer: StandInLayer, _ number: Int, _ standIn: StandIn, _ ingredients: inout Ingredients
    ) throws -> LayerRecipe {
        var tree = PackageTree(
            spool: "\(scratch)/layer\(number)", mergesUsr: layer.derived.contains(where: \.isDpkg), asking: checkpoint)
        var new: [DebianPackage] = []
        var lists: [String: [String]] = [:]
        if let selection = layer.packages {
            new = try archive.resolve(selection).filter { ingredients.packages[$0.name] != $0.version }
            let place = try archive.download(new, to: "packages\(number)")
            for package in new {
                lists[package.name] = try tree.add(packageAt: try file(of: package, in: place))
                ingredients.packages[package.name] = package.version
            }
            try removeTree(place)
        }
        var sources = new.map { "\($0.name) \($0.version)" }
        for entry in layer.entries { tree.set(entry) }
        for files in layer.derived {
            switch files {
            case .dpkgDatabase: addDpkgDatabase(new, lists, to: &tree, &ingredients)
            case .busybox:
                let (program, path) = try BusyboxProgram.find(in: paths, asking: checkpoint)
                tree.set(.file("/bin/busybox", .hostFile(path), 0o755))
                for name in program.applets where tree.entries["bin/\(name)"] == nil {
                    if layer.entries.contains(where: { $0.path.hasSuffix("/\(name)") }) { continue }
                    tree.set(.symlink("/bin/\(name)", to: "busybox"))
                }
                ingredients.packages["busybox-static"] = program.packageVersion
                sources.append("busybox-static \(program.packageVersion)")
            case .apkRepository(let packages):
                let repository = try ApkRepository(archive: archive, scratch: scratch).make(packages)
                for entry in repository.entries { tree.set(entry) }
                for package in repository.packages { ingredients.packages[package.name] = package.version }
                sources += repository.packages.map { "\($0.name) \($0.version)" }
            }
        }
        // Which ones, the labels tell: the column of `docker history` is never cut.
        let count = sources.count == 1 ? sources[0] : "\(sources.count) packages"
        return LayerRecipe(
            createdBy: ClassicHistory.words(layer.createdBy),
            comment: "stand-in for \(standIn.repository) of Docker Hub"
                + (sources.isEmpty ? "" : ", from \(source)'s \(count)"), Array(tree.entries.values))
    }

    /// The file of a package that was downloaded: `NAME_VERSION_ARCHITECTURE.deb`.
    private func file(of package: DebianPackage, in place: String) throws -> String {
        let directory = try Descriptor(opening: place, O_RDONLY | O_DIRECTORY)
        guard let name = try Files.names(in: directory.number).first(where: { $0.hasPrefix(package.name + "_") }) else {
            throw StoreError.recipe("apt-get downloaded no \(package.name)")
        }
        return "\(place)/\(name)"
    }

    private func addDpkgDatabase(
        _ packages: [DebianPackage], _ lists: [String: [String]], to tree: inout PackageTree,
        _ ingredients: inout Ingredients
    ) {
        let replaced = Set(packages.map(\.name))
        ingredients.status.removeAll { replaced.contains($0["Package"] ?? "") }
        for package in packages {
            var stanza = package.stanza
            // What only the archive's list tells of a package.
            let listed = ["filename", "size", "md5sum", "sha256", "sha1", "sha512", "description-md5", "w"]
            stanza.fields.removeAll { listed.contains($0.name.lowercased()) }
            stanza.fields.insert(("Status", "install ok installed"), at: 1)
            ingredients.status.append(stanza)
            let names = lists[package.name] ?? []
            let suffix = package.stanza["Multi-Arch"] == "same" ? ":\(package.stanza["Architecture"] ?? "")" : ""
            tree.set(
                .file(
                    "/var/lib/dpkg/info/\(package.name)\(suffix).list",
                    (["/."] + names).map { $0 + "\n" }.joined()))
        }
        ingredients.status.sort { ($0["Package"] ?? "") < ($1["Package"] ?? "") }
        tree.set(.file("/var/lib/dpkg/status", ingredients.status.map { $0.text + "\n" }.joined()))
        tree.set(.file("/var/lib/dpkg/available", ""))
        tree.set(.file("/var/lib/dpkg/info/format", "1\n"))
    }

    /// What the base says of its packages, from the topmost layer that has it.
    private func dpkgStatus(of base: Image) throws -> [ControlStanza] {
        for directory in base.lowerDirectories {
            guard let root = try? Descriptor(opening: directory, O_RDONLY | O_DIRECTORY),
                let file = try? Files.open(beneath: root.number, "var/lib/dpkg/status", O_RDONLY)
            else { continue }
            return ControlStanza.parse(String(decoding: try Files.readAll(file.number), as: UTF8.self))
        }
        return []
    }
}

extension DerivedFiles {
    fileprivate var isDpkg: Bool { if case .dpkgDatabase = self { true } else { false } }
}

extension StandIn {
    /// Whether its own layers hold packages.
    var needsArchive: Bool { layers.contains { !$0.wanted.isEmpty } }
}
