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
/// package is a gzipped tar that begins with `.PKGINFO`, as Alpine's are but for the signature.
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
        let names = try Files.names(in: Descriptor(opening: files, O_RDONLY | O_DIRECTORY).number)
        let php = packages.first { $0.name == "php-fpm" }?.dependencies.first?.first
            .map { String($0.drop { !$0.isNumber }.prefix { $0.isNumber || $0 == "." }) }
        var index = ""
        var entries: [RecipeEntry] = []
        func add(_ name: String, _ version: String, _ words: String, needs: [String], notice: String?, _ made: File) {
            entries.append(.file("\(Self.place)/\(name).apk", .hostFile(made.path)))
            index += """
                P:\(name)
                V:\(version)
                S:\(made.size)
                I:\(made.unpacked)
                T:\(words)
                D:\(needs.joined(separator: " "))
                \(notice.map { "N:\($0)\n" } ?? "")

                """
        }
        let aliases = Set(wanted.map(\.name))
        for package in packages {
            guard let file = names.first(where: { $0.hasPrefix(package.name + "_") }) else {
                throw StoreError.recipe("apt-get downloaded no \(package.name)")
            }
            var tree = PackageTree(spool: "\(scratch)/\(package.name).bytes", mergesUsr: false)
            try tree.add(packageAt: "\(files)/\(file)")
            if package.name == "ca-certificates" { try tree.addCertificateBundle() }
            tree.addLoaderLinks()
            let name = Self.name(of: package, besides: aliases)
            let needs = package.dependencies.compactMap { group in
                packages.first { group.contains($0.name) }.map { Self.name(of: $0, besides: aliases) }
            }
            let words = (package.stanza["Description"] ?? "").prefix { $0 != "\n" }
            let made = try write(name, package.version, Array(tree.entries.values), needs)
            unlink("\(scratch)/\(package.name).bytes")
            add(name, package.version, String(words), needs: needs, notice: nil, made)
        }
        for package in wanted {
            guard let debian = packages.first(where: { $0.name == package.debian }) else {
                throw StoreError.recipe("the archive has no \(package.debian)")
            }
            let entries = package.entries.map { $0.replacing("{php}", with: php ?? "") }
            let needs = [Self.name(of: debian, besides: aliases)]
            let made = try write(package.name, debian.version, entries, needs)
            let notice =
                (package.notice.map { "\($0); " } ?? "") + "its files are Debian's \(debian.name) \(debian.version)"
            add(
                package.name, debian.version, String((debian.stanza["Description"] ?? "").prefix { $0 != "\n" }),
                needs: needs, notice: notice, made)
        }
        try removeTree(files)
        entries.append(.file("\(Self.place)/APKINDEX", index))
        return Made(entries: entries, packages: packages)
    }

    /// Debian's packages keep their names, but for those that the recipe has a package of its own for.
    private static func name(of package: DebianPackage, besides aliases: Set<String>) -> String {
        aliases.contains(package.name) ? "debian-\(package.name)" : package.name
    }

    private static let unwanted: Set<String> = [
        "dpkg", "systemd", "systemd-standalone-tmpfiles", "procps", "psmisc", "tzdata", "mount", "libsemanage2",
        "libmagic1", "libmagic-mgc", "openssl",
    ]

    private struct File {
        var path: String
        var size: Int64
        var unpacked: Int64
    }

    private func write(_ name: String, _ version: String, _ entries: [RecipeEntry], _ needs: [String]) throws -> File {
        let path = "\(scratch)/\(name).apk"
        let unpacked = entries.reduce(Int64(0)) { sum, entry in
            if case .file(let content) = entry.node { sum + content.size } else { sum }
        }
        let info = """
            pkgname = \(name)
            pkgver = \(version)
            size = \(unpacked)
            \(needs.map { "depend = \($0)\n" }.joined())
            """
        let file = try Descriptor(opening: path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        let layer = LayerRecipe(createdBy: name, [.file("/.PKGINFO", info)] + entries)
        let written = try RecipeLayer(recipe: layer, time: BusyboxImage.created, compression: .gzip(level: 6))
            .write(to: file.number)
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
