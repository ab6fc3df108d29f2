import CLinux
import Glibc
import LayerModel
import Linux
import OverlayFS
import Testing

/// Two empty directories, a lower and an upper one, that go when the test ends.
private final class Directories {
    let base: String
    let layers: LayerDirectories
    var lower: String { base + "/lower" }
    var upper: String { base + "/upper" }

    init() throws {
        var template = Array("/tmp/layer-directories.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallError(call: "mkdtemp", errno: .EIO) }
        base = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        mkdir(base + "/lower", 0o755)
        mkdir(base + "/upper", 0o755)
        layers = try LayerDirectories(lowers: [base + "/lower"], upper: base + "/upper")
    }

    func write(_ path: String, _ count: Int) {
        let number = open(base + path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        _ = [UInt8](repeating: 1, count: count).withUnsafeBytes { Glibc.write(number, $0.baseAddress, count) }
        close(number)
    }

    deinit { removeTree(base) }
}

@Suite("Directories of layers", .enabled(if: isRoot, "whiteouts and trusted attributes take root"))
struct LayerDirectoriesTests {
    @Test("files, links and overlayfs's marks are read as what they are")
    func kinds() throws {
        let directories = try Directories()
        directories.write("/lower/file", 12)
        symlink("/etc/passwd", directories.lower + "/link")
        mknod(directories.upper + "/gone", S_IFCHR, 0)
        mkdir(directories.upper + "/opaque", 0o750)
        lsetxattr(directories.upper + "/opaque", "trusted.overlay.opaque", "y", 1, 0)
        lsetxattr(directories.upper + "/opaque", "user.note", "v", 1, 0)
        let layers = directories.layers
        #expect(try layers.entry(at: "/file", in: .lower(1))?.size == 12)
        #expect(try layers.entry(at: "/link", in: .lower(1))?.target == "/etc/passwd")
        #expect(try layers.entry(at: "/gone", in: .upper)?.kind == .whiteout)
        let opaque = try #require(try layers.entry(at: "/opaque", in: .upper))
        #expect(opaque.isOpaque && opaque.permissions == 0o750 && opaque.attributes == nil)
        #expect(try layers.attributes(at: "/opaque", in: .upper) == ["user.note"])
        #expect(try layers.children(of: .root, in: .upper).keys.sorted() == ["gone", "opaque"])
    }

    @Test("names of attributes are bytes, and a redirect ends at its first NUL")
    func bytes() throws {
        let directories = try Directories()
        mkdir(directories.upper + "/moved", 0o755)
        lsetxattr(directories.upper + "/moved", "trusted.overlay.redirect", "/old\0rest", 9, 0)
        let name: [CChar] = Array("user.".utf8CString.dropLast()) + [-1, 0]
        #expect(lsetxattr(directories.upper + "/moved", name, "v", 1, 0) == 0)
        let layers = directories.layers
        #expect(try layers.entry(at: "/moved", in: .upper)?.redirect == "/old")
        let attribute = ByteString(bytes: [UInt8]("user.".utf8) + [0xFF])
        #expect(try layers.attributes(at: "/moved", in: .upper) == [attribute])
        #expect(try extendedAttribute(attribute.text, of: directories.upper + "/moved") == [0x76])
        try setExtendedAttribute(attribute.text, [1], of: directories.upper + "/moved")
        try removeExtendedAttribute(attribute.text, of: directories.upper + "/moved")
        #expect(try layers.attributes(at: "/moved", in: .upper) == [])
    }

    @Test("no symbolic link leads out of a layer", arguments: [LayerID.lower(1), .upper])
    func links(layer: LayerID) throws {
        let directories = try Directories()
        let root = layer == .upper ? directories.upper : directories.lower
        symlink("/etc", root + "/out")
        mkdir(root + "/in", 0o755)
        symlink("/etc", root + "/in/out")
        #expect(try directories.layers.entry(at: "/out/passwd", in: layer) == nil)
        #expect(try directories.layers.entry(at: "/in/out/passwd", in: layer) == nil)
        #expect(try directories.layers.children(of: "/out", in: layer).isEmpty)
        #expect(try directories.layers.cost(at: "/in/out/passwd") == nil)
    }

    @Test("a lower layer is read once, the upper one each time")
    func memory() throws {
        let directories = try Directories()
        directories.write("/lower/file", 1)
        directories.write("/upper/file", 1)
        let layers = directories.layers
        for layer in [LayerID.lower(1), .upper] { _ = try layers.entry(at: "/file", in: layer) }
        directories.write("/lower/file", 20)
        directories.write("/upper/file", 20)
        #expect(try layers.entry(at: "/file", in: .lower(1))?.size == 1)
        #expect(try layers.entry(at: "/file", in: .upper)?.size == 20)
    }

    @Test("a sparse file takes fewer bytes than its size")
    func cost() throws {
        let directories = try Directories()
        directories.write("/upper/sparse", 4096)
        truncate(directories.upper + "/sparse", 10_000_000)
        let cost = try #require(try directories.layers.cost(at: "/sparse"))
        #expect(cost.allocated < 10_000_000)
        #expect(cost.shared == nil || cost.shared == 0)
    }
}
