internal import Glibc
internal import LayerModel
internal import Linux
internal import OCI

/// A package under Alpine's name, whose files are those of a package of Debian and of the recipe.
struct ApkPackage: Sendable {
    /// Such as `php7-fpm`.
    var name: String
    /// Such as `php-fpm`: what it needs, and what its version is.
    var debian: String
    /// What the user is told when it is installed: how it differs from Alpine's.
    var notice: String?
    /// Its own files. `{php}` in their paths and texts stands for the version of Debian's PHP, `8.2`.
    var entries: [RecipeEntry] = []
}

/// A folder of packages that `apk` of the stand-in installs from, with an index in the form of Alpine's APKINDEX. Each
/// package is a gzipped tar, as Alpine's are but for the signature and the `.PKGINFO` before it.
struct ApkRepository {
    static let place = "/usr/share/apk/repository"

    let archive: DebianArchive
    let scratch: String

    struct Made {
        var entries: [RecipeEntry]
        var packages: [DebianPackage]
    }

    func make(_ wanted: [ApkPackage]) throws -> Made {
        let packages = try archive.resolve(
            PackageSelection(roots: wanted.map(\.debian), omitted: StandIn.scriptsOnly.union(Self.unwanted)))
        let files = try archive.download(packages, to: "apk")
        let directory = try Descriptor(opening: files, O_RDONLY | O_DIRECTORY)
        let names = try Files.names(in: directory.number)
        let php = packages.first { $0.name == "php-fpm" }?.dependencies.first?.first
            .map { String($0.drop { !$0.isNumber }.prefix { $0.isNumber || $0 == "." }) }
        var index = ""
        var entries: [RecipeEntry] = []
        func add(_ package: DebianPackage, _ name: String, _ needs: [String], notice: String?, _ made: File) {
            entries.append(.file("\(Self.place)/\(name).apk", .hostFile(made.path)))
            index += """
                P:\(name)
                V:\(package.version)
                S:\(made.size)
                I:\(made.unpacked)
                T:\((package.stanza["Description"] ?? "").prefix { $0 != "\n" })
                D:\(needs.joined(separator: " "))
                \(notice.map { "N:\($0)\n" } ?? "")

                """
        }
        for package in packages {
            guard let file = names.first(where: { $0.hasPrefix(package.name + "_") }) else {
                throw StoreError.recipe("apt-get downloaded no \(package.name)")
            }
            let bytes = "\(scratch)/\(package.name).bytes"
            var tree = PackageTree(spool: bytes, mergesUsr: false, asking: archive.checkpoint)
            try tree.add(packageAt: "\(files)/\(file)")
            if package.name == "ca-certificates" { try tree.addCertificateBundle() }
            tree.addLoaderLinks()
            let needs = package.dependencies.compactMap { group in
                packages.first { group.contains($0.name) || !$0.provided.filter(group.contains).isEmpty }?.name
            }
            add(package, package.name, needs, notice: nil, try write(package.name, Array(tree.entries.values)))
            unlink(bytes)
        }
        for alias in wanted where alias.name != alias.debian {
            guard let debian = packages.first(where: { $0.name == alias.debian }) else {
                throw StoreError.recipe("the archive has no \(alias.debian)")
            }
            let own = alias.entries.map { $0.replacing("{php}", with: php ?? "") }
            let words = (alias.notice ?? "is Debian's").replacing("{php}", with: php ?? "")
            add(
                debian, alias.name, [debian.name], notice: "\(words): \(debian.name) \(debian.version)",
                try write(alias.name, own))
        }
        try removeTree(files)
        entries.append(.file("\(Self.place)/APKINDEX", index))
        return Made(entries: entries, packages: packages)
    }

    private static let unwanted: Set<String> = [
        "dpkg", "systemd", "systemd-standalone-tmpfiles", "procps", "psmisc", "mount",
        "libmagic1", "libmagic-mgc", "openssl", "base-files", "debianutils", "gcc-12-base", "libaudit-common",
    ]

    private struct File {
        var path: String
        var size: Int64
        var unpacked: Int64
    }

    private func write(_ name: String, _ entries: [RecipeEntry]) throws -> File {
        let path = "\(scratch)/\(name).apk"
        let unpacked = entries.reduce(Int64(0)) { sum, entry in
            if case .file(let content) = entry.node { sum + content.size } else { sum }
        }
        let file = try Descriptor(opening: path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        let layer = LayerRecipe(createdBy: name, entries)
        let written = try RecipeLayer(
            recipe: layer, time: BusyboxImage.created, compression: .gzip(level: 2), checkpoint: archive.checkpoint
        ).write(to: file.number)
        return File(path: path, size: written.size, unpacked: unpacked)
    }
}

extension RecipeEntry {
    fileprivate func replacing(_ word: String, with other: String) -> RecipeEntry {
        var entry = self
        entry.path = path.replacing(word, with: other)
        switch node {
        case .file(.text(let text)): entry.node = .file(.text(text.replacing(word, with: other)))
        case .symlink(let target): entry.node = .symlink(to: target.replacing(word, with: other))
        default: break
        }
        return entry
    }
}

extension PackageTree {
    /// What update-ca-certificates(8) would write: all certificates in one file.
    fileprivate mutating func addCertificateBundle() throws {
        var bundle: [UInt8] = []
        for name in entries.keys.sorted() where name.hasSuffix(".crt") {
            guard case .file(let content)? = entries[name]?.node else { continue }
            try content.withData { _, forEachChunk in try forEachChunk { bundle.append(contentsOf: $0) } }
            if bundle.last != UInt8(ascii: "\n") { bundle.append(UInt8(ascii: "\n")) }
        }
        set(.file("/etc/ssl/certs/ca-certificates.crt", String(decoding: bundle, as: UTF8.self)))
    }

    /// Where Debian has merged /usr, a program finds its loader by the link that base-files would make.
    fileprivate mutating func addLoaderLinks() {
        for (name, entry) in entries where name.hasPrefix("usr/lib") && entry.path.contains("/ld-linux") {
            let parts = name.split(separator: "/")
            guard parts.count == 3, entries["\(parts[1])/\(parts[2])"] == nil else { continue }
            set(.symlink("/\(parts[1])/\(parts[2])", to: "/" + name))
        }
    }
}
