import LayerModel
import StorageDrivers
import Testing

/// The drivers that keep layers apart by blocks or by copies, through calls.
struct BlockDriverTests {
    static let root = Credentials.containerRoot
    static let blockDrivers: [StorageDriverKind] = [.devicemapper, .btrfs, .zfs]
    static let treeDrivers = blockDrivers + [.vfs]
    static let gibibyte: Int64 = 1 << 30

    static func mount(
        _ driver: StorageDriverKind, backing: BackingFilesystem = .ext4, _ layers: (inout LayerStack) throws -> Void
    ) throws -> SimulatedMount {
        var stack = LayerStack()
        try layers(&stack)
        return try SimulatedMount(driver: driver, layers: stack, host: HostSettings(backing: backing))
    }

    static func open(_ mount: inout SimulatedMount, _ path: Path, _ flags: OpenFlags) throws -> FileDescriptor {
        let answer = mount.answer(to: .open(path, flags, mode: 0o644), by: root)
        guard case .descriptor(let descriptor) = answer.value, answer.errno == nil else {
            throw answer.errno ?? .EINVAL
        }
        return descriptor
    }

    /// A file of data in a layer, into which 4 KiB are written.
    private func firstWrite(_ driver: StorageDriverKind) throws -> (mount: SimulatedMount, cost: Cost) {
        var mount = try Self.mount(driver) { stack in
            stack.addLayer()
            try stack.makeFile("/big", mode: 0o644, zeros: Self.gibibyte, isSparse: false)
        }
        let descriptor = try Self.open(&mount, "/big", .readWrite)
        let bytes = [UInt8](repeating: 1, count: 4096)
        let cost = mount.answer(to: .pwrite(descriptor, bytes, offset: 512 << 20), by: Self.root).cost
        return (mount, cost)
    }

    /// A layer takes two of a file's three names away: what it stores stays until the last one goes.
    @Test(arguments: treeDrivers)
    func whatHasAnotherNameIsStored(_ driver: StorageDriverKind) throws {
        func stored(_ whiteouts: [Path]) throws -> Int64 {
            let mount = try Self.mount(driver) { stack in
                stack.addLayer()
                try stack.makeFile("/a", mode: 0o644, zeros: 1 << 20, isSparse: false)
                for name in ["/b", "/c"] as [Path] { try stack.makeHardLink(name, to: "/a") }
                stack.addLayer()
                for name in whiteouts { try stack.makeWhiteout(name) }
            }
            let usage = try #require(mount.storage).usage
            if let file = mount.objectNumber(of: "/c") {
                #expect(mount.storage?.extents(of: file).isEmpty == false)
            }
            return usage.exclusive + usage.shared
        }
        let (all, one) = (try stored([]), try stored(["/a", "/b"]))
        #expect(abs(all - one) < 1 << 18)
        #expect(try stored(["/a", "/b", "/c"]) < one - (1 << 19))
    }

    @Test func aWriteIntoALargeFileCostsAChunkOfThinPool() throws {
        let (mount, cost) = try firstWrite(.devicemapper)
        let file = try #require(mount.objectNumber(of: "/big"))
        let storage = try #require(mount.storage)
        let own = storage.extents(of: file).filter { $0.birth == storage.layer }
        #expect(own.map(\.count) == [1])
        // The chunk of the data, and those of the inode; the journal's were the mount's or the open's.
        #expect(cost.allocated % ThinPool.chunkSize == 0)
        #expect((ThinPool.chunkSize...3 * ThinPool.chunkSize).contains(cost.allocated))
        #expect(cost.copied >= ThinPool.chunkSize - 4096)
    }

    @Test func aWriteIntoALargeFileCostsABlockOfBtrfs() throws {
        let (mount, cost) = try firstWrite(.btrfs)
        #expect(cost.copied == 0)
        #expect(cost.allocated - 4096 <= 3 * 16384)
        #expect(mount.storage?.usage.shared ?? 0 >= Self.gibibyte - 4096)
    }

    @Test func aWriteIntoALargeFileCostsARecordOfZFS() throws {
        let (_, cost) = try firstWrite(.zfs)
        #expect(cost.copied == 131072 - 4096)
        #expect(cost.allocated == 131072)
    }

    @Test func vfsCopiesEverythingWhenTheContainerIsMade() throws {
        let (mount, cost) = try firstWrite(.vfs)
        #expect(mount.creation.copied == Self.gibibyte)
        #expect((cost.copied, cost.allocated) == (0, 0))
        let cloning = try Self.mount(.vfs, backing: .xfs) { stack in
            stack.addLayer()
            try stack.makeFile("/big", mode: 0o644, zeros: Self.gibibyte, isSparse: false)
        }
        #expect((cloning.creation.copied, cloning.creation.shared) == (0, Self.gibibyte))
    }

    @Test(arguments: blockDrivers) func aSnapshotCopiesNothing(driver: StorageDriverKind) throws {
        let mount = try Self.mount(driver) { stack in
            stack.addLayer()
            try stack.makeFile("/big", mode: 0o644, zeros: Self.gibibyte, isSparse: false)
        }
        #expect(mount.creation.allocated <= 65536)
        #expect(mount.creation.copied < 65536)
    }

    @Test(arguments: treeDrivers) func aDirectoryOfALayerIsRenamed(driver: StorageDriverKind) throws {
        var mount = try Self.mount(driver) { stack in
            stack.addLayer()
            try stack.makeDirectory("/a", mode: 0o755)
            try stack.makeFile("/a/f", mode: 0o644, bytes: [1])
        }
        let answer = mount.answer(to: .rename("/a", "/b", []), by: Self.root)
        #expect(answer.errno == nil)
        #expect(answer.effects == [LayerEffect(.remove, "/a"), LayerEffect(.create, "/b")])
        #expect(mount.merged().map(\.path) == ["/b", "/b/f"])
    }

    @Test(arguments: treeDrivers) func hardLinksOfALayerStayJoined(driver: StorageDriverKind) throws {
        var mount = try Self.mount(driver) { stack in
            stack.addLayer()
            try stack.makeFile("/f", mode: 0o644, bytes: [1])
            try stack.makeHardLink("/h", to: "/f")
        }
        let descriptor = try Self.open(&mount, "/f", .writeOnly)
        _ = mount.answer(to: .write(descriptor, [2, 2]), by: Self.root)
        #expect(mount.merged().map(\.size) == [2, 2])
    }

    @Test(arguments: treeDrivers) func aWhiteoutOfALayerIsADelete(driver: StorageDriverKind) throws {
        var mount = try Self.mount(driver) { stack in
            stack.addLayer()
            try stack.makeDirectory("/d", mode: 0o755)
            try stack.makeFile("/d/old", mode: 0o644, bytes: [1])
            try stack.makeFile("/gone", mode: 0o644, bytes: [1])
            stack.addLayer()
            try stack.makeDirectory("/d", mode: 0o700)
            try stack.makeOpaque("/d")
            try stack.makeFile("/d/new", mode: 0o644, bytes: [1])
            try stack.makeWhiteout("/gone")
        }
        #expect(mount.merged().map(\.path) == ["/d", "/d/new"])
        let answer = mount.answer(to: .unlink("/d/new"), by: Self.root)
        #expect(answer.effects == [LayerEffect(.remove, "/d/new")])
    }

    @Test(arguments: treeDrivers) func whatIsDeletedIsGivenBack(driver: StorageDriverKind) throws {
        var mount = try Self.mount(driver) { $0.addLayer() }
        let descriptor = try Self.open(&mount, "/f", [.writeOnly, .create])
        let empty = try #require(mount.storage).usage.exclusive
        _ = mount.answer(to: .write(descriptor, [UInt8](repeating: 7, count: 1 << 20)), by: Self.root)
        let full = try #require(mount.storage).usage.exclusive
        #expect(full - empty >= 1 << 20)
        _ = mount.answer(to: .unlink("/f"), by: Self.root)
        #expect(try #require(mount.storage).usage.exclusive >= full)
        // The open descriptor kept it.
        let cost = mount.answer(to: .close(descriptor), by: Self.root).cost
        #expect(cost.allocated < 0)
        #expect(full - (try #require(mount.storage).usage.exclusive) >= (1 << 20) - 65536)
    }

    @Test func aCloneOfZFSIsReadThroughTheCacheOfItsOrigin() throws {
        let (mount, _) = try firstWrite(.zfs)
        let other = try Self.mount(.zfs) { stack in
            stack.addLayer()
            try stack.makeFile("/f", mode: 0o644, bytes: [UInt8](repeating: 1, count: 5000))
        }
        var (written, fresh) = (mount, other)
        #expect(written.answer(to: .open("/big", [], mode: 0), by: Self.root).cost.sharesPageCache == false)
        #expect(fresh.answer(to: .open("/f", [], mode: 0), by: Self.root).cost.sharesPageCache == true)
    }
}
