internal import Glibc
public import LayerModel
internal import Linux
public import Scripts

/// A real overlay over the layers of a script. One thread uses it, which has mounts of its own (`withPrivateMounts`).
public final class MountedOverlay: MountedFilesystem {
    private let base: String
    private let layerCount: Int
    /// What is in force, in the order in which it was first given.
    public private(set) var options: [MountOption]
    private let calls: KernelCalls
    private var witness: EffectWitness
    private var upperDirectory: Linux.Descriptor
    private var root: KernelRoot?
    private var open: Set<CInt> = []
    /// What was measured of the copies that calls made, since it was last forgotten; `nil` where nothing was.
    var copies: Cost?
    /// The directory that the layers lie in, within the ground.
    private let name: String
    private static let names = ["l", "u", "w", "m"]

    private var prefix: String { OverlayAttributes.ofMount(options).prefix }

    /// Makes the layers on `ground` and mounts them.
    ///
    /// - Throws: `MountRefused`; `SystemCallError` where a layer cannot be made.
    public init(
        layers: [[LayerLine]], options: [MountOption] = [], on ground: Ground, name: String = "overlay"
    ) throws {
        calls = try KernelCalls()
        self.options = options
        self.name = name
        let base = ground.place + "/" + name
        self.base = base
        layerCount = layers.count
        umask(0)
        let prefix = OverlayAttributes.ofMount(options).prefix
        try call("mkdir", base) { mkdir(base, 0o755) }
        for directory in Self.names { try call("mkdir", base) { mkdir(base + "/" + directory, 0o755) } }
        let building = LayerBuilding(prefix: prefix)
        for (index, lines) in layers.enumerated() {
            let place = "\(base)/l/\(index + 1)"
            try call("mkdir", place) { mkdir(place, 0o755) }
            try building.make(lines, in: place)
        }
        chdir("/")
        upperDirectory = try Linux.Descriptor(opening: base + "/u", O_RDONLY | O_DIRECTORY)
        witness = EffectWitness(prefix: prefix, lowers: [])
        if let errno = try mount() {
            try? removeTree(base)
            throw MountRefused(errno: errno)
        }
    }

    /// The kernel refused the mount.
    public struct MountRefused: Error, Hashable, CustomStringConvertible {
        public var errno: LayerModel.Errno
        public var description: String { "the kernel refuses the mount: \(errno.explanation) (\(errno))" }
    }

    /// Takes all of it away. (Whatever happens, it goes with the thread's mounts.)
    public func remove() {
        closeAll()
        root = nil
        for place in ["/m", "/m2"] { try? unmountFilesystem(base + place, lazily: true) }
        try? removeTree(base)
    }

    public func answer(to call: SystemCall, by caller: Credentials) throws -> CallAnswer {
        guard root != nil else { throw MountRefused(errno: .ENODEV) }
        return try root!.inside(from: upperDirectory.number) {
            let look = witness.before(call, calls)
            var answer = CallAnswer()
            try ThreadCredentials.run(as: caller) {
                do throws(LayerModel.Errno) { answer.value = try calls.make(call) } catch { answer.errno = error }
            }
            if case .descriptor(let file) = answer.value { open.insert(file.number) }
            if case .close(let file) = call { open.remove(file.number) }
            answer.effects = witness.after(look, call, errno: answer.errno)
            if let more = try witness.copies(look, call, answer.effects) {
                var all = copies ?? Cost()
                all += more
                copies = all
            }
            return answer
        }
    }

    public func remount(_ options: [MountOption]) throws -> LayerModel.Errno? {
        closeAll()
        root = nil
        try unmount()
        for option in options {
            if let place = self.options.firstIndex(where: { $0.name == option.name }) {
                self.options[place] = option
            } else {
                self.options.append(option)
            }
        }
        return try mount()
    }

    public func merged() throws -> [ListedFile] {
        guard root != nil else { throw MountRefused(errno: .ENODEV) }
        defer { chdir("/") }
        return try TreeListing.files(beneath: root!.root.number, .merged)
    }

    public func upper() throws -> [ListedFile] {
        defer { chdir("/") }
        return try TreeListing.files(beneath: upperDirectory.number, .upper(prefix: prefix))
    }

    /// Where the writable layer lies, from outside.
    var layerPlace: String { base + "/u" }

    /// Where the union is mounted, from outside.
    var mergedPlace: String { base + "/m" }

    /// Throws the writable layer away and mounts the union anew.
    func beginAgain() throws {
        closeAll()
        root = nil
        try unmount()
        for directory in ["u", "w"] {
            try removeTree(base + "/" + directory)
            try call("mkdir", base) { mkdir(base + "/" + directory, 0o755) }
        }
        upperDirectory = try Linux.Descriptor(opening: base + "/u", O_RDONLY | O_DIRECTORY)
        if let errno = try mount() { throw MountRefused(errno: errno) }
    }

    /// Mounts another container's union over the same layers.
    ///
    /// - Returns: Where, from outside.
    func another() throws -> String {
        for directory in ["u2", "w2", "m2"] { try call("mkdir", base) { mkdir(base + "/" + directory, 0o755) } }
        if let errno = try mount(upper: "u2", work: "w2", at: "m2") { throw MountRefused(errno: errno) }
        return base + "/m2"
    }

    /// What one directory shows, and what the upper layer holds there; empty where there is no such directory. No
    /// symbolic link is followed.
    func listings(of directory: Path) throws -> (merged: [ListedFile], upper: [ListedFile]) {
        guard let root else { throw MountRefused(errno: .ENODEV) }
        defer { chdir("/") }
        return (
            try TreeListing.files(in: directory, of: root.root.number, .merged),
            try TreeListing.files(in: directory, of: upperDirectory.number, .upper(prefix: prefix))
        )
    }

    private func unmount() throws {
        for _ in 0..<1000 {
            let error: SystemCallError? = Result { try unmountFilesystem(base + "/m") }.failure
            guard let error else { return }
            // Another thread that forks may hold a descriptor for an instant.
            if error.errno != .EBUSY { throw error }
            usleep(1000)
        }
        try unmountFilesystem(base + "/m")
    }

    private func closeAll() {
        for number in open { close(number) }
        open = []
    }

    private func mount() throws -> LayerModel.Errno? {
        if let errno = try mount(upper: "u", work: "w", at: "m") { return errno }
        // A remount with `userxattr` reads other marks.
        let lowers = try (1...max(layerCount, 1)).map { number in
            let layer = try Linux.Descriptor(opening: "\(base)/l/\(number)", O_RDONLY | O_DIRECTORY)
            return try TreeListing.files(beneath: layer.number, .upper(prefix: prefix))
        }
        chdir("/")
        witness = EffectWitness(prefix: prefix, lowers: lowers)
        root = try KernelRoot(mergedPlace)
        witness.hasIndex = options.contains(MountOption("index", "on"))
        // `userxattr` says `redirect_dir=nofollow` (Documentation/filesystems/overlayfs.rst, "User xattr").
        witness.followsRedirects =
            !options.contains(MountOption("userxattr")) && !options.contains(MountOption("redirect_dir", "nofollow"))
        return nil
    }

    /// - Returns: The error of mount(2).
    private func mount(upper: String, work: String, at place: String) throws -> LayerModel.Errno? {
        // Relative names are short: the page that mount(2) takes has room for more layers than overlayfs.
        try call("chdir", base) { chdir(base) }
        defer { chdir("/") }
        let lowers = (1...max(layerCount, 1)).reversed().map { "l/\($0)" }.joined(separator: ":")
        let words =
            ["lowerdir=\(lowers)", "upperdir=\(upper)", "workdir=\(work)"] + Self.complete(options).map(\.description)
        do { try mountFilesystem("teach", place, type: "overlay", options: words.joined(separator: ",")) } catch {
            return error.errno
        }
        return nil
    }

    /// With what is not named said explicitly, so that a host whose module has other defaults comes to the same; but for
    /// what a named option brings with it, or does not allow.
    static func complete(_ options: [MountOption]) -> [MountOption] {
        func has(_ name: String, _ value: String? = nil) -> Bool { options.contains(MountOption(name, value)) }
        var left: [String] = []
        if has("metacopy", "on") { left.append("redirect_dir") }
        if has("userxattr") { left += ["redirect_dir", "metacopy"] }
        if has("nfs_export", "on") { left.append("index") }
        if has("verity", "on") || has("verity", "require") { left += ["metacopy", "redirect_dir"] }
        let defaults = ["redirect_dir", "index", "metacopy", "xino"].filter { name in
            !left.contains(name) && !options.contains { $0.name == name }
        }
        return options + defaults.map { MountOption($0, "off") }
    }
}

extension OverlayAttributes {
    /// Those of a mount with these options.
    static func ofMount(_ options: [MountOption]) -> OverlayAttributes {
        options.contains(MountOption("userxattr")) ? .user : .trusted
    }
}

extension Result where Success == Void, Failure == any Error {
    fileprivate var failure: SystemCallError? {
        if case .failure(let error) = self { error as? SystemCallError } else { nil }
    }
}
