import LayerModel
import Scripts
import StorageDrivers
import TestSupport

/// Draws the layers of a script.
struct RandomLayers {
    static let names: [ByteString] = ["a", "b", "c", "d"]
    static let targets: [ByteString] = [
        "a", "b", "c", "../a", "/b", "/a/b", "c/d", "/nowhere", "../../d", "b/", "/", "..", "self", "/loop", "a/b/c",
    ]

    private var lines: [LayerLine] = []
    private var kinds: [Path: NodeKind] = [:]
    private var adorned: Set<Path> = []
    private let isLowest: Bool
    /// Overlayfs's own attributes, where the layers hold any.
    private let marks: RandomMarks?

    static func draw(using random: inout SeededGenerator, prefix: String) -> [[LayerLine]] {
        let marks = random.chance(25) ? RandomMarks(prefix: prefix) : nil
        var layers: [[LayerLine]]
        repeat {
            layers = (0..<Int.random(in: 1...5, using: &random)).map { number in
                var layer = RandomLayers(isLowest: number == 0, marks)
                layer.fill(&random)
                return layer.lines
            }
        } while marks != nil && !isPredicted(layers)
        return layers
    }

    /// Whether the simulator mounts the layers: not where a redirect shows a directory under two names.
    private static func isPredicted(_ layers: [[LayerLine]]) -> Bool {
        guard let stack = try? LayerStack(layers) else { return true }
        do { _ = try SimulatedMount(driver: .overlay2, layers: stack) } catch { return error.errno != .ENODEV }
        return true
    }

    private init(isLowest: Bool, _ marks: RandomMarks?) {
        self.isLowest = isLowest
        self.marks = marks
    }

    private mutating func fill(_ random: inout SeededGenerator) {
        if random.chance(50) { lines.append(.directory(.root, mode: random.pick([0o1777, 0o777, 0o755, 0o2777]))) }
        if random.chance(20) { add(.symlink("/loop", target: random.pick(["loop", "/loop/x"])), "/loop", .symlink) }
        for _ in 0..<Int.random(in: 5...16, using: &random) {
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
        let others = kinds.filter { $0.value != .directory && $0.value != .whiteout }.map(\.key).sorted()
        let mode: UInt16 = random.pick([
            0o644, 0o600, 0o666, 0o444, 0o755, 0o664, 0o4755, 0o2755, 0o6711, 0o2644, 0o6777, 0o4777,
        ])
        switch Int.random(in: 0..<100, using: &random) {
        case ..<36:
            let contents: Contents = random.pick([
                .bytes([]), .bytes(Array("hello".utf8)), .bytes(Array("x".utf8)), .sparse(size: 5000),
                .bytes((0..<60).map { 97 + UInt8($0 % 23) }), .sparse(size: 300_000),
            ])
            add(.file(path, mode: mode, contents), path, .file)
        case ..<56: add(.directory(path, mode: 0o755), path, .directory)
        case ..<70: add(.symlink(path, target: random.pick(Self.targets)), path, .symlink)
        case ..<81:
            if isLowest { return }
            return add(.whiteout(path), path, .whiteout)
        case ..<92:
            guard let existing = others.isEmpty ? nil : random.pick(others) else { return }
            return add(.hardlink(path, to: existing), path, kinds[existing] ?? .file)
        case ..<95: add(.device(path, .fifo, nil, mode: random.pick([0o644, 0o666])), path, .fifo)
        case ..<98:
            let null = DeviceNumber(major: 1, minor: random.pick([3, 5]))
            add(.device(path, .characterDevice, null, mode: 0o666), path, .characterDevice)
        default:
            let device = DeviceNumber(major: 240, minor: 200)
            add(.device(path, .blockDevice, device, mode: 0o660), path, .blockDevice)
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
        if let marks, random.chance(25) {
            let drawn = marks.draw(path, kind, &random)
            lines += drawn
            for case .xattr(_, let name, let value) in drawn where kind == .directory && name.hasSuffix("redirect") {
                hideSource(ByteString(bytes: value), of: path)
            }
        }
        guard random.chance(30) else { return }
        var names = ["trusted.t", "security.s"]
        if kind == .directory || kind == .file { names += ["user.k", "user.k", "user.m"] }
        let name = random.pick(names)
        lines.append(.xattr(path, name: name, value: Array(random.pick(["v", "", "longer"]).utf8)))
    }

    /// Where a redirect leads, a whiteout hides what stands there under its own name, as after a rename.
    private mutating func hideSource(_ redirect: ByteString, of path: Path) {
        let isAbsolute = redirect.hasPrefix("/")
        let source = isAbsolute ? Path(redirect.text).withoutTrailingSlash : path.parent.appending(redirect)
        let isOdd = source.components.contains {
            $0.isEmpty || $0 == "." || $0 == ".." || $0.count > 255 || !Set($0.bytes).isDisjoint(with: [0, 47])
        }
        guard !isOdd, source != .root, kinds[source] == nil,
            source.ancestors.allSatisfy({ [nil, .directory].contains(kinds[$0]) })
        else { return }
        for directory in source.ancestors where kinds[directory] == nil {
            add(.directory(directory, mode: 0o755), directory, .directory)
        }
        add(.whiteout(source), source, .whiteout)
    }
}
