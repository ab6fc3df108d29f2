import Glibc
import Linux
import OCI
import Testing

@testable import ContentStore

@Suite("A layer's directory becomes a tar and a directory again", .enabled(if: getuid() == 0, "needs root"))
struct LayerRoundTripTests {
    static let tree = """
        cd "$1"; mkdir -p etc/empty 'dir with spaces' été data
        echo hello > etc/motd; chmod 640 etc/motd; chown 12:34 etc/motd
        printf '#!/bin/sh\\n' > data/tool; chmod 4755 data/tool
        echo shared > data/a; ln data/a data/b; ln -s ../etc/motd data/link; ln -s /nowhere data/dangling
        mkfifo -m 600 data/fifo; mknod -m 620 data/null c 1 3; mknod data/disk b 7 9
        chmod 1777 etc/empty; echo x > 'dir with spaces/été.txt'
        printf head > data/sparse; truncate -s 3M data/sparse; printf tail >> data/sparse
        name=$(printf 'n%.0s' $(seq 200)); echo long > data/$name; ln -s "$name$name" data/longlink
        mknod etc/gone c 0 0; mkdir etc/replaced; echo new > etc/replaced/new
        find . -exec touch -h -d @1234567890 {} +
        """

    static func make(_ scratch: Scratch, _ name: String) throws {
        try scratch.shell(tree, scratch.directory(name))
        let root = try Descriptor(opening: "\(scratch.path)/\(name)", O_RDONLY | O_DIRECTORY)
        try ExtendedAttributes.set("user.note", [0, 1, 255, 10], in: root.number, "etc/motd")
        try ExtendedAttributes.set("trusted.note", Array("t".utf8), in: root.number, "etc/empty")
        try ExtendedAttributes.set(ExtendedAttributes.opaque, Array("y".utf8), in: root.number, "etc/replaced")
        try ExtendedAttributes.set("trusted.overlay.origin", [1, 2], in: root.number, "etc/motd")
    }

    @Test(
        "Kinds, modes, owners, times, links, devices, attributes and overlay's marks come back",
        arguments: [Compression.none, .gzip(level: 6)])
    func roundTrip(compression: Compression) throws {
        let scratch = try Scratch()
        try Self.make(scratch, "from")
        let written = try scratch.write("from", as: "layer", LayerWriter(compression: compression))
        _ = try scratch.directory("to")
        let applied = try scratch.apply("layer", to: "to")
        #expect(applied.diffID == written.diffID)
        #expect(applied.digest == written.digest)
        #expect(applied.blobSize == written.size)

        // What overlayfs noted for its own use stays behind; everything else is equal.
        let root = try Descriptor(opening: scratch.path, O_RDONLY | O_DIRECTORY)
        #expect(try ExtendedAttributes.all(in: root.number, "to/etc/motd").map(\.name) == ["user.note"])
        try scratch.shell("setfattr -x trusted.overlay.origin $1/etc/motd", scratch.path + "/from")
        // A deletion is made when it is unpacked; its time means nothing.
        let before = try scratch.listing("from").filter { !$0.hasPrefix("etc/gone|") }
        #expect(before.count > 25)
        let after = try scratch.listing("to").filter { !$0.hasPrefix("etc/gone|") }
        #expect(after.filter { !before.contains($0) } == before.filter { !after.contains($0) })
        try scratch.shell("diff -r --no-dereference $1/from/data/sparse $1/to/data/sparse", scratch.path)

        let whiteout = try #require(try scratch.status("to/etc/gone"))
        #expect(Files.isWhiteout(whiteout))
        #expect(try scratch.attributes("to/etc/replaced")[ExtendedAttributes.opaque] == Array("y".utf8))
        #expect(try scratch.status("to/data/a")?.st_ino == scratch.status("to/data/b")?.st_ino)
        let sparse = try #require(try scratch.status("to/data/sparse"))
        #expect(sparse.st_size == 3 << 20 + 4)
        #expect(sparse.st_blocks * 512 < 1 << 20, "the hole became data")
    }

    @Test("The tar is one that other tools read, with the names that the specification gives to deletions")
    func readableElsewhere() throws {
        let scratch = try Scratch()
        try Self.make(scratch, "from")
        _ = try scratch.write("from", as: "layer.tar.gz")
        let names = try scratch.shell("tar -tzf $1/layer.tar.gz", scratch.path).split(separator: "\n")
        #expect(names.contains("etc/.wh.gone"))
        #expect(!names.contains("etc/gone"))
        #expect(names.contains("etc/replaced/.wh..wh..opq"))
        let attributes = try scratch.shell(
            "mkdir $1/tar && tar -xzf $1/layer.tar.gz --xattrs --xattrs-include='*' -C $1/tar etc/motd && "
                + "cd $1 && getfattr -n user.note --only-values tar/etc/motd | od -An -tx1", scratch.path)
        #expect(attributes.split(whereSeparator: { $0 == " " || $0 == "\n" }).joined() == "0001ff0a")
    }

    @Test("Equal trees give equal digests, whatever the order of creation and whenever it was")
    func reproducible() throws {
        let scratch = try Scratch()
        try Self.make(scratch, "one")
        let first = try scratch.write("one", as: "1")
        #expect(try scratch.write("one", as: "2") == first)
        try scratch.shell("cp -a $1/one $1/two && rm $1/two/etc/motd && cp -a $1/one/etc/motd $1/two/etc", scratch.path)
        try scratch.shell("touch $1/two/etc/motd $1/two/etc", scratch.path)
        #expect(try scratch.write("two", as: "3").diffID != first.diffID)
        let fixed = LayerWriter(times: .fixed(TarItem.epoch))
        #expect(try scratch.write("two", as: "4", fixed) == scratch.write("one", as: "5", fixed))
    }

    @Test("A name that the format takes for a deletion, and marks that it cannot express, are refused")
    func inexpressible() throws {
        let scratch = try Scratch()
        _ = try scratch.directory("a/.wh.name")
        #expect(throws: StoreError.self) { try scratch.write("a", as: "1") }
        try scratch.shell("mkdir -p $1/b/moved && setfattr -n trusted.overlay.redirect -v /x $1/b/moved", scratch.path)
        let error = #expect(throws: StoreError.self) { try scratch.write("b", as: "2") }
        #expect(error?.description.contains("redirect_dir") == true)
    }
}
