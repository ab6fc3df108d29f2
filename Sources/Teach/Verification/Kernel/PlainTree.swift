internal import Glibc
public import LayerModel
internal import Linux
public import Scripts

/// A container's tree under a driver that is no union: the layers applied one onto the other, on a real filesystem.
/// On a Btrfs each layer is a subvolume, a snapshot of the one beneath it; elsewhere it is a full copy (vfs).
/// One thread uses it, which has mounts of its own (`withPrivateMounts`).
public final class PlainTree: MountedFilesystem {
    private let ground: Ground
    private let base: String
    private let calls: KernelCalls
    private let witness = EffectWitness(prefix: nil, lowers: [])
    private var root: KernelRoot
    private let keepsLayers: Bool
    private var open: Set<CInt> = []
    /// How many layers there are, the writable one counted.
    private let count: Int

    /// - Parameter keepsLayers: whether the layers beneath the container's stay as they are, and it is really copied from
    ///   them. Where nobody looks at them again, a copy of what goes away is that itself.
    /// - Throws: `SystemCallError` where a layer cannot be made.
    public init(
        layers: [[LayerLine]], on ground: Ground, name: String = "plain", keepsLayers: Bool = false
    ) throws {
        self.ground = ground
        self.keepsLayers = keepsLayers
        calls = try KernelCalls()
        let base = ground.place + "/" + name
        self.base = base
        count = layers.count + 1
        umask(0)
        try call("mkdir", base) { mkdir(base, 0o755) }
        let directory = try Linux.Descriptor(opening: base, O_RDONLY | O_DIRECTORY)
        let building = LayerBuilding(prefix: OverlayAttributes.current.prefix)
        for number in 1...count {
            if number == 1, ground.kind == .btrfs {
                try Subvolume.create("1", in: directory)
            } else if number == 1 {
                try call("mkdir", base) { mkdir("\(base)/1", 0o755) }
            } else if ground.kind == .btrfs || keepsLayers {
                try Self.copy(layer: number - 1, as: "\(number)", in: base, on: ground)
            } else {
                try call("rename", base) { rename("\(base)/\(number - 1)", "\(base)/\(number)") }
            }
            if number <= layers.count { try building.apply(layers[number - 1], to: "\(base)/\(number)") }
        }
        root = try KernelRoot("\(base)/\(count)")
    }

    /// What Docker does to begin a layer: a snapshot, or a copy of everything.
    private static func copy(layer: Int, as name: String, in base: String, on ground: Ground) throws {
        guard ground.kind == .btrfs else {
            try TreeCopy.copy("\(base)/\(layer)", to: "\(base)/\(name)")
            return
        }
        let directory = try Linux.Descriptor(opening: base, O_RDONLY | O_DIRECTORY)
        let below = try Linux.Descriptor(opening: "\(layer)", O_RDONLY | O_DIRECTORY, in: directory.number)
        try Subvolume.snapshot(of: below, as: name, in: directory)
    }

    private func removeLayer(_ name: String) throws {
        if ground.kind == .btrfs {
            try Subvolume.remove(name, in: try Linux.Descriptor(opening: base, O_RDONLY | O_DIRECTORY))
        } else {
            try removeTree("\(base)/\(name)")
        }
    }

    /// Where the container's own layer lies, from outside; and so what the container sees.
    var layerPlace: String { "\(base)/\(count)" }

    /// Where the layer with a number lies, from 1 at the bottom.
    func place(ofLayer number: Int) -> String { "\(base)/\(number)" }

    /// Throws the container's layer away and makes it anew. Needs `keepsLayers`, but for Btrfs.
    func beginAgain() throws {
        closeAll()
        root = try KernelRoot(ground.place)
        try removeLayer("\(count)")
        try Self.copy(layer: count - 1, as: "\(count)", in: base, on: ground)
        root = try KernelRoot(layerPlace)
    }

    /// Makes another container over the same image.
    ///
    /// - Returns: Where it sees its files, from outside.
    func another() throws -> String {
        try Self.copy(layer: count - 1, as: "another", in: base, on: ground)
        return "\(base)/another"
    }

    private func closeAll() {
        for number in open { close(number) }
        open = []
    }

    /// Takes all of it away.
    public func remove() {
        closeAll()
        if ground.kind == .btrfs, let directory = try? Linux.Descriptor(opening: base, O_RDONLY | O_DIRECTORY) {
            for name in (1...count).map(String.init) + ["another"] { try? Subvolume.remove(name, in: directory) }
        }
        try? removeTree(base)
    }

    public func answer(to call: SystemCall, by caller: Credentials) throws -> CallAnswer {
        try root.inside {
            let look = witness.before(call, calls)
            var answer = CallAnswer()
            try ThreadCredentials.run(as: caller) {
                do throws(LayerModel.Errno) { answer.value = try calls.make(call) } catch { answer.errno = error }
            }
            if case .descriptor(let file) = answer.value { open.insert(file.number) }
            if case .close(let file) = call { open.remove(file.number) }
            answer.effects = witness.after(look, call, errno: answer.errno)
            return answer
        }
    }

    /// There is nothing to mount, and no option to give: the tree stays as it is.
    public func remount(_ options: [MountOption]) throws -> LayerModel.Errno? {
        closeAll()
        return options.isEmpty ? nil : .EINVAL
    }

    public func merged() throws -> [ListedFile] {
        defer { chdir("/") }
        return try TreeListing.files(beneath: root.root.number, .merged)
    }

    public func upper() throws -> [ListedFile] {
        defer { chdir("/") }
        return try TreeListing.files(beneath: root.root.number, .plain)
    }
}
