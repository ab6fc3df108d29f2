import Glibc
import LayerModel
import OCI
import Testing

@testable import ContentStore

/// An archive that no honest image has.
struct HostileLayer: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var entries: [TarItem]

    static let all: [HostileLayer] = [
        .init("a path that climbs", .file("../escaped", "x")),
        .init("a path that climbs in the middle", .entry("a", .directory), .file("a/../../escaped", "x")),
        .init("an absolute path", .file("/tmp/teach-escaped", "x")),
        .init("a link to the outside, then a file through it", .entry("l", .symlink(target: "..")), .file("l/escaped")),
        .init("an absolute link, then a file through it", .entry("l", .symlink(target: "/")), .file("l/tmp/escaped")),
        .init("a link inside, then a file through it", .entry("l", .symlink(target: "d")), .file("l/x")),
        .init(
            "a chain of links", .entry("d", .directory), .entry("d/l", .symlink(target: "../..")),
            .file("d/l/escaped", "x")),
        .init("a deletion through a link", .entry("l", .symlink(target: "..")), .file("l/.wh.victim")),
        .init("an opaque mark through a link", .entry("l", .symlink(target: "..")), .file("l/.wh..wh..opq")),
        .init("a hard link to the outside", .entry("h", .hardLink(target: "../victim"))),
        .init("a hard link to an absolute path", .entry("h", .hardLink(target: "/etc/passwd"))),
        .init(
            "a hard link through a link", .entry("l", .symlink(target: "..")),
            .entry("h", .hardLink(target: "l/victim"))),
        .init("a hard link to what is not there", .entry("h", .hardLink(target: "nothing"))),
        .init("a hard link to a directory", .entry("d", .directory), .entry("h", .hardLink(target: "d"))),
        .init("a hard link to a deletion", .file(".wh.x"), .entry("h", .hardLink(target: "x"))),
        .init("a deletion that names nothing", .file("d/.wh.")),
        .init("a deletion that names nothing, in the root", .file(".wh.")),
        .init("a deletion of the root", .file(".wh..")),
        .init("a deletion of what is above the root", .file(".wh...")),
        .init("a deletion of .", .file("d/.wh..")),
        .init("a deletion of ..", .file("d/.wh...")),
        .init("a name beneath a deletion", .file(".wh.d/x")),
        .init("an opaque mark beneath a deletion", .file(".wh.d/.wh..wh..opq")),
        .init("a file beneath a file", .file("f", "x"), .file("f/x", "x")),
        .init("a device that overlayfs takes for a deletion", .entry("x", .characterDevice(.init(major: 0, minor: 0)))),
        .init("a file in the place of the root", .file(".", "x")),
        .init("an attribute of overlayfs", .attribute("trusted.overlay.redirect", on: "d")),
        .init("an attribute of rootless overlayfs", .attribute("user.overlay.metacopy", on: "d")),
    ]

    init(_ what: String, _ entries: TarItem...) {
        testDescription = what
        self.entries = entries
    }
}

@Suite("Hostile layers", .enabled(if: getuid() == 0, "needs root"))
struct HostileLayerTests {
    @Test("Each is refused, and nothing outside is touched", arguments: HostileLayer.all)
    func refused(layer: HostileLayer) throws {
        let scratch = try Scratch()
        try scratch.tar("layer", layer.entries)
        _ = try scratch.directory("world/fs")
        try scratch.file("world/victim", Array("untouched".utf8))
        #expect(throws: StoreError.self) { try scratch.apply("layer", to: "world/fs") }
        #expect(try scratch.shell("ls -A $1", scratch.path + "/world") == "fs\nvictim\n")
        #expect(try scratch.text("world/victim") == "untouched")
        #expect(try scratch.status("world/victim")?.st_nlink == 1)
        #expect(try scratch.attributes("world")[ExtendedAttributes.opaque] == nil)
        #expect(access("/tmp/teach-escaped", F_OK) != 0)
        #expect(access("/tmp/escaped", F_OK) != 0)
    }

    @Test("A layer that unpacks to too much is refused: entries, bytes, ratio")
    func bombs() throws {
        let scratch = try Scratch()
        let zeros = String(repeating: "\0", count: 1 << 20)
        try scratch.tar("layer", (0..<20).map { .file("f\($0)", zeros) }, .gzip(level: 9))
        var limits = LayerLimits()
        limits.entries = 19
        _ = try scratch.directory("a")
        #expect(throws: StoreError.self) { try scratch.apply("layer", to: "a", LayerApplier(limits: limits)) }
        limits = LayerLimits()
        limits.bytes = 10 << 20
        _ = try scratch.directory("b")
        #expect(throws: StoreError.self) { try scratch.apply("layer", to: "b", LayerApplier(limits: limits)) }
        limits = LayerLimits()
        limits.ratio = 100
        limits.ratioFloor = 1 << 20
        _ = try scratch.directory("c")
        #expect(throws: StoreError.self) { try scratch.apply("layer", to: "c", LayerApplier(limits: limits)) }
        _ = try scratch.directory("d")
        #expect(try scratch.apply("layer", to: "d").size == 20 << 20)
    }

    @Test("A tar that is cut off, or is none, is refused")
    func truncated() throws {
        let scratch = try Scratch()
        try scratch.tar("layer", [.file("f", String(repeating: "data ", count: 50_000))], .gzip(level: 1))
        try scratch.shell("head -c 300 $1/layer > $1/cut; head -c 5000 /dev/urandom > $1/noise", scratch.path)
        for name in ["cut", "noise"] {
            let fs = try scratch.directory("fs-\(name)")
            #expect(throws: StoreError.self, "\(fs)") { try scratch.apply(name, to: "fs-\(name)") }
        }
    }
}
