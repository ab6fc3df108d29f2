internal import Glibc
public import LayerModel
internal import Linux
public import Scripts

/// A container's tree under a driver that is no union: the layers applied one onto the other, on a real filesystem.
/// On a Btrfs each layer is a subvolume, a snapshot of the one beneath it; elsewhere it is a copy (vfs).
/// One thread uses it, which has mounts of its own (`withPrivateMounts`).
public final class PlainTree: MountedFilesystem {
    private let ground: Ground
    private let base: String
    private let calls: KernelCalls
    private let witness = EffectWitness(prefix: nil, lowers: [])
    private let root: KernelRoot
    private var open: Set<CInt> = []
    /// How many layers there are, the writable one counted.
    private let count: Int

    /// - Throws: `SystemCallError` where a layer cannot be made.
    public init(layers: [[LayerLine]], on ground: Ground, name: String = "plain") throws {
        self.ground = ground
        calls = try KernelCalls()
        let base = ground.place + "/" + name
        self.base = base
        count = layers.count + 1
        umask(0)
        try call("mkdir", base) { mkdir(base, 0o755) }
        let directory = try Linux.Descriptor(opening: base, O_RDONLY | O_DIRECTORY)
        let building = LayerBuilding(prefix: OverlayAttributes.current.prefix)
        for number in 1...count {
            let place = "\(base)/\(number)"
            switch ground.kind {
            case .btrfs where number == 1: try Subvolume.create("1", in: directory)
            case .btrfs:
                let below = try Linux.Descriptor(opening: "\(number - 1)", O_RDONLY | O_DIRECTORY, in: directory.number)
                try Subvolume.snapshot(of: below, as: "\(number)", in: directory)
            // A copy of what nobody will look at again is that itself.
            default:
                try call("rename", place) { number == 1 ? mkdir(place, 0o755) : rename("\(base)/\(number - 1)", place) }
            }
            if number <= layers.count { try building.apply(layers[number - 1], to: place) }
        }
        root = try KernelRoot("\(base)/\(count)")
    }

    /// Takes all of it away.
    public func remove() {
        for number in open { close(number) }
        open = []
        if ground.kind == .btrfs, let directory = try? Linux.Descriptor(opening: base, O_RDONLY | O_DIRECTORY) {
            for number in 1...count { try? Subvolume.remove("\(number)", in: directory) }
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
        for number in open { close(number) }
        open = []
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
