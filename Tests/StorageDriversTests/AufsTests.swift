import LayerModel
import StorageDrivers
import Testing

/// AUFS's own rules, each by the facts (its sources and manual); what it shares with other unions is held against
/// fuse-overlayfs in `make parity`.
struct AufsTests {
    private let root = Credentials.containerRoot

    private func mount(_ layers: (inout LayerStack) throws -> Void) throws -> SimulatedMount {
        var stack = LayerStack()
        try layers(&stack)
        return try SimulatedMount(driver: .aufs, layers: stack)
    }

    /// A directory with a file, an empty one, a file with two names.
    private func image() throws -> SimulatedMount {
        try mount { stack in
            stack.addLayer()
            try stack.makeDirectory("/d", mode: 0o755)
            try stack.makeFile("/d/f", mode: 0o644, bytes: Array("hello".utf8))
            try stack.makeDirectory("/empty", mode: 0o700)
            try stack.makeFile("/a", mode: 0o644, bytes: [1, 2, 3])
            try stack.makeHardLink("/b", to: "/a")
        }
    }

    private func descriptor(_ answer: CallAnswer) throws -> FileDescriptor {
        guard case .descriptor(let descriptor) = answer.value, answer.errno == nil else {
            throw answer.errno ?? .EINVAL
        }
        return descriptor
    }

    @Test func aNameIsAsLongAsItsBytes() throws {
        var mount = try image()
        // No UTF-8: each is spelled with more bytes than it has.
        func path(_ count: Int) -> Path {
            Path(components: [ByteString(bytes: [UInt8](repeating: 0xFF, count: count))])
        }
        #expect(mount.answer(to: .mkdir(path(242), mode: 0o755), by: root).errno == nil)
        #expect(mount.answer(to: .mkdir(path(243), mode: 0o755), by: root).errno == .ENAMETOOLONG)
    }

    @Test func theFirstWriteCopiesUpAndNotTheOpen() throws {
        var mount = try image()
        let opened = mount.answer(to: .open("/d/f", .readWrite, mode: 0), by: root)
        #expect(opened.effects == [])
        #expect(opened.cost.sharesPageCache == true)
        let file = try descriptor(opened)
        let written = mount.answer(to: .pwrite(file, [0], offset: 4), by: root)
        #expect(written.cost.sharesPageCache == false)
        #expect(
            written.effects == [
                LayerEffect(.parentCopyUp, "/d", layer: .lower(1)),
                LayerEffect(.copyUp, "/d/f", layer: .lower(1), size: 5),
            ])
        #expect(written.cost.copied == 5)
        #expect(mount.answer(to: .pwrite(file, [0], offset: 3), by: root).effects == [])
    }

    @Test func theWholeFileIsCopiedHolesToo() throws {
        var mount = try mount { stack in
            stack.addLayer()
            try stack.makeFile("/big", mode: 0o644, zeros: 1 << 30)
        }
        let answer = mount.answer(to: .chmod(Operand("/big"), mode: 0o600), by: root)
        #expect(answer.cost.copied == 1 << 30)
        // What is zeros is not written.
        #expect(answer.cost.allocated == 0)
    }

    @Test func aTruncationCopiesWhatItLeaves() throws {
        var mount = try image()
        let answer = mount.answer(to: .truncate("/a", size: 2), by: root)
        #expect(answer.cost.copied == 2)
        #expect(answer.effects == [LayerEffect(.copyUp, "/a", layer: .lower(1), size: 2)])
    }

    @Test func namesThatBeginAsAWhiteoutAreRefused() throws {
        var mount = try image()
        #expect(mount.answer(to: .mkdir("/.wh.x", mode: 0o755), by: root).errno == .EPERM)
        #expect(mount.answer(to: .stat(Operand("/.wh.x")), by: root).errno == .EPERM)
        #expect(mount.answer(to: .rename("/a", "/.wh.a", []), by: root).errno == .EPERM)
        #expect(mount.answer(to: .mkdir("/.whx", mode: 0o755), by: root).errno == nil)
    }

    @Test func namesLeaveRoomForTheirWhiteout() throws {
        var mount = try image()
        let longest = Path(components: [ByteString(String(repeating: "n", count: 242))])
        let tooLong = Path(components: [ByteString(String(repeating: "n", count: 243))])
        #expect(mount.answer(to: .mkdir(longest, mode: 0o755), by: root).errno == nil)
        #expect(mount.answer(to: .mkdir(tooLong, mode: 0o755), by: root).errno == .ENAMETOOLONG)
    }

    @Test func aDeleteLeavesAFileThatIsCalledAfterWhatItHides() throws {
        var mount = try image()
        #expect(
            mount.answer(to: .unlink("/d/f"), by: root).effects == [
                LayerEffect(.parentCopyUp, "/d", layer: .lower(1)), LayerEffect(.whiteout, "/d/f", layer: .lower(1)),
            ])
        let upper = mount.upper()
        let mark = try #require(upper.first { $0.path == "/d/.wh.f" })
        let base = try #require(upper.first { $0.path == "/.wh..wh.aufs" })
        #expect((mark.kind, mark.permissions, mark.size, mark.links) == (.file, 0o444, 0, 2))
        #expect((base.kind, base.permissions, base.links) == (.file, 0o444, 2))
        #expect(upper.map(\.path).contains("/.wh..wh.plnk"))
        #expect(mount.answer(to: .stat(Operand("/d/f")), by: root).errno == .ENOENT)
        #expect(!mount.merged().contains { $0.path.name?.hasPrefix(".wh.") == true })
    }

    @Test func aDirectoryOverAWhiteoutIsOpaque() throws {
        var mount = try image()
        _ = mount.answer(to: .unlink("/d/f"), by: root)
        _ = mount.answer(to: .rmdir("/d"), by: root)
        #expect(
            mount.answer(to: .mkdir("/d", mode: 0o755), by: root).effects == [
                LayerEffect(.create, "/d"), LayerEffect(.opaque, "/d"),
            ])
        #expect(mount.upper().contains { $0.path == "/d/.wh..wh..opq" && $0.permissions == 0o444 })
        #expect(!mount.upper().contains { $0.path == "/.wh.d" })
        #expect(!mount.merged().contains { $0.path == "/d/f" })
    }

    @Test func aDirectoryWithChildrenBelowIsNotRenamed() throws {
        var mount = try image()
        let refused = mount.answer(to: .rename("/d", "/e", []), by: root)
        #expect((refused.errno, refused.effects) == (.EXDEV, []))
        // With its parent in the upper branch it is the same: there are children on two branches.
        _ = mount.answer(to: .mkdir("/d/new", mode: 0o755), by: root)
        #expect(mount.answer(to: .rename("/d", "/e", []), by: root).errno == .EXDEV)
        // Once nothing of the lower branch shows, it goes.
        _ = mount.answer(to: .unlink("/d/f"), by: root)
        #expect(mount.answer(to: .rename("/d", "/e", []), by: root).errno == nil)
        #expect(mount.merged().map(\.path).filter { $0.isAtOrBeneath("/e") } == ["/e", "/e/new"])
    }

    @Test func anEmptyDirectoryOfALowerBranchIsRenamed() throws {
        var mount = try image()
        let answer = mount.answer(to: .rename("/empty", "/full", []), by: root)
        #expect(answer.errno == nil)
        #expect(answer.effects.map(\.kind) == [.copyUp, .whiteout, .create])
        #expect(mount.merged().first { $0.path == "/full" }?.permissions == 0o700)
        #expect(!mount.merged().contains { $0.path == "/empty" })
    }

    @Test func aFileOfALowerBranchIsRenamedWithAWhiteout() throws {
        var mount = try image()
        let answer = mount.answer(to: .rename("/d/f", "/d/g", []), by: root)
        #expect(
            answer.effects == [
                LayerEffect(.parentCopyUp, "/d", layer: .lower(1)),
                LayerEffect(.copyUp, "/d/f", layer: .lower(1), size: 5),
                LayerEffect(.whiteout, "/d/f", layer: .lower(1)), LayerEffect(.create, "/d/g", size: 5),
            ])
        #expect(mount.merged().map(\.path).filter { $0.isAtOrBeneath("/d") } == ["/d", "/d/g"])
    }

    @Test func hardLinksOfALowerBranchStayJoined() throws {
        var mount = try image()
        let file = try descriptor(mount.answer(to: .open("/a", .writeOnly, mode: 0), by: root))
        #expect(mount.answer(to: .write(file, [9, 9, 9, 9]), by: root).effects.map(\.kind) == [.copyUp])
        let sizes = mount.merged().filter { $0.kind == .file && $0.path.components.count == 1 }.map(\.size)
        #expect(sizes == [4, 4])
        #expect(mount.merged().first { $0.path == "/b" }?.links == 2)
        #expect(!mount.upper().contains { $0.path == "/b" })
        // The other name comes into the upper branch as a hard link to the copy.
        let answer = mount.answer(to: .chmod(Operand("/b"), mode: 0o600), by: root)
        #expect(answer.effects == [LayerEffect(.create, "/b", size: 4)])
        #expect(mount.upper().first { $0.path == "/b" }?.links == 2)
        #expect(mount.merged().first { $0.path == "/a" }?.links == 2)
    }

    @Test func aLinkCopiesUnderItsNewNameAlone() throws {
        var mount = try image()
        let answer = mount.answer(to: .link("/d/f", "/l", followsSource: false), by: root)
        #expect(answer.effects == [LayerEffect(.copyUp, "/l", layer: .lower(1), size: 5)])
        #expect(mount.upper().map(\.path).filter { $0.name?.hasPrefix(".wh.") != true } == ["/l"])
        let file = try descriptor(mount.answer(to: .open("/l", .writeOnly, mode: 0), by: root))
        _ = mount.answer(to: .write(file, [7]), by: root)
        let old = try descriptor(mount.answer(to: .open("/d/f", [], mode: 0), by: root))
        #expect(mount.answer(to: .read(old, count: 10), by: root).value == .bytes([7] + Array("ello".utf8)))
    }

    @Test func anOpenFileThatLostItsNameIsStillWritten() throws {
        var mount = try image()
        let file = try descriptor(mount.answer(to: .open("/d/f", .readWrite, mode: 0), by: root))
        _ = mount.answer(to: .unlink("/d/f"), by: root)
        let written = mount.answer(to: .write(file, [7]), by: root)
        #expect((written.errno, written.effects) == (nil, []))
        #expect(
            mount.answer(to: .pread(file, count: 10, offset: 0), by: root).value == .bytes([7] + Array("ello".utf8)))
        #expect(mount.answer(to: .fchmod(file, mode: 0o600), by: root).errno == nil)
    }

    @Test func aWhiteoutDeviceIsADeviceLikeAnyOther() throws {
        var mount = try image()
        let number = DeviceNumber(major: 0, minor: 0)
        #expect(mount.answer(to: .mknod("/null", .characterDevice, mode: 0o600, number), by: root).errno == nil)
        #expect(mount.merged().contains { $0.path == "/null" && $0.kind == .characterDevice })
        #expect(mount.answer(to: .rename("/a", "/c", .whiteout), by: root).errno == .EINVAL)
    }

    @Test(arguments: [(1, nil), (126, nil), (127, Errno.ENOSPC), (0, .ENOSPC)])
    func theUnionHasAtMost127Branches(layers: Int, errno: Errno?) {
        var stack = LayerStack()
        for _ in 0..<layers { stack.addLayer() }
        do throws(MountRefusal) {
            _ = try SimulatedMount(driver: .aufs, layers: stack)
            #expect(errno == nil)
        } catch {
            #expect(error.errno == errno)
        }
    }
}
