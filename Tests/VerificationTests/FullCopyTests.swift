import Glibc
import LayerModel
import Linux
import Scripts
import StorageDrivers
import Testing

@testable import Verification

/// The model's vfs against copies that are really made, each layer of the one beneath it: on ext4 byte by byte, on XFS by
/// clones. What each layer stores is asked of the kernel (st_blocks, FIEMAP).
@Suite(.serialized, .enabled(if: isRoot, "loop devices take root"))
struct FullCopyTests {
    private static let text = """
        layer
        dir /a
        file /a/small 644 "hello"
        hardlink /a/again /a/small
        file /a/block 600 size=4096 full
        file /a/more 600 size=4097 full
        file /holes 644 size=1M
        file /big 644 size=3M full
        symlink /link a/small
        device /fifo p 644
        file /empty 644 ""
        layer
        dir /a
        whiteout /a/block
        file /a/small 644 "another one, which has another inode"
        file /later 644 size=100K full
        layer
        dir /b
        owner /b 3 4
        dir /a
        opaque /a
        file /a/new 755 size=70000 full
        run
        open /big O_RDWR write "x"
        open /later O_WRONLY|O_APPEND write "at the end"
        open /holes O_RDWR as 3
        pwrite 3 500K "in the middle"
        close 3
        truncate /big 1M
        open /new O_WRONLY|O_CREAT 644 write "a line"
        unlink /a/new
        mkdir /c
        """

    @Test(arguments: [Ground.Kind.ext4, .xfs])
    func eachLayerStoresWhatTheModelSays(kind: Ground.Kind) throws {
        let script = try Script(parsing: Self.text)
        let host = HostSettings(backing: kind == .ext4 ? .ext4 : .xfs)
        var told: [Comparison] = []
        try withPrivateMounts {
            let ground = try Ground(kind, megabytes: 512)
            defer { ground.remove() }
            // A container over one layer, over two and over all: what the copy that it begins with comes to.
            for count in 1...script.layers.count {
                let layers = Array(script.layers.prefix(count))
                let model = try SimulatedMount(driver: .vfs, layers: LayerStack(layers), host: host)
                let usage = model.storage?.usage ?? StorageUsage()
                let copy = try PlainTree(layers: layers, on: ground, keepsLayers: true)
                defer { copy.remove() }
                _ = try ground.usedBytes()
                let real = try Totals(beneath: copy.layerPlace)
                told.append(Comparison("\(count) layers: stored for it alone", real.own, usage.exclusive))
                told.append(Comparison("\(count) layers: stored", real.allocated, usage.exclusive + usage.shared))
                told.append(
                    Comparison("\(count) layers: copied", host.backing.reflinks ? 0 : real.size, model.creation.copied))
                told.append(Comparison("\(count) layers: objects", Int64(real.objects), Int64(model.creation.metadata)))
            }
            // And what calls change then.
            let tree = try PlainTree(layers: script.layers, on: ground, keepsLayers: true)
            defer { tree.remove() }
            var model = ScriptRunner(
                script, on: try SimulatedMount(driver: .vfs, layers: LayerStack(script.layers), host: host))
            var kernel = ScriptRunner(script, on: tree)
            while let said = try model.next(), let done = try kernel.next() {
                told.append(
                    Comparison(
                        "errno of `\(said.command)`", done.errno.map { Int64($0.rawValue) } ?? 0,
                        said.errno.map { Int64($0.rawValue) } ?? 0))
                _ = try ground.usedBytes()
                let own = model.filesystem.storage?.usage.exclusive ?? -1
                told.append(
                    Comparison("own after `\(said.command)`", try Totals(beneath: tree.layerPlace).own, own))
            }
        }
        #expect(told.count == 4 * script.layers.count + 2 * script.operations.count)
        for comparison in told { #expect(comparison.kernel == comparison.model, "\(comparison.what)") }
    }

    /// A figure that was asked of both. What is compared is compared after the thread with its own mounts has ended.
    private struct Comparison: Sendable {
        var what: String
        var kernel: Int64
        var model: Int64

        init(_ what: String, _ kernel: Int64, _ model: Int64) {
            (self.what, self.kernel, self.model) = (what, kernel, model)
        }
    }

    /// What lies in a tree, each object once.
    private struct Totals {
        /// Bytes of regular files: their sizes, their blocks, and the blocks that no other file uses.
        var size: Int64 = 0
        var allocated: Int64 = 0
        var own: Int64
        /// The root counts too.
        var objects = 1
        private var seen: Set<ino_t> = []

        init(beneath path: String) throws {
            own = try ownDataBytes(beneath: path)
            try add(path)
        }

        private mutating func add(_ path: String) throws {
            for name in try directoryNames(in: try Linux.Descriptor(opening: path, O_RDONLY | O_DIRECTORY)).map(\.text)
            {
                var status = stat()
                try call("lstat", name) { lstat("\(path)/\(name)", &status) }
                guard seen.insert(status.st_ino).inserted else { continue }
                objects += 1
                if status.st_mode & S_IFMT == S_IFDIR { try add("\(path)/\(name)") }
                guard status.st_mode & S_IFMT == S_IFREG else { continue }
                size += Int64(status.st_size)
                allocated += Int64(status.st_blocks) * 512
            }
        }
    }
}
