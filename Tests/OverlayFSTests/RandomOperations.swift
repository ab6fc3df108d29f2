import LayerModel
import TestSupport

/// Draws calls that have a good chance to mean something: mostly on names that exist, now and then on others.
struct RandomOperations {
    /// What the union shows.
    private let existing: [Path]
    private let directories: [Path]
    private let others: [Path]
    private let links: [Path]
    private let shown: [Path: LayerEntry]
    private static let names = RandomStack.names + ["e", "f"]

    init(_ shown: [Path: LayerEntry]) {
        self.shown = shown
        existing = shown.keys.sorted()
        directories = [.root] + existing.filter { shown[$0]?.kind == .directory }
        others = existing.filter { shown[$0]?.kind != .directory }
        links = existing.filter { shown[$0]?.kind == .symlink }
    }

    func step(_ random: inout SeededGenerator) -> CallStep {
        let callers: [Caller] = [
            .root, .root, .root, .root, .containerRoot, .containerRoot, .containerRoot, .containerRoot, .member,
            .owner, .reader,
        ]
        let caller = random.pick(callers)
        while true {
            let operation = operation(&random)
            let forms = operation.forms(by: caller)
            guard !forms.isEmpty else { continue }
            let syscall = random.pick(forms)
            // From a directory the root would be `.`, which is another name.
            let mayBeRelative = syscall.isRelative && !operation.paths.contains(.root)
            let form = CallForm(syscall: syscall, isRelative: mayBeRelative && random.chance(50))
            let umask: UInt16 = random.pick([0o022, 0o022, 0, 0o027, 0o077])
            return CallStep(caller: caller, umask: umask, operation: operation, form: form)
        }
    }

    /// A name, written now and then in an unusual way.
    private func path(_ random: inout SeededGenerator, new: Int = 10, directory: Int? = nil) -> Path {
        var candidates = existing
        if let directory { candidates = random.chance(directory) ? directories : others }
        var path = candidates.isEmpty || random.chance(new) ? newPath(&random) : random.pick(candidates)
        switch Int.random(in: 0..<100, using: &random) {
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

    private func operand(_ random: inout SeededGenerator, _ percentDescriptor: Int = 25) -> Operand {
        if random.chance(percentDescriptor), let operand = descriptor(&random) { return operand }
        return Operand(path(&random), random.pick([.follow, .follow, .noFollow]))
    }

    /// A name that can be opened for reading.
    private func descriptor(_ random: inout SeededGenerator) -> Operand? {
        for _ in 0..<4 where !existing.isEmpty {
            let path = random.pick(existing)
            if [.file, .directory, .fifo, .characterDevice].contains(shown[path]?.kind) {
                return Operand(path, .descriptor)
            }
        }
        return nil
    }

    private func operation(_ random: inout SeededGenerator) -> FileOperation {
        switch Int.random(in: 0..<128, using: &random) {
        case ..<3:
            let flags: OpenFlags = [.temporary, random.pick([.writeOnly, .readWrite])]
            return .open(path(&random, directory: 90), flags, mode: 0o644)
        case ..<22: return open(&random)
        case ..<24:
            return .open(
                path(&random, new: 40, directory: 0), [.writeOnly, .create, .truncate, .closeOnExec], mode: 0o6775)
        case ..<29: return .truncate(path(&random, directory: 12), size: random.pick(Self.sizes))
        case ..<37: return .unlink(random.chance(3) ? oddPath(&random) : path(&random, directory: 8))
        case ..<45:
            if random.chance(4) { return .rmdir(oddPath(&random)) }
            return .rmdir(random.chance(80) ? emptyDirectory(&random) : path(&random))
        case ..<53: return .mkdir(target(&random), mode: random.pick([0o755, 0o777, 0o1777, 0o2755, 0o700]))
        case ..<59: return node(&random)
        case ..<63:
            let targets: [ByteString] = ["", ByteString(String(repeating: "t", count: 4096))]
            let isOdd = random.chance(5)
            return .symlink(target: random.pick(isOdd ? targets : RandomStack.targets), target(&random))
        case ..<69: return .link(path(&random, directory: 10), target(&random), followsSource: random.chance(30))
        case ..<85: return rename(&random)
        case ..<91: return .chmod(operand(&random), mode: random.pick(Self.modes))
        case ..<97:
            let programs = existing.filter { (shown[$0]?.permissions ?? 0) & 0o4000 != 0 }
            if random.chance(15), !programs.isEmpty {
                // Nothing changes but what a change takes away.
                return .chown(Operand(random.pick(programs), .noFollow), uid: nil, gid: nil)
            }
            let gids: [UInt32?] = [nil, 0, 100, 1000, 1001]
            return .chown(operand(&random), uid: random.pick([nil, nil, 0, 1000, 1001]), gid: random.pick(gids))
        case ..<101: return .utimens(operand(&random), random.pick(TimeChange.allCases))
        case ..<106:
            let flags: XattrFlags = random.pick([[], [], .create, .replace, .replace])
            if random.chance(40), let (operand, name) = adorned(&random) {
                return .setxattr(operand, name: name, flags)
            }
            return .setxattr(operand(&random), name: attribute(&random), flags)
        case ..<110: return removal(&random)
        case ..<113: return .setFileFlags(operand(&random, 60))
        case ..<115:
            // A socket's address has room for 107 bytes.
            let path = target(&random)
            return "\(path)".utf8.count < 108 ? .bind(path, mode: 0o777) : .stat(Operand(path))
        case ..<117: return .stat(Operand(path(&random), random.pick([.follow, .noFollow])))
        case ..<120:
            let operand = Operand(path(&random), random.pick([.follow, .noFollow]))
            return .access(operand, mode: random.chance(4) ? 8 : UInt8.random(in: 0...7, using: &random))
        case ..<122:
            return .readlink(random.chance(60) && !links.isEmpty ? random.pick(links) : path(&random, directory: 0))
        case ..<124: return .readdir(random.chance(80) ? random.pick(directories) : descriptor(&random)?.path ?? .root)
        default:
            return .linkDescriptor(openFile(&random), target(&random), random.pick(DescriptorTarget.Spelling.allCases))
        }
    }

    /// A file that is open, with a name or without.
    private func openFile(_ random: inout SeededGenerator) -> DescriptorTarget {
        if random.chance(50), let operand = descriptor(&random) { return .named(operand.path) }
        let ids: [UInt32] = [0, 1000, 1001]
        let entry = LayerEntry(
            kind: .file, permissions: random.pick([0o600, 0o666, 0o4755]), uid: random.pick(ids),
            gid: random.pick(ids), size: random.pick([0, 10, 5000]), links: 0, attributes: [])
        return .nameless(entry, isLinkable: random.chance(70))
    }

    private static let sizes: [Int64] = [-1, 0, 0, 10, 10, 5000, 5000, 20_000, 20_000, 300_000]

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
        case ..<2: ""
        case ..<4: "user." + String(repeating: "x", count: 255)
        case ..<7: "system.nothing"
        case ..<9: "other.name"
        default: random.pick(["user.k", "user.k", "user.m", "trusted.t", "security.s", "security.capability"])
        }
    }

    /// An attribute that is there.
    private func adorned(_ random: inout SeededGenerator) -> (operand: Operand, name: String)? {
        let adorned = existing.filter { shown[$0]?.attributes?.isEmpty == false }
        guard !adorned.isEmpty else { return nil }
        let path = random.pick(adorned)
        let ways: [Operand.Resolution] = shown[path]?.kind == .file ? [.noFollow, .follow, .descriptor] : [.noFollow]
        return (Operand(path, random.pick(ways)), random.pick(shown[path]?.attributes ?? []).text)
    }

    private func removal(_ random: inout SeededGenerator) -> FileOperation {
        if random.chance(60), let (operand, name) = adorned(&random) { return .removexattr(operand, name: name) }
        return .removexattr(operand(&random), name: attribute(&random))
    }

    private func open(_ random: inout SeededGenerator) -> FileOperation {
        var flags: OpenFlags = random.pick([[], .writeOnly, .readWrite])
        if random.chance(40) { flags.insert(.create) }
        if random.chance(20) { flags.insert(.truncate) }
        if flags.contains(.create), random.chance(25) { flags.insert(.exclusive) }
        if random.chance(10) { flags.insert(.append) }
        if random.chance(6) { flags.insert(.directory) }
        if random.chance(10) { flags.insert(.noFollow) }
        if random.chance(6) {
            flags = flags.intersection([.directory, .noFollow]).union(.path)
            if random.chance(30) { flags.insert(.directory) }
        }
        if random.chance(2) { flags.insert(.path) }
        if random.chance(2) { flags.insert(.temporary) }
        if random.chance(30) { flags.insert(.closeOnExec) }
        // Opening a FIFO must not block the test.
        if !flags.contains(.path) { flags.insert(.nonBlocking) }
        let mode: UInt16 = random.pick([0, 0o644, 0o666, 0o777, 0o4755, 0o2775, 0o2644, 0o6777])
        let isDirectory = flags.contains(.directory) || flags.contains(.temporary) ? 60 : 8
        return .open(path(&random, new: flags.contains(.create) ? 50 : 8, directory: isDirectory), flags, mode: mode)
    }

    private func node(_ random: inout SeededGenerator) -> FileOperation {
        let (kind, device): (NodeKind, DeviceNumber?) = random.pick([
            (.file, nil), (.file, nil), (.fifo, nil), (.socket, nil),
            (.characterDevice, DeviceNumber(major: 1, minor: 3)), (.characterDevice, DeviceNumber(major: 0, minor: 0)),
            (.blockDevice, DeviceNumber(major: 7, minor: 200)), (.blockDevice, DeviceNumber(major: 0, minor: 0)),
            (.directory, nil),
        ])
        return .mknod(target(&random), kind, mode: random.pick([0o644, 0o666, 0o2755, 0o4711]), device: device)
    }

    private func rename(_ random: inout SeededGenerator) -> FileOperation {
        let flags: RenameFlags =
            random.chance(65)
            ? []
            : random.pick([
                [], [], .noReplace, .noReplace, .exchange, .exchange, .exchange, .whiteout, [.exchange, .noReplace],
            ])
        if flags == .whiteout, !existing.isEmpty, random.chance(30) {
            let path = random.pick(existing)
            return .rename(path, path, flags)
        }
        if flags == .exchange, others.count > 1, random.chance(5) {
            let slash = Path(components: random.pick(others).components, demandsDirectory: true)
            return .rename(random.pick(existing), slash, flags)
        }
        let directory = random.chance(35) ? 100 : 0
        if !flags.contains(.exchange), random.chance(65) {
            return .rename(path(&random, directory: directory), target(&random), flags)
        }
        return .rename(path(&random, directory: directory), path(&random, directory: directory), flags)
    }
}
