import LayerModel

/// Draws calls that have a good chance to mean something: mostly on names that exist, now and then on others.
struct RandomOperations {
    static let names = ["a", "b", "c", "d"]
    static let targets = ["a", "b", "../a", "/b", "/a/b", "c/d", "/nowhere", "../../d", "b/", "/", "self"]

    /// What the union shows.
    var existing: [Path]
    var directories: [Path]

    private var others: [Path] {
        let directories = Set(directories)
        return existing.filter { !directories.contains($0) }
    }

    /// A name, written now and then in an unusual way.
    private func path(_ random: inout SeededGenerator, new: Int = 10, directory: Int? = nil) -> Path {
        var candidates = existing
        if let directory { candidates = random.chance(directory) ? directories : others }
        var path = candidates.isEmpty || random.chance(new) ? newPath(&random) : random.pick(candidates)
        if random.chance(2) { path = random.pick(directories).appending("..").appending(random.pick(Self.names)) }
        if random.chance(1) { path = path.parent.appending(String(repeating: "n", count: 256)) }
        if random.chance(1) { path = .root }
        if random.chance(3) { path = Path(components: path.components, demandsDirectory: !path.components.isEmpty) }
        return path
    }

    /// A name that is free, where a few tries find one.
    private func newPath(_ random: inout SeededGenerator) -> Path {
        let taken = Set(existing)
        var path = Path.root
        for _ in 0..<5 {
            path = random.pick(directories).appending(random.pick(Self.names + ["e", "f"]))
            if !taken.contains(path), path.components.count < 5 { break }
        }
        return path
    }

    /// A name for what is to be made: mostly a free one.
    private func target(_ random: inout SeededGenerator) -> Path { path(&random, new: 88) }

    private func operand(_ random: inout SeededGenerator) -> Operand {
        Operand(path(&random), random.pick([.follow, .follow, .noFollow, .descriptor]))
    }

    func operation(_ random: inout SeededGenerator) -> FileOperation {
        switch Int.random(in: 0..<112, using: &random) {
        case ..<2:
            let flags: OpenFlags = [.temporary, random.pick([.writeOnly, .readWrite])]
            return .open(path(&random, directory: 90), flags, mode: 0o644)
        case ..<22: return .open(path(&random, new: 25, directory: 12), flags(&random), mode: 0o644)
        case ..<27: return .truncate(path(&random, directory: 12), size: Int64.random(in: -1...20_000, using: &random))
        case ..<36: return .unlink(path(&random, directory: 12))
        case ..<45: return .rmdir(random.chance(80) ? emptyDirectory(&random) : path(&random))
        case ..<53: return .mkdir(target(&random), mode: random.pick([0o755, 0o777, 0o1777]))
        case ..<57: return node(&random)
        case ..<61: return .symlink(target: random.pick(Self.targets), target(&random))
        case ..<67: return .link(path(&random, directory: 10), target(&random), followsSource: random.chance(30))
        case ..<83: return rename(&random)
        case ..<88: return .chmod(operand(&random), mode: random.pick([0o644, 0o600, 0o755, 0o777]))
        case ..<92:
            let ids: [UInt32?] = [nil, 0, 1000]
            return .chown(operand(&random), uid: random.pick(ids), gid: random.pick(ids))
        case ..<95: return .utimens(operand(&random), changesNothing: random.chance(15))
        case ..<99:
            let flags: XattrFlags = random.pick([[], [], .create, .replace])
            return .setxattr(operand(&random), name: random.pick(Self.attributes), flags)
        case ..<102: return .removexattr(operand(&random), name: random.pick(Self.attributes))
        case ..<104: return .setFileFlags(Operand(path(&random), .descriptor))
        case ..<106:
            // A socket's address has room for 107 bytes.
            let path = target(&random)
            return "\(path)".utf8.count < 108 ? .bind(path, mode: 0o755) : .stat(Operand(path))
        case ..<107: return .stat(Operand(path(&random), random.pick([.follow, .noFollow])))
        case ..<109:
            let operand = Operand(path(&random), random.pick([.follow, .noFollow]))
            return .access(operand, mode: UInt8.random(in: 0...7, using: &random))
        case ..<111: return .readlink(path(&random, directory: 0))
        default: return .readdir(random.pick(directories))
        }
    }

    /// A directory in which nothing is shown, if there is one.
    private func emptyDirectory(_ random: inout SeededGenerator) -> Path {
        let full = Set(existing.map(\.parent))
        let empty = directories.filter { !full.contains($0) }
        return empty.isEmpty || random.chance(20) ? random.pick(directories) : random.pick(empty)
    }

    private static let attributes = ["user.k", "user.m", "trusted.t", "security.s"]

    private func flags(_ random: inout SeededGenerator) -> OpenFlags {
        var flags: OpenFlags = random.pick([[], .writeOnly, .readWrite])
        if random.chance(40) { flags.insert(.create) }
        if random.chance(20) { flags.insert(.truncate) }
        if flags.contains(.create), random.chance(25) { flags.insert(.exclusive) }
        if random.chance(10) { flags.insert(.append) }
        if random.chance(4) { flags.insert(.directory) }
        if random.chance(10) { flags.insert(.noFollow) }
        if random.chance(5) { flags.insert(.path) }
        if random.chance(3) { flags.insert(.temporary) }
        // Opening a FIFO must not block the test.
        flags.insert(.nonBlocking)
        return flags
    }

    private func node(_ random: inout SeededGenerator) -> FileOperation {
        let (kind, device): (NodeKind, DeviceNumber?) = random.pick([
            (.file, nil), (.fifo, nil), (.socket, nil), (.characterDevice, DeviceNumber(major: 1, minor: 3)),
            (.characterDevice, DeviceNumber(major: 0, minor: 0)), (.directory, nil),
        ])
        return .mknod(target(&random), kind, mode: 0o644, device: device)
    }

    private func rename(_ random: inout SeededGenerator) -> FileOperation {
        let flags: RenameFlags =
            random.chance(65)
            ? []
            : random.pick([
                [], [], [], [], [], .noReplace, .exchange, .whiteout, [.exchange, .noReplace],
            ])
        let directory = random.chance(35) ? 100 : 0
        if !flags.contains(.exchange), random.chance(60) {
            return .rename(path(&random, directory: directory), target(&random), flags)
        }
        return .rename(path(&random, directory: directory), path(&random, directory: directory), flags)
    }
}
