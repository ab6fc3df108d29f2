import LayerModel
import TestSupport

/// Draws the layers of a stack.
struct RandomStack {
    static let names: [ByteString] = ["a", "b", "c", "d"]
    static let targets: [ByteString] = [
        "a", "b", "c", "../a", "/b", "/a/b", "c/d", "/nowhere", "../../d", "b/", "/", "..", "self", "/loop", "a/b/c",
    ]

    private var lines: [LayerLine] = []
    private var kinds: [Path: NodeKind] = [:]
    private let isLowest: Bool

    static func layers(using random: inout SeededGenerator) -> [[LayerLine]] {
        (0..<Int.random(in: 1...5, using: &random)).map { number in
            var stack = RandomStack(isLowest: number == 0)
            stack.fill(&random)
            return stack.lines
        }
    }

    private init(isLowest: Bool) { self.isLowest = isLowest }

    private mutating func fill(_ random: inout SeededGenerator) {
        if random.chance(30) { lines.append(.symlink("/loop", target: random.pick(["loop", "/loop/x"]))) }
        for _ in 0..<Int.random(in: 6...18, using: &random) {
            var path = Path.root
            for _ in 1..<random.pick([1, 1, 2, 2, 3, 4]) {
                let next = path.appending(random.pick(Self.names))
                if kinds[next] == nil {
                    add(.directory(next, mode: 0o755), next, .directory)
                    adorn(next, .directory, &random)
                }
                guard kinds[next] == .directory else { break }
                path = next
            }
            path = path.appending(random.pick(Self.names))
            if kinds[path] == nil { object(path, &random) }
        }
    }

    private mutating func add(_ line: LayerLine, _ path: Path, _ kind: NodeKind) {
        lines.append(line)
        kinds[path] = kind
    }

    private mutating func object(_ path: Path, _ random: inout SeededGenerator) {
        let files = kinds.filter { $0.value != .directory && $0.value != .whiteout }.map(\.key).sorted()
        let mode: UInt16 = random.pick([
            0o644, 0o600, 0o666, 0o444, 0o755, 0o664, 0o4755, 0o2755, 0o6711, 0o2644, 0o6777, 0o4777,
        ])
        switch Int.random(in: 0..<100, using: &random) {
        case ..<34:
            let size: Int64 = random.pick([0, 0, 1, 5000, Int64.random(in: 0...300_000, using: &random)])
            add(.file(path, mode: mode, size: size), path, .file)
        case ..<54: add(.directory(path, mode: 0o755), path, .directory)
        case ..<68: add(.symlink(path, target: random.pick(Self.targets)), path, .symlink)
        case ..<80:
            if isLowest { return }
            return add(.whiteout(path), path, .whiteout)
        case ..<91:
            guard let existing = files.isEmpty ? nil : random.pick(files) else { return }
            return add(.hardlink(path, existing), path, kinds[existing] ?? .file)
        case ..<94: add(.fifo(path, mode: random.pick([0o644, 0o666])), path, .fifo)
        case ..<96: add(.socket(path, mode: 0o755), path, .socket)
        case ..<98:
            let null = DeviceNumber(major: 1, minor: random.pick([3, 5]))
            add(.device(path, .characterDevice, null, mode: 0o666), path, .characterDevice)
        default:
            add(.device(path, .blockDevice, DeviceNumber(major: 7, minor: 200), mode: 0o660), path, .blockDevice)
        }
        if let kind = kinds[path] { adorn(path, kind, &random) }
    }

    /// Owners, modes and marks.
    private mutating func adorn(_ path: Path, _ kind: NodeKind, _ random: inout SeededGenerator) {
        if random.chance(40) {
            lines.append(.owner(path, uid: random.pick([0, 1000, 1001]), gid: random.pick([0, 100, 1000, 1001])))
        }
        if kind == .directory {
            let modes: [UInt16] = [0o755, 0o755, 0o777, 0o1777, 0o700, 0o2775, 0o2777, 0o3777, 0o775, 0o1770]
            lines.append(.directory(path, mode: random.pick(modes)))
            if !isLowest, random.chance(15) { lines.append(.opaque(path)) }
        }
        guard random.chance(30) else { return }
        var names = ["trusted.t", "security.s"]
        if kind == .directory || kind == .file { names += ["user.k", "user.k", "user.m"] }
        if kind == .file { names += ["security.capability", "security.capability"] }
        lines.append(.xattr(path, name: random.pick(names)))
    }
}
