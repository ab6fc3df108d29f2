import CLinux
import Glibc
public import Linux

/// A stack of layer directories looked into without mounting it, by the rules of overlayfs
/// (Documentation/filesystems/overlayfs.rst): for what has to be known of an image before its container is there. No
/// symbolic link leads out of the stack.
public struct MergedTree {
    /// The directories, the topmost first.
    let layers: [String]
    /// Where the layers' marks are kept.
    let attributes: OverlayAttributes

    /// - Parameter layers: The directories, the topmost first.
    public init(layers: [String], attributes: OverlayAttributes = .current) {
        self.layers = layers
        self.attributes = attributes
    }

    public struct Node {
        /// Where the host has it.
        public var path: String
        /// The file's type and permissions, as st_mode.
        public var mode: UInt32
        /// For a directory: all that merge, the topmost first.
        fileprivate var directories: [String] = []

        var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
    }

    /// What `path` leads to, through symbolic links; `nil` where nothing is there.
    public func node(at path: String) -> Node? {
        let root = Node(path: layers.first ?? "", mode: S_IFDIR, directories: layers)
        var trail = [root]
        var names = Array(path.split(separator: "/").map(String.init).reversed())
        var links = 0
        while let name = names.popLast() {
            if name == "." { continue }
            if name == ".." {
                if trail.count > 1 { trail.removeLast() }
                continue
            }
            guard trail.last!.isDirectory, let next = lookUp(name, in: trail.last!.directories) else { return nil }
            guard next.mode & S_IFMT == S_IFLNK else {
                trail.append(next)
                continue
            }
            links += 1
            guard links <= 40, let target = Self.linkTarget(next.path) else { return nil }
            if target.hasPrefix("/") { trail = [root] }
            names += target.split(separator: "/").map(String.init).reversed()
        }
        return trail.last
    }

    /// Those of these names that are in none of the layers' roots.
    func missing(_ names: [String]) -> [String] { names.filter { lookUp($0, in: layers) == nil } }

    private func lookUp(_ name: String, in directories: [String]) -> Node? {
        var merged: [String] = []
        var mode: mode_t = 0
        for directory in directories {
            let path = directory + "/" + name
            var about = stat()
            guard lstat(path, &about) == 0 else { continue }
            guard about.st_mode & S_IFMT == S_IFDIR else {
                let isWhiteout = about.st_mode & S_IFMT == S_IFCHR && about.st_rdev == 0
                return merged.isEmpty && !isWhiteout ? Node(path: path, mode: about.st_mode) : merge(merged, mode)
            }
            if merged.isEmpty { mode = about.st_mode }
            merged.append(path)
            var mark: CChar = 0
            let opaque = attributes.prefix + "opaque"
            if linux_get_attribute(path, opaque, &mark, 1) == 1, mark == CChar(UInt8(ascii: "y")) { break }
        }
        return merge(merged, mode)
    }

    private func merge(_ directories: [String], _ mode: mode_t) -> Node? {
        directories.first.map { Node(path: $0, mode: mode, directories: directories) }
    }

    private static func linkTarget(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { readlink(path, $0.baseAddress!, $0.count) }
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
