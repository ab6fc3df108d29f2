internal import Glibc
internal import LayerModel
internal import Linux

/// Debian's archive, asked by apt-get as if nothing were installed: sources, lists, caches and an empty status of its
/// own, so that neither the host's packages nor its other sources say anything. See apt.conf(5), "Directories".
struct DebianArchive {
    let sources: AptSources
    /// What only this preparation needs; removed by who made it.
    private let scratch: String
    /// The lists, which are kept: asked again, they cost one short answer each while the archive has not changed.
    private let lists: String
    /// Is asked while apt-get runs.
    let checkpoint: Checkpoint?

    /// About the bytes of the lists, and of what apt-get makes of them while it is asked.
    static let listsRoom: Int64 = 80 << 20

    /// - Throws: `StoreError.recipe` where the host has no apt-get, `SystemCallError`
    init(scratch: String, cache: String, sources: AptSources, asking checkpoint: Checkpoint?) throws {
        self.sources = sources
        self.scratch = scratch
        self.checkpoint = checkpoint
        lists = cache + "/debian"
        let configuration = """
            Dir::State "\(lists)";
            Dir::State::status "\(scratch)/status";
            Dir::Cache "\(scratch)/apt";
            Dir::Cache::srcpkgcache "";
            Dir::Etc::main "";
            Dir::Etc::parts "\(scratch)/empty";
            Dir::Etc::preferences "";
            Dir::Etc::preferencesparts "\(scratch)/empty";
            Dir::Etc::sourcelist "\(scratch)/teach.sources";
            Dir::Etc::sourceparts "\(scratch)/empty";
            APT::Sandbox::User "root";
            APT::Install-Recommends "false";
            APT::Update::Error-Mode "any";
            APT::Get::Assume-Yes "true";
            Acquire::Languages "none";
            Acquire::GzipIndexes "true";
            Acquire::http::Timeout "20";
            Acquire::Retries "1";

            """
        for directory in [lists + "/lists/partial", scratch + "/apt/archives/partial", scratch + "/empty"] {
            try Files.makeDirectories(directory)
        }
        let proxies = try HostCommand(arguments: ["apt-config", "dump", "--format", "%F \"%v\";%n"])
            .run(scratch: scratch + "/output", asking: checkpoint).output.split(separator: "\n")
            .filter { $0.hasPrefix("Acquire::http") && $0.contains("::Proxy") && !$0.hasSuffix(" \"\";") }
        try write(configuration + proxies.joined(separator: "\n") + "\n", to: "apt.conf")
        try write("", to: "status")
        try write(sources.text, to: "teach.sources")
    }

    private func write(_ text: String, to name: String) throws {
        let file = try Descriptor(opening: "\(scratch)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        try Array(text.utf8).withUnsafeBytes { try Files.write($0, to: file.number) }
    }

    /// What a program of apt(8) prints when it succeeds, in the directory `place`.
    ///
    /// - Throws: `StoreError.recipe` with what it complained of.
    private func ask(_ arguments: [String], in place: String? = nil) throws -> String {
        // It ends with this process, also by SIGKILL: else it would go on writing, and hold its lock on the lists.
        let shell = "cd \"$1\" && export APT_CONFIG=\"$2\" LC_ALL=C && shift 2 && exec setpriv --pdeathsig KILL \"$@\""
        let result = try HostCommand(
            arguments: ["/bin/sh", "-c", shell, "sh", place ?? scratch, scratch + "/apt.conf"] + arguments
        ).run(scratch: scratch + "/output", asking: checkpoint)
        if result.status == 0 { return result.output }
        if StrerrorText.meansNoSpace(result.output) || result.output.contains("enough free space") {
            throw SystemCallError(call: "write", subject: scratch, errno: .ENOSPC)
        }
        let complaint = result.output.split(separator: "\n").first { $0.hasPrefix("E:") || $0.contains("not found") }
        throw StoreError.recipe(
            "\(arguments[0]) \(arguments[1]) failed (\(complaint.map(String.init) ?? "status \(result.status)"))")
    }

    /// Fetches the lists, or learns that they have not changed.
    func update() throws { _ = try ask(["apt-get", "update", "-qq"]) }

    /// The packages that `selection` comes to.
    func resolve(_ selection: PackageSelection) throws -> [DebianPackage] {
        let uris = try ask(["apt-get", "install", "--print-uris", "-qq"] + selection.roots)
        // 'URI' FILE SIZE HASH
        let names = uris.split(separator: "\n").compactMap { line -> String? in
            guard line.hasPrefix("'") else { return nil }
            return line.split(separator: " ").dropFirst().first?.split(separator: "_").first.map(String.init)
        }
        let shown = try ask(["apt-cache", "show", "--no-all-versions"] + names)
        let packages = ControlStanza.parse(shown).compactMap(DebianPackage.init)
        return PackageClosure.of(selection.roots, in: packages, without: selection.omitted)
    }

    /// Fetches packages into a new directory; apt-get holds them against the hashes of the signed lists.
    ///
    /// - Returns: the directory.
    func download(_ packages: [DebianPackage], to name: String) throws -> String {
        let place = "\(scratch)/\(name)"
        try Files.makeDirectories(place)
        if packages.isEmpty { return place }
        _ = try ask(["apt-get", "download", "-qq"] + packages.map { "\($0.name)=\($0.version)" }, in: place)
        return place
    }
}

/// Packages that a layer is made of.
struct PackageSelection: Hashable, Sendable {
    /// What is wanted, by name.
    var roots: [String]
    /// What is left out though a package asks for it, with all that nothing else needs then.
    var omitted: Set<String> = []
}
