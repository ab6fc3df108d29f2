import Foundation
import LayerModel
import StorageDrivers
import Testing

/// AUFS against fuse-overlayfs, which reads `.wh.` layers: what the model's upper branch holds on disk is laid over the
/// image's branches, and the union of them must show what the model shows.
@Suite(.enabled(if: comparesWithPeers, "runs in `make parity`"))
struct AufsPeerTests {
    private static let names: [ByteString] = ["a", "b", "c"]
    private static let root = Credentials.containerRoot

    private static func randomPath(_ generator: inout SplitMix) -> Path {
        Path(
            components: (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                names.randomElement(using: &generator)!
            })
    }

    @Test(arguments: 1...20) func theBranchesReadAsTheModelSays(seed: UInt64) throws {
        var generator = SplitMix(state: seed)
        var stack = LayerStack()
        var script = ""
        for layer in 1...3 {
            stack.addLayer()
            script += "mkdir l\(layer)\n"
            for _ in 0..<14 { script += Self.layerLine(&stack, layer, &generator) }
        }
        var mount = try SimulatedMount(driver: .aufs, layers: stack)
        var succeeded = 0
        for _ in 0..<1000 where succeeded < 25 {
            if Self.call(&mount, &generator) { succeeded += 1 }
        }
        #expect(succeeded == 25)

        // The upper branch, as it lies on the disk.
        script += "mkdir upper\n"
        for file in mount.upper() {
            script += file.kind == .directory ? "mkdir" : "truncate -s \(file.size ?? 0)"
            script += " 'upper\(file.path)'\n"
        }
        try PrivateShell.withFolder { folder in
            let output = try PrivateShell.run(
                script
                    + """
                    mkdir empty work union
                    fuse-overlayfs -o lowerdir=upper:l3:l2:l1,upperdir=empty,workdir=work union >&2
                    cd union; find . -mindepth 1 \\( -type d -printf '%P d\\n' \\) -o -printf '%P %s\\n'
                    cd ..; umount union
                    """, in: folder)
            let real = Set(output.split(separator: "\n").map(String.init))
            let model = Set(
                mount.merged().map { file in
                    "\(file.path.description.dropFirst()) \(file.kind == .directory ? "d" : "\(file.size ?? 0)")"
                })
            #expect(real == model)
        }
    }

    /// Adds something to the topmost layer, where it can be added, and tells the shell.
    private static func layerLine(_ stack: inout LayerStack, _ layer: Int, _ generator: inout SplitMix) -> String {
        let path = randomPath(&generator)
        let size = Int.random(in: 0..<9000, using: &generator)
        do {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<4:
                try stack.makeDirectory(path, mode: 0o755)
                return "mkdir -p 'l\(layer)\(path)'\n"
            case 4..<7:
                try stack.makeFile(path, mode: 0o644, bytes: [UInt8](repeating: 1, count: size))
                return "truncate -s \(size) 'l\(layer)\(path)'\n"
            case 7, 8:
                try stack.makeWhiteout(path)
                return ": > 'l\(layer)\(path.parent.appending("\(".wh.")\(path.name!)"))'\n"
            default:
                try stack.makeOpaque(path)
                return ": > 'l\(layer)\(path.appending(".wh..wh..opq"))'\n"
            }
        } catch {
            return ""
        }
    }

    /// - Returns: Whether the call succeeded.
    private static func call(_ mount: inout SimulatedMount, _ generator: inout SplitMix) -> Bool {
        let (path, other) = (randomPath(&generator), randomPath(&generator))
        let call: SystemCall
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: call = .mkdir(path, mode: 0o755)
        case 1: call = .unlink(path)
        case 2: call = .rmdir(path)
        case 3, 4: call = .rename(path, other, [])
        case 5: call = .truncate(path, size: Int64.random(in: 0..<9000, using: &generator))
        case 6: call = .mknod(path, .file, mode: 0o644, nil)
        default: call = .chmod(Operand(path), mode: 0o755)
        }
        return mount.answer(to: call, by: root).errno == nil
    }
}
