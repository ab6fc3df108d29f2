internal import LayerModel

/// What no honest archive has.
extension LayerTree {
    /// The names of a path inside the layer, `.` dropped; the root is empty.
    static func components(_ path: String, of entry: String) throws -> [String] {
        if path.hasPrefix("/") {
            throw StoreError.layerRefused(entry: entry, reason: "has an absolute path: it would leave the image")
        }
        let parts = path.split(separator: "/").filter { $0 != "." }.map(String.init)
        if parts.contains("..") {
            throw StoreError.layerRefused(entry: entry, reason: "climbs with ..: it would leave the image")
        }
        return parts
    }

    func refuseForeignMarks(_ entry: ArchiveEntry) throws {
        for attribute in entry.attributes
        where ExtendedAttributes.overlayPrefixes.contains(where: attribute.name.hasPrefix) {
            throw StoreError.layerRefused(
                entry: entry.path, reason: "carries \(attribute.name), which is overlayfs's own")
        }
        if entry.kind == .characterDevice(DeviceNumber(major: 0, minor: 0)) {
            throw StoreError.layerRefused(
                entry: entry.path, reason: "is a device 0:0, which overlayfs would take for a deletion")
        }
    }
}
