import LayerModel
import Scripts
import TestSupport

/// Draws operations that have a good chance to mean something: mostly on names that exist, now and then on others.
struct RandomOperations {
    typealias Operation = OperationLine.Operation

    /// What the union shows, as far as it is known.
    private var shown: [Path: NodeKind] = [:]
    private var existing: [Path] = []
    private var directories: [Path] = [.root]
    private var others: [Path] = []
    private var links: [Path] = []
    private var marked: [(Path, String)] = []
    /// The descriptors that the script keeps.
    private var kept: [Kept] = []
    private static let names = RandomLayers.names + ["e", "f"]
    private static let users: [(UInt32, UInt32)] = [(1000, 1000), (1001, 1001), (1001, 100), (0, 5)]

    private struct Kept {
        var number: Descriptor
        var flags: OpenFlags
        var path: Path
        var kind: NodeKind?
    }

    /// - Parameter options: Those that `remount` may add.
    init(remounts: [[MountOption]]) { self.remounts = remounts }
    private let remounts: [[MountOption]]

    /// Takes a fresh look.
    mutating func see(_ files: [ListedFile]) {
        shown = Dictionary(files.map { ($0.path, $0.kind) }, uniquingKeysWith: { $1 })
        marked = files.flatMap { file in file.attributes.keys.sorted().map { (file.path, $0.text) } }
        sort()
    }

    private mutating func sort() {
        existing = shown.keys.sorted()
        directories = [.root] + existing.filter { shown[$0] == .directory }
        others = existing.filter { shown[$0] != .directory }
        links = existing.filter { shown[$0] == .symlink }
    }

    /// Follows what an operation came to, roughly.
    mutating func note(_ operation: Operation, succeeded: Bool) {
        switch operation {
        case .open(let path, let flags, _, _, let number):
            if succeeded, let number { kept.append(Kept(number: number, flags: flags, path: path, kind: shown[path])) }
        case .descriptorCall(.close(let number)): kept.removeAll { $0.number == number }
        case .remount: kept = []
        default: break
        }
        guard succeeded else { return }
        switch operation {
        case .call(.unlink(let path)), .call(.rmdir(let path)): shown[path] = nil
        case .removeTree(let path): for name in existing where name.isAtOrBeneath(path) { shown[name] = nil }
        case .call(.mkdir(let path, _)): shown[path] = .directory
        case .call(.rename(let old, let new, let flags)):
            let moved = existing.filter { $0.isAtOrBeneath(old) }
            if flags.contains(.exchange) { return }
            for name in moved {
                shown[Path(components: new.components + name.components.dropFirst(old.components.count))] = shown[name]
                shown[name] = nil
            }
        default: return
        }
        sort()
    }

    mutating func next(_ random: inout SeededGenerator) -> Operation {
        switch Int.random(in: 0..<1000, using: &random) {
        case ..<40:
            if random.chance(60) { return .user(uid: 0, gid: 0) }
            let (uid, gid) = random.pick(Self.users)
            return .user(uid: uid, gid: gid)
        case ..<46 where !remounts.isEmpty: return .remount(random.pick(remounts))
        case ..<56: return .removeTree(random.chance(90) ? path(&random, directory: 70) : path(&random))
        case ..<256: return byDescriptor(&random) ?? open(&random, keeps: true)
        case ..<400: return open(&random, keeps: false)
        default: return .call(call(&random))
        }
    }

    // MARK: - Paths

    /// A name, written now and then in an unusual way.
    private func path(_ random: inout SeededGenerator, new: Int = 10, directory: Int? = nil) -> Path {
        var candidates = existing
        if let directory { candidates = random.chance(directory) ? directories : others }
        var path = candidates.isEmpty || random.chance(new) ? newPath(&random) : random.pick(candidates)
        switch Int.random(in: 0..<160, using: &random) {
        case ..<2: path = random.pick(directories).appending("..").appending(random.pick(Self.names))
        case 2: path = path.parent.appending(ByteString(String(repeating: "n", count: 256)))
        case 3: path = random.pick([.root, random.pick(directories).appending(".."), path.appending(".")])
        case 4: path = path.parent.appending("missing").appending(random.pick(Self.names))
        case 5, 10:
            if others.isEmpty { break }
            path = random.pick(others).appending(random.pick(Self.names))
        case 6 where !links.isEmpty: path = random.pick(links).appending(random.pick(Self.names))
        case 7: path = Path(random.chance(50) ? "/loop/a" : "/loop")
        case ..<10: path = Path(components: path.components, demandsDirectory: !path.components.isEmpty)
        default: break
        }
        return path
    }

    /// What is no name: the root, a last `.`, a last `..`.
    private func oddPath(_ random: inout SeededGenerator) -> Path {
        let directory = random.pick(directories)
        return random.pick([.root, directory.appending("."), directory.appending("..")])
    }

    /// A name that is free, where a few tries find one.
    private func newPath(_ random: inout SeededGenerator) -> Path {
        var path = Path.root
        for _ in 0..<5 {
            path = random.pick(directories).appending(random.pick(Self.names))
            if shown[path] == nil, path.components.count < 6 { break }
        }
        return path
    }

    /// A name for what is to be made: mostly a free one.
    private func target(_ random: inout SeededGenerator) -> Path { path(&random, new: 90) }

    // MARK: - Calls by path

    private func call(_ random: inout SeededGenerator) -> SystemCall {
        switch Int.random(in: 0..<116, using: &random) {
        case ..<6: return .truncate(path(&random, directory: 12), size: random.pick(Self.sizes))
        case ..<15: return .unlink(random.chance(3) ? oddPath(&random) : path(&random, directory: 8))
        case ..<22:
            if random.chance(4) { return .rmdir(oddPath(&random)) }
            return .rmdir(random.chance(80) ? emptyDirectory(&random) : path(&random))
        case ..<31: return .mkdir(target(&random), mode: random.pick([0o755, 0o777, 0o1777, 0o2755, 0o700]))
        case ..<36: return node(&random)
        case ..<41:
            let isOdd = random.chance(5)
            let targets = isOdd ? [ByteString(String(repeating: "t", count: 4096))] : RandomLayers.targets
            return .symlink(target: random.pick(targets), target(&random))
        case ..<48: return .link(path(&random, directory: 10), target(&random), followsSource: false)
        case ..<66: return rename(&random)
        case ..<72: return .chmod(Operand(path(&random)), mode: random.pick(Self.modes))
        case ..<78:
            return .chown(
                Operand(path(&random), .noFollow), uid: random.pick([0, 1000, 1001]),
                gid: random.pick([0, 100, 1000, 1001]))
        case ..<82:
            let times: (FileTime, FileTime) =
                random.chance(50)
                ? (.now, .now)
                : (.given(seconds: 1_000_000, nanoseconds: 0), .given(seconds: 2_000_000, nanoseconds: 0))
            return .utimens(Operand(path(&random)), access: times.0, modification: times.1)
        case ..<88:
            let flags: XattrFlags = random.pick([[], [], .create, .replace])
            let value = Array(random.pick(["", "w", "other"]).utf8)
            if random.chance(40), let (path, name) = marked.isEmpty ? nil : random.pick(marked) {
                return .setxattr(Operand(path, .noFollow), name: name, value: value, flags)
            }
            return .setxattr(Operand(path(&random), .noFollow), name: attribute(&random), value: value, flags)
        case ..<92:
            if random.chance(60), let (path, name) = marked.isEmpty ? nil : random.pick(marked) {
                return .removexattr(Operand(path, .noFollow), name: name)
            }
            return .removexattr(Operand(path(&random), .noFollow), name: attribute(&random))
        case ..<96:
            if random.chance(70), let (path, name) = marked.isEmpty ? nil : random.pick(marked) {
                return .getxattr(Operand(path, .noFollow), name: name)
            }
            return .getxattr(Operand(path(&random), .noFollow), name: attribute(&random))
        case ..<98: return .bind(target(&random), mode: 0o777)
        case ..<103: return .stat(Operand(path(&random), .noFollow))
        case ..<107: return .access(Operand(path(&random)), mode: UInt8.random(in: 0...7, using: &random))
        case ..<110:
            return .readlink(random.chance(60) && !links.isEmpty ? random.pick(links) : path(&random, directory: 0))
        default: return .readdir(random.chance(80) ? random.pick(directories) : path(&random, directory: 50))
        }
    }

    private static let sizes: [Int64] = [0, 0, 10, 10, 5000, 5000, 20_000, 300_000, 1 << 62]

    private static let modes: [UInt16] = [
        0o644, 0o600, 0o755, 0o777, 0o1777, 0o4755, 0o2755, 0o2775, 0o6711, 0o2644, 0, 0o3777, 0o6777,
    ]

    /// A directory in which nothing is shown, if there is one.
    private func emptyDirectory(_ random: inout SeededGenerator) -> Path {
        let full = Set(existing.map(\.parent))
        let empty = directories.filter { !full.contains($0) }
        return empty.isEmpty || random.chance(20) ? random.pick(directories) : random.pick(empty)
    }

    private func attribute(_ random: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<100, using: &random) {
        case ..<3: "user." + String(repeating: "x", count: 251)
        case ..<6: "system.nothing"
        case ..<8: "other.name"
        case ..<14:
            random.pick(["trusted", "user"]) + ".overlay." + random.pick(["opaque", "redirect", "k", "overlay.k"])
        case 14:
            random.pick(["trusted.overlay.", "user.overlay."])
                + String(repeating: "o", count: random.pick([0, 230, 234]))
        default: random.pick(["user.k", "user.k", "user.m", "trusted.t", "security.s"])
        }
    }

    private func node(_ random: inout SeededGenerator) -> SystemCall {
        let (kind, device): (NodeKind, DeviceNumber?) = random.pick([
            (.fifo, nil), (.fifo, nil), (.characterDevice, DeviceNumber(major: 1, minor: 3)),
            (.characterDevice, DeviceNumber(major: 0, minor: 0)), (.blockDevice, DeviceNumber(major: 240, minor: 200)),
        ])
        return .mknod(target(&random), kind, mode: random.pick([0o644, 0o666, 0o2755, 0o4711]), device)
    }

    private func rename(_ random: inout SeededGenerator) -> SystemCall {
        let flags: RenameFlags =
            random.chance(65)
            ? []
            : random.pick([
                [], .noReplace, .noReplace, .exchange, .exchange, .exchange, .whiteout, .whiteout,
                [.exchange, .noReplace],
            ])
        if random.chance(4), !existing.isEmpty {
            let path = random.pick(existing)
            return .rename(path, path, flags)
        }
        let directory = random.chance(40) ? 100 : 0
        if !flags.contains(.exchange), random.chance(65) {
            return .rename(path(&random, directory: directory), target(&random), flags)
        }
        return .rename(path(&random, directory: directory), path(&random, directory: directory), flags)
    }

    // MARK: - Open, and calls by descriptor

    private func open(_ random: inout SeededGenerator, keeps: Bool) -> Operation {
        var flags: OpenFlags = random.pick([[], .writeOnly, .readWrite])
        if random.chance(40) { flags.insert(.create) }
        if random.chance(20) { flags.insert(.truncate) }
        if flags.contains(.create), random.chance(25) { flags.insert(.exclusive) }
        if random.chance(15) { flags.insert(.append) }
        if random.chance(6) { flags.insert(.directory) }
        if random.chance(10) { flags.insert(.noFollow) }
        if random.chance(5) { flags = flags.intersection([.directory, .noFollow]).union(.path) }
        if random.chance(keeps ? 12 : 3) {
            flags = flags.intersection([.append, .exclusive]).union([
                .temporary, random.pick([.writeOnly, .readWrite]),
            ])
        }
        let mode: UInt16 = random.pick([0, 0o644, 0o666, 0o777, 0o4755, 0o2775, 0o2644, 0o6777])
        let isDirectory = flags.contains(.directory) || flags.contains(.temporary) ? 80 : 8
        let path = path(&random, new: flags.contains(.create) ? 50 : 8, directory: isDirectory)
        var words: [OperationLine.OpenWord] = []
        for _ in 0..<random.pick([0, 0, 1, 1, 2]) {
            let writes = flags.isWritable ? random.chance(60) : random.chance(6)
            words.append(writes ? .write(data(&random)) : .read)
        }
        let free = (3...6).map { Descriptor(Int32($0)) }.filter { number in !kept.contains { $0.number == number } }
        let number = keeps && !free.isEmpty ? random.pick(free) : nil
        return .open(path, flags, mode: mode, words, keepAs: number)
    }

    private func data(_ random: inout SeededGenerator) -> [UInt8] {
        let size = random.pick([0, 1, 1, 3, 3, 10, 10, 10, 40, 40, 4097])
        let byte = UInt8.random(in: 97...122, using: &random)
        return [UInt8](repeating: byte, count: size)
    }

    private func byDescriptor(_ random: inout SeededGenerator) -> Operation? {
        guard !kept.isEmpty else { return random.chance(5) ? .readWhole(Descriptor(9)) : nil }
        let file = random.pick(kept)
        let number = random.chance(1) ? Descriptor(9) : file.number
        let offset: Int64 = random.pick([0, 0, 2, 100, 4096, 10_000, 1 << 62])
        switch Int.random(in: 0..<100, using: &random) {
        case ..<16: return .descriptorCall(.close(number))
        case ..<28: return .readWhole(number)
        case ..<42: return .descriptorCall(.write(number, data(&random)))
        case ..<49: return .descriptorCall(.pread(number, count: random.pick([0, 1, 10, 5000]), offset: offset))
        case ..<57: return .descriptorCall(.pwrite(number, data(&random), offset: offset))
        case ..<63: return .descriptorCall(.ftruncate(number, size: random.pick(Self.sizes)))
        case ..<69:
            return .descriptorCall(.fallocate(number, offset: offset, length: random.pick([0, 1, 100, 10_000])))
        case ..<77:
            let target = random.chance(80) ? random.pick(kept).number : number
            return .descriptorCall(
                .copyFileRange(from: number, to: target, length: random.pick([0, 1, 10, 5000, 1 << 40])))
        case ..<84: return .descriptorCall(.fchmod(number, mode: random.pick(Self.modes)))
        case ..<89:
            return .descriptorCall(
                .fchown(number, uid: random.pick([0, 1000, 1001]), gid: random.pick([0, 100, 1000])))
        case ..<94: return .descriptorCall(.linkDescriptor(number, target(&random)))
        default:
            // What is open loses its name, or is looked at by it.
            return .call(random.chance(70) ? .unlink(file.path) : .stat(Operand(file.path, .noFollow)))
        }
    }
}
