import LayerModel
import Scripts
import StorageDrivers

/// The layers of an exercise: few names, such as a real image has.
struct Scenery {
    private(set) var layers: [[LayerLine]] = []
    /// The files and directories that the union shows so far, with what they hold.
    private var files: [Path] = []
    private var directories: [Path] = []
    let options: [MountOption]

    /// A directory of an image, and what may stand in it.
    private struct Place {
        var path: Path
        var files: [(name: ByteString, contents: Contents)]
    }

    private static func text(_ text: String) -> Contents { .bytes(Array(text.utf8)) }

    private static let places: [Place] = [
        Place(
            path: "/etc",
            files: [
                ("passwd", text("root:x:0:0:root:/root:/bin/sh\n")), ("hosts", text("127.0.0.1 localhost\n")),
                ("motd", text("Welcome.\n")), ("hostname", text("web\n")),
            ]),
        Place(
            path: "/app",
            files: [
                ("config", text("port = 80\n")), ("server", .sparse(size: 12288)), ("VERSION", text("1.4\n")),
                ("old.conf", text("port = 8080\n")),
            ]),
        Place(path: "/app/cache", files: [("a", text("one\n")), ("b", text("two\n")), ("index", text("a b\n"))]),
        Place(
            path: "/data",
            files: [
                ("big.bin", .sparse(size: 1 << 20)), ("a.txt", text("alpha\n")), ("notes", text("see a.txt\n")),
            ]),
        Place(path: "/srv/www", files: [("index.html", text("<p>Hello</p>\n")), ("style.css", text("p { }\n"))]),
        Place(path: "/var/log", files: [("app.log", text("started\n")), ("boot.log", text("ok\n"))]),
        Place(path: "/usr/lib", files: [("libapp.so", .sparse(size: 40960)), ("libz.so", .sparse(size: 8192))]),
        Place(path: "/root", files: [(".profile", text("umask 022\n")), ("todo", text("rest\n"))]),
    ]

    /// The most names that a state shows, the directories above them not counted.
    static let mostNames = 8

    init(_ level: ExerciseLevel, _ driver: StorageDriverKind, _ generator: inout SeededGenerator) {
        let drawn = Self.options(level, &generator)
        options = driver == .overlay2 ? drawn : []
        let level = level.number
        let places = Array(generator.shuffled(Self.places).prefix(level == 1 ? generator.number(in: 1...2) : 2))
        base(places, level, &generator)
        let above = level == 1 ? generator.number(in: 0...1) : level <= 2 ? 1 : generator.number(in: 1...2)
        for _ in 0..<above { addLayer(over: places, level, &generator) }
    }

    private static func options(_ level: ExerciseLevel, _ generator: inout SeededGenerator) -> [MountOption] {
        let (redirect, index, metacopy) = (
            MountOption("redirect_dir", "on"), MountOption("index", "on"), MountOption("metacopy", "on")
        )
        switch level.number {
        case 4: return generator.pick([[], [redirect], [redirect], [index]]) ?? []
        case 5:
            return generator.pick([[], [redirect], [metacopy], [metacopy], [index, redirect], [metacopy, index]]) ?? []
        default: return []
        }
    }

    // MARK: - Layers

    private mutating func base(_ places: [Place], _ level: Int, _ generator: inout SeededGenerator) {
        layers.append([])
        for place in places {
            for (name, contents) in generator.shuffled(place.files).prefix(generator.number(in: 1...2)) {
                addFile(place.path.appending(name), contents)
            }
        }
        if level >= 4, generator.chance(60), let file = generator.pick(files) {
            let link = file.parent.appending(file.name == "a.txt" ? "b.txt" : "\(file.name ?? "file").hard")
            layers[0].append(.hardlink(link, to: file))
            files.append(link)
        }
        if level >= 3, generator.chance(40), let file = generator.pick(files), let name = file.name {
            let link = file.parent.appending("current")
            if !files.contains(link) {
                layers[0].append(.symlink(link, target: name))
                files.append(link)
            }
        }
    }

    private mutating func addLayer(over places: [Place], _ level: Int, _ generator: inout SeededGenerator) {
        layers.append([])
        for _ in 0..<generator.number(in: 1...2) {
            switch generator.below(level >= 3 ? 6 : 3) {
            case 0: replace(generator.pick(files), &generator)
            case 1, 2:
                guard let place = generator.pick(places),
                    let file = generator.pick(place.files.filter { !isKnown(place.path.appending($0.name)) })
                else {
                    replace(generator.pick(files), &generator)
                    continue
                }
                addFile(place.path.appending(file.name), file.contents)
            case 3, 4: hide(generator.pick(files))
            default:
                guard let directory = generator.pick(directories.filter { $0.components.count > 1 || level > 3 })
                else { continue }
                makeOpaque(directory, &generator)
            }
        }
        if layers[layers.count - 1].isEmpty {
            if let place = places.first { addDirectory(place.path) }
            replace(files.first, &generator)
        }
    }

    private func isKnown(_ path: Path) -> Bool { files.contains(path) || directories.contains(path) }

    private func top(holds path: Path) -> Bool { layers[layers.count - 1].contains { $0.path == path } }

    private mutating func addDirectory(_ path: Path) {
        for directory in path.ancestors + [path] {
            if !top(holds: directory) { layers[layers.count - 1].append(.directory(directory, mode: 0o755)) }
            if !directories.contains(directory) { directories.append(directory) }
        }
    }

    private mutating func addFile(_ path: Path, _ contents: Contents) {
        guard !top(holds: path) else { return }
        addDirectory(path.parent)
        layers[layers.count - 1].append(.file(path, mode: 0o644, contents))
        if !files.contains(path) { files.append(path) }
    }

    /// A newer file over an older one.
    private mutating func replace(_ path: Path?, _ generator: inout SeededGenerator) {
        guard let path else { return }
        addFile(path, Self.text(generator.pick(["newer\n", "second edition\n", "v2\n"]) ?? ""))
    }

    private mutating func hide(_ path: Path?) {
        guard let path, layers.count > 1, !top(holds: path) else { return }
        addDirectory(path.parent)
        layers[layers.count - 1].append(.whiteout(path))
        files.removeAll { $0 == path }
    }

    private mutating func makeOpaque(_ directory: Path, _ generator: inout SeededGenerator) {
        guard !layers[layers.count - 1].contains(where: { $0.path.isAtOrBeneath(directory) }) else { return }
        addDirectory(directory)
        layers[layers.count - 1].append(.opaque(directory))
        files.removeAll { $0.isAtOrBeneath(directory) }
        directories.removeAll { $0.isAtOrBeneath(directory) && $0 != directory }
        addFile(directory.appending("fresh"), Self.text("new\n"))
    }
}
