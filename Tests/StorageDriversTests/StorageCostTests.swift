import LayerModel
import StorageDrivers
import Testing

/// What a call takes and gives back, told in the same way by all drivers.
@Suite("What is stored and given back")
struct StorageCostTests {
    private let root = Credentials.containerRoot
    private static let size: Int64 = 10 << 20
    private static let unions: [StorageDriverKind] = [.overlay2, .aufs]

    /// Two files of 10 MiB, none of it zeros to AUFS.
    private func mount(
        _ driver: StorageDriverKind, _ options: [MountOption] = [], on backing: BackingFilesystem = .ext4
    ) throws -> SimulatedMount {
        var stack = LayerStack()
        stack.contentsAreKnown = false
        stack.addLayer()
        for path: Path in ["/f", "/g"] {
            try stack.makeFile(path, mode: 0o644, zeros: Self.size, isSparse: false)
        }
        return try SimulatedMount(
            driver: driver, options: options, layers: stack, host: HostSettings(backing: backing))
    }

    private func open(
        _ path: Path, _ flags: OpenFlags, on mount: inout SimulatedMount
    ) throws -> (file: FileDescriptor, cost: Cost) {
        let answer = mount.answer(to: .open(path, flags, mode: 0o644), by: root)
        guard case .descriptor(let file) = answer.value else { throw answer.errno ?? Errno.EIO }
        return (file, answer.cost)
    }

    private func make(_ call: SystemCall, on mount: inout SimulatedMount) throws -> Cost {
        let answer = mount.answer(to: call, by: root)
        if let errno = answer.errno { throw errno }
        return answer.cost
    }

    /// Opens a file, writes a byte, closes it.
    private func write(_ path: Path, _ flags: OpenFlags = [], on mount: inout SimulatedMount) throws -> Cost {
        var (file, cost) = try open(path, flags.union(.writeOnly), on: &mount)
        cost += try make(.write(file, [1]), on: &mount)
        cost += try make(.close(file), on: &mount)
        return cost
    }

    @Test(
        "an object of the upper layer gives back what it stored when its last name and descriptor go", arguments: unions
    )
    func lastName(driver: StorageDriverKind) throws {
        var mount = try mount(driver)
        #expect(try write("/f", on: &mount).allocated == Self.size)
        let removed = try make(.unlink("/f"), on: &mount)
        #expect((removed.allocated, removed.freed) == (-Self.size, Self.size))
        #expect(try write("/n", .create, on: &mount).allocated == 4096)
        _ = try make(.link("/n", "/m", followsSource: false), on: &mount)
        #expect(try make(.unlink("/n"), on: &mount).allocated == 0)
        let (held, _) = try open("/m", [], on: &mount)
        #expect(try make(.unlink("/m"), on: &mount).allocated == 0)
        #expect(try make(.close(held), on: &mount).allocated == -4096)
        // What lies beneath gives nothing back.
        #expect(try make(.unlink("/g"), on: &mount).allocated == 0)
    }

    @Test("what is cut off or replaced is given back", arguments: unions)
    func truncation(driver: StorageDriverKind) throws {
        var mount = try mount(driver)
        _ = try write("/f", on: &mount)
        #expect(try make(.truncate("/f", size: 4097), on: &mount).allocated == 8192 - Self.size)
        #expect(try write("/f", .truncate, on: &mount).allocated == -4096)
        #expect(try write("/n", .create, on: &mount).allocated == 4096)
        #expect(try make(.rename("/n", "/f", []), on: &mount).allocated == -4096)
        // The first open with O_TRUNC copies nothing, so there is nothing to give back.
        #expect(try write("/g", .truncate, on: &mount).allocated == 4096)
    }

    @Test(
        "all that a container wrote and removed is given back, whichever driver", arguments: StorageDriverKind.allCases)
    func sums(driver: StorageDriverKind) throws {
        var mount = try mount(driver)
        _ = try write("/n", .create, on: &mount)
        var sum = Cost()
        let (file, opened) = try open("/n", .writeOnly, on: &mount)
        sum += opened
        sum += try make(.pwrite(file, [UInt8](repeating: 1, count: 1 << 20), offset: 0), on: &mount)
        #expect(sum.allocated >= 1 << 19)
        sum += try make(.close(file), on: &mount)
        sum += try make(.unlink("/n"), on: &mount)
        // A few blocks or chunks of the filesystem's own may have become the container's.
        #expect(sum.allocated <= (driver == .devicemapper ? 1 << 19 : 1 << 15), "\(sum)")
        #expect(sum.freed > 0)
    }

    @Test("an unmount is no call's cost")
    func remount() throws {
        var mount = try mount(.overlay2)
        let (_, _) = try open("/f", .writeOnly, on: &mount)
        _ = try make(.unlink("/f"), on: &mount)
        #expect(try mount.remount([]) == nil)
        #expect(try make(.stat(Operand("/g")), on: &mount) == Cost())
    }

    @Test("a copy that shares its data stores what is written, and gives back no more", arguments: unions)
    func reflinks(driver: StorageDriverKind) throws {
        var mount = try mount(driver, on: .xfs)
        let (file, _) = try open("/f", .writeOnly, on: &mount)
        // AUFS copies at the first write.
        var cost = try make(.pwrite(file, [1], offset: 4096), on: &mount)
        #expect((cost.copied, cost.allocated) == (4095, 4096))
        cost = try make(.pwrite(file, [UInt8](repeating: 1, count: 4096), offset: 4096), on: &mount)
        #expect((cost.copied, cost.allocated) == (0, 0))
        cost = try make(.pwrite(file, [UInt8](repeating: 1, count: 8192), offset: 8192), on: &mount)
        #expect((cost.copied, cost.allocated) == (0, 8192))
        // Four blocks are left, of which three are its own and the last is written anew.
        cost = try make(.ftruncate(file, size: 3), on: &mount)
        #expect((cost.copied, cost.allocated, cost.freed) == (3, 4096 - 12288, 8192))
        _ = try make(.close(file), on: &mount)
        #expect(try make(.unlink("/f"), on: &mount).allocated == -4096)
    }

    @Test("zfs's cache is shared until a file is written, and never for a new one")
    func cacheOfZFS() throws {
        var mount = try mount(.zfs)
        #expect(try open("/f", [], on: &mount).cost.sharesPageCache == true)
        #expect(try open("/f", .writeOnly, on: &mount).cost.sharesPageCache == true)
        _ = try make(.chmod(Operand("/f"), mode: 0o600), on: &mount)
        #expect(try open("/f", [], on: &mount).cost.sharesPageCache == true)
        let (file, _) = try open("/f", .writeOnly, on: &mount)
        #expect(try make(.write(file, [1]), on: &mount).sharesPageCache == false)
        #expect(try open("/f", [], on: &mount).cost.sharesPageCache == false)
        #expect(try open("/g", [.writeOnly, .truncate], on: &mount).cost.sharesPageCache == false)
        #expect(try open("/g", [], on: &mount).cost.sharesPageCache == false)
        #expect(try open("/n", [.writeOnly, .create], on: &mount).cost.sharesPageCache == false)
        #expect(try open("/n", [], on: &mount).cost.sharesPageCache == false)
    }

    @Test("a file that is made has a cache of its own", arguments: StorageDriverKind.allCases)
    func cacheOfANewFile(driver: StorageDriverKind) throws {
        var mount = try mount(driver)
        #expect(try write("/n", .create, on: &mount).sharesPageCache == false)
        #expect(try open("/n", [], on: &mount).cost.sharesPageCache == false)
    }

    @Test("verity is refused as what it is")
    func verity() throws {
        for option in [MountOption("verity", "on"), MountOption("verity", "require"), MountOption("nfs_export", "on")] {
            let refusal = #expect(throws: MountRefusal.self) { try mount(.overlay2, [option]) }
            #expect(refusal?.isUnpredicted == true)
            #expect(refusal?.description == "the mount cannot be predicted: \(option) is not modelled; leave it out")
        }
        _ = try mount(.overlay2, [MountOption("verity", "off")])
    }
}
