import LayerModel
import Pictures
import Scripts
import StorageDrivers

/// What the model answers about all names at one moment, in its listings: what each cell of a picture is held against.
struct Listings {
    var merged: [Path: ListedFile] = [:]
    /// The writable layer, the driver's own marks as what they mean.
    var upper: [Path: LayerEntry] = [:]
    /// The image's layers from the bottom up.
    var layers: [[Path: LayerEntry]]

    init(_ mount: SimulatedMount, layers: [[Path: LayerEntry]]) {
        var mount = mount
        self.layers = layers
        for file in mount.merged() {
            merged[file.path] = file
            if mount.driver.isSnapshot, file.kind == .whiteout { merged[file.path]?.kind = .characterDevice }
        }
        for file in mount.upper() {
            upper[file.path] = LayerEntry(mount.withoutForeignMarks(file))
            // A snapshot has no whiteouts: there it is a device like any other.
            if mount.driver.isSnapshot, file.kind == .whiteout { upper[file.path]?.kind = .characterDevice }
        }
        if mount.driver == .aufs { readMarks() }
    }

    /// What the layers hold: each by itself under a union, everything up to it under the other drivers.
    static func layers(of script: Script, under driver: StorageDriverKind) throws -> [[Path: LayerEntry]] {
        guard driver.isSnapshot else { return MemoryLayers(script.layers, upper: []).lowers }
        return try script.layers.indices.map { last in
            var mount = try SimulatedMount(driver: driver, layers: LayerStack(Array(script.layers[...last])))
            return Dictionary(uniqueKeysWithValues: mount.merged().map { ($0.path, LayerEntry($0)) })
        }
    }

    /// `.wh.x` hides x, and `.wh..wh..opq` makes its directory opaque.
    private mutating func readMarks() {
        for (path, _) in upper {
            guard let name = path.name?.text, name.hasPrefix(".wh.") else { continue }
            upper[path] = nil
            if name == ".wh..wh..opq" {
                upper[path.parent]?.isOpaque = true
            } else if !name.hasPrefix(".wh..wh.") {
                upper[path.parent.appending(ByteString(String(name.dropFirst(4))))] = LayerEntry(
                    kind: .whiteout, permissions: 0)
            }
        }
    }

    subscript(layer: LayerID) -> [Path: LayerEntry] {
        switch layer {
        case .upper: upper
        case .lower(let number): layers[number - 1]
        }
    }
}

extension SimulatedMount {
    /// An attribute that is overlayfs's own under other options says nothing here.
    fileprivate func withoutForeignMarks(_ file: ListedFile) -> ListedFile {
        let prefix = driver != .overlay2 ? nil : options.contains { $0.name == "userxattr" } ? "user." : "trusted."
        var file = file
        file.attributes = file.attributes.filter { name, _ in
            !name.text.contains(".overlay.") || prefix.map { name.text.hasPrefix($0) } ?? false
        }
        return file
    }
}

extension StorageDriverKind {
    /// Whether its layers hold all that the one beneath held.
    var isSnapshot: Bool { self != .overlay2 && self != .aufs }
}
