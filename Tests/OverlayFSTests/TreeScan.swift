import Glibc
import LayerModel
import Linux
import StorageDrivers

@testable import OverlayFS

/// Everything that a directory holds, as lstat(2), readlink(2) and listxattr(2) tell it.
struct TreeScan {
    /// Every name, the root's empty one included.
    private(set) var entries: [Path: LayerEntry] = [:]
    /// What cannot be: a mark of overlayfs that is not its own, an attribute with another value than its name tells.
    private(set) var oddities: [String] = []

    /// What overlayfs keeps for itself: which lower inode a copy came from, that a directory holds such copies, and
    /// the union's own identity.
    private static let bookkeeping = Set(["origin", "impure", "uuid"].map { prefix + $0 })
    private static let prefix = OverlayAttributes.current.prefix

    init(_ root: String) throws {
        try add(".", .root, in: AT_FDCWD, at: root, status: FileStatus.read(root, in: AT_FDCWD))
        try scan(root, .root)
    }

    private mutating func scan(_ place: String, _ path: Path) throws {
        let directory = try Descriptor(opening: place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        for name in try directoryNames(in: directory).map(\.text) {
            let place = place + "/" + name
            let status = try FileStatus.read(name, in: directory.number)
            try add(name, path.appending(ByteString(name)), in: directory.number, at: place, status: status)
            if let status, status.mode & S_IFMT == S_IFDIR { try scan(place, path.appending(ByteString(name))) }
        }
    }

    private mutating func add(
        _ name: String, _ path: Path, in base: CInt, at place: String, status: FileStatus?
    ) throws {
        guard let status else { return }
        var entry = LayerEntry(status)
        if entry.kind == .symlink { entry.target = try readLink(name, in: base, size: Int(status.size)) }
        var names: [String] = []
        for attribute in try extendedAttributeNames(of: place) {
            if attribute == Self.prefix + "opaque" {
                entry.isOpaque = try extendedAttribute(attribute, of: place) == Array("y".utf8)
            } else if attribute.hasPrefix(Self.prefix) {
                if !Self.bookkeeping.contains(attribute) { oddities.append("\(path) has the mark \(attribute)") }
            } else {
                names.append(attribute)
                if try extendedAttribute(attribute, of: place) != attributeValue(attribute) {
                    oddities.append("\(path) has another value of \(attribute)")
                }
            }
        }
        entry.attributes = names.map(ByteString.init(_:)).sorted()
        entries[path] = entry
    }

    mutating func removeRoot() { entries[.root] = nil }

    /// The same as a layer of a state.
    var tree: LayerTree {
        var tree = LayerTree()
        for (path, entry) in entries { tree[path] = entry }
        return tree
    }
}

extension LayerEntry {
    /// What two views of one object must agree on. A whiteout is its kind alone; inode numbers, and the sizes of
    /// directories, are the filesystem's own.
    var comparable: LayerEntry {
        if kind == .whiteout { return LayerEntry(kind: .whiteout, permissions: 0) }
        var entry = self
        entry.inode = 0
        if kind == .directory { entry.size = 0 }
        entry.attributes?.sort()
        return entry
    }

    var words: String {
        "\(kind.rawValue) \(String(permissions, radix: 8)) \(uid):\(gid) size \(size) links \(links) inode \(inode)"
            + (isOpaque ? " opaque" : "") + (target.map { " -> \($0)" } ?? "")
            + (device.map { " \($0.major):\($0.minor)" } ?? "") + (attributes.map { " \($0)" } ?? "")
    }
}

/// Where the two differ, a line a name.
func differences(_ predicted: [Path: LayerEntry], _ found: [Path: LayerEntry], ignoring: (inout LayerEntry) -> Void)
    -> [String]
{
    var lines: [String] = []
    for (path, entry) in predicted {
        var (one, other) = (entry.comparable, found[path]?.comparable)
        ignoring(&one)
        if other != nil { ignoring(&other!) }
        if one != other { lines.append("\(path): predicted \(one.words), found \(other?.words ?? "nothing")") }
    }
    for (path, entry) in found where predicted[path] == nil {
        lines.append("\(path): predicted nothing, found \(entry.words)")
    }
    return lines.sorted()
}

/// Whether names share an inode in one tree as they do in the other.
func linkDifferences(_ predicted: [Path: LayerEntry], _ found: [Path: LayerEntry]) -> [String] {
    func groups(_ tree: [Path: LayerEntry]) -> Set<[Path]> {
        var groups: [UInt64: [Path]] = [:]
        for (path, entry) in tree where entry.kind != .directory && entry.kind != .whiteout && entry.links > 1 {
            groups[entry.inode, default: []].append(path)
        }
        return Set(groups.values.map { $0.sorted() })
    }
    let (one, other) = (groups(predicted), groups(found))
    return one == other ? [] : ["hard links: predicted \(one.subtracting(other)), found \(other.subtracting(one))"]
}
