import LayerModel
import StorageDrivers
import Testing

/// `/data` in two layers, a hard link, a FIFO; the upper layer has a file of its own and a whiteout.
private let layers = MemoryLayers(
    lowers: [
        [
            "/data": directory, "/data/big": file(1_000_000), "/data/one": file(5, links: 2),
            "/data/two": file(5, links: 2), "/data/pipe": LayerEntry(kind: .fifo, permissions: 0o644),
            "/gone": directory, "/gone/in": file(1), "/empty": directory,
        ],
        ["/data": directory, "/data/big": file(7), "/etc": directory, "/etc/conf": file(3)],
    ],
    upper: [
        "/gone": LayerEntry(kind: .whiteout, permissions: 0), "/own": file(9), "/made": directory, "/made/in": file(1),
        "/full": directory,
    ])

private let directory = LayerEntry(kind: .directory, permissions: 0o755)
private func file(_ size: Int64, links: UInt32 = 1) -> LayerEntry {
    LayerEntry(kind: .file, permissions: 0o644, size: size, links: links)
}

private func predict(_ operation: FileOperation, by who: Credentials = .containerRoot) -> Prediction {
    var reader = layers
    return Overlay2().prediction(of: operation, by: who, over: &reader)
}

private func outcome(_ errno: Errno? = nil, _ effects: LayerEffect...) -> Prediction {
    .outcome(Outcome(errno: errno, effects: effects))
}

@Suite("overlay2's rules")
struct Overlay2Tests {
    private let parent = LayerEffect(.parentCopyUp, "/data", layer: .lower(2))

    @Test("opening for writing copies up from the layer that answers, before anything is written")
    func openForWriting() {
        let copy = LayerEffect(.copyUp, "/data/big", layer: .lower(2), size: 7)
        #expect(predict(.open("/data/big", .writeOnly, mode: 0)) == outcome(nil, parent, copy))
        #expect(predict(.open("/data/big", [], mode: 0)) == outcome())
        #expect(predict(.open("/own", .readWrite, mode: 0)) == outcome())
    }

    @Test("a truncating open copies no data, truncate(2) as much as stays")
    func truncation() {
        let empty = LayerEffect(.copyUp, "/data/big", layer: .lower(2), size: 0)
        #expect(predict(.open("/data/big", .truncate, mode: 0)) == outcome(nil, parent, empty))
        let cut = LayerEffect(.copyUp, "/data/big", layer: .lower(2), size: 3)
        #expect(predict(.truncate("/data/big", size: 3)) == outcome(nil, parent, cut))
    }

    @Test("a copy-up breaks the hard links of the lower layer")
    func hardLinks() {
        let copy = LayerEffect(.copyUp, "/data/one", layer: .lower(1), size: 5)
        let broken = LayerEffect(.linkBroken, "/data/one", layer: .lower(1))
        #expect(predict(.chmod(Operand("/data/one"), mode: 0o600)) == outcome(nil, parent, copy, broken))
    }

    @Test("deleting leaves a whiteout where a lower layer holds the name, and nothing of one's own file")
    func deletion() {
        let whiteout = LayerEffect(.whiteout, "/etc/conf", layer: .lower(2))
        let etc = LayerEffect(.parentCopyUp, "/etc", layer: .lower(2))
        #expect(predict(.unlink("/etc/conf")) == outcome(nil, etc, whiteout))
        #expect(predict(.unlink("/own")) == outcome(nil, LayerEffect(.remove, "/own")))
        #expect(predict(.rmdir("/empty")) == outcome(nil, LayerEffect(.whiteout, "/empty", layer: .lower(1))))
        #expect(predict(.rmdir("/data")) == outcome(.ENOTEMPTY))
    }

    @Test("a directory made where one was deleted is opaque")
    func opaque() {
        let create = LayerEffect(.create, "/gone")
        #expect(predict(.mkdir("/gone", mode: 0o755)) == outcome(nil, create, LayerEffect(.opaque, "/gone")))
        #expect(predict(.mkdir("/new", mode: 0o755)) == outcome(nil, LayerEffect(.create, "/new")))
    }

    @Test("renaming a file of a lower layer copies it up and hides the old name")
    func renameFile() {
        let copy = LayerEffect(.copyUp, "/data/big", layer: .lower(2), size: 7)
        let whiteout = LayerEffect(.whiteout, "/data/big", layer: .lower(2))
        let create = LayerEffect(.create, "/moved", size: 7)
        #expect(predict(.rename("/data/big", "/moved", [])) == outcome(nil, parent, copy, whiteout, create))
    }

    @Test("a directory that a lower layer has a part in cannot be renamed; one of the upper layer alone can")
    func renameDirectory() {
        #expect(predict(.rename("/data", "/moved", [])) == outcome(.EXDEV))
        let moved = outcome(
            nil, LayerEffect(.remove, "/made"), LayerEffect(.create, "/moved"), LayerEffect(.opaque, "/moved"))
        #expect(predict(.rename("/made", "/moved", [])) == moved)
    }

    @Test("a refused attribute has copied the file up all the same")
    func refusedAttribute() {
        var reader = layers
        reader.lowers[1]["/etc/conf"]?.attributes = []
        let set = FileOperation.setxattr(Operand("/etc/conf"), name: "user.k", .replace)
        let copies = outcome(
            .ENODATA, LayerEffect(.parentCopyUp, "/etc", layer: .lower(2)),
            LayerEffect(.copyUp, "/etc/conf", layer: .lower(2), size: 3))
        #expect(Overlay2().prediction(of: set, by: .containerRoot, over: &reader) == copies)
    }

    @Test("a file without a name needs its directory in the upper layer")
    func temporary() {
        #expect(predict(.open("/data", [.temporary, .writeOnly], mode: 0o600)) == outcome(nil, parent))
    }

    @Test("writing into a FIFO copies nothing")
    func fifo() {
        #expect(predict(.open("/data/pipe", .readWrite, mode: 0)) == outcome())
    }

    @Test("a whiteout cannot be forged")
    func forgery() {
        let zero = DeviceNumber(major: 0, minor: 0)
        #expect(predict(.mknod("/new", .characterDevice, mode: 0, device: zero)) == outcome(.EPERM))
    }

    @Test("an ordinary user may not change what is root's")
    func permissions() {
        let user = Credentials(uid: 1000, gid: 1000, capabilities: 0)
        #expect(predict(.open("/data/big", .writeOnly, mode: 0), by: user) == outcome(.EACCES))
        #expect(predict(.chmod(Operand("/data/big"), mode: 0), by: user) == outcome(.EPERM))
        #expect(predict(.unlink("/data/big"), by: user) == outcome(.EACCES))
        #expect(predict(.chown(Operand("/data/big"), uid: 1000, gid: nil), by: user) == outcome(.EPERM))
    }

    @Test("in a sticky directory one removes one's own files only, and opens nobody else's with O_CREAT")
    func sticky() {
        var reader = layers
        reader.upper["/made"]?.permissions = 0o1777
        reader.upper["/made/in"]?.permissions = 0o666
        reader.upper["/made/in"]?.uid = 1001
        let user = Credentials(uid: 1000, gid: 1000, capabilities: 0)
        func predict(_ operation: FileOperation) -> Prediction {
            Overlay2().prediction(of: operation, by: user, over: &reader)
        }
        #expect(predict(.unlink("/made/in")) == outcome(.EPERM))
        #expect(predict(.open("/made/in", [.create, .writeOnly], mode: 0)) == outcome(.EACCES))
        #expect(predict(.open("/made/in", .writeOnly, mode: 0)) == outcome())
    }

    @Test("what the evidence does not tell is not predicted")
    func missingEvidence() {
        var nothing = EvidenceReader(Evidence(), lowerCount: 1)
        let prediction = Overlay2().prediction(of: .unlink("/a"), by: .containerRoot, over: &nothing)
        #expect(prediction == .unmodelled("nobody looked at / in layer upper before the call"))
    }
}
