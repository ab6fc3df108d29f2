import LayerModel
import StorageDrivers
import Testing

struct DriverUseTests {
    private func rating(_ kind: DriverUse.Kind, _ driver: StorageDriverKind) throws -> DriverUse.Rating {
        try DriverUse(kind, under: driver).rating
    }

    @Test func unionsCopyWholeFilesAndTheOthersBlocks() throws {
        for driver in [StorageDriverKind.overlay2, .aufs] {
            #expect(try DriverUse(.smallWritesIntoBigFiles, under: driver).cost.copied == 1 << 30)
            #expect(try rating(.smallWritesIntoBigFiles, driver) == .bad)
            #expect(try rating(.renamedDirectories, driver) == .bad)
            #expect(try rating(.sharedReading, driver) == .good)
        }
        #expect(try rating(.smallWritesIntoBigFiles, .btrfs) == .good)
        #expect(try rating(.smallWritesIntoBigFiles, .zfs) == .fair)
        #expect(try rating(.smallWritesIntoBigFiles, .devicemapper) == .fair)
    }

    @Test func vfsPaysWhenTheContainerIsMade() throws {
        #expect(try rating(.startContainers, .vfs) == .bad)
        for driver in StorageDriverKind.allCases where driver != .vfs {
            #expect(try rating(.startContainers, driver) != .bad)
        }
    }

    private static func root(_ driver: StorageDriverKind) throws -> DockerRoot {
        var stack = LayerStack()
        stack.addLayer()
        try stack.makeFile("/gone", mode: 0o644, bytes: [1])
        try stack.makeDirectory("/old", mode: 0o755)
        try stack.makeFile("/old/f", mode: 0o644, bytes: [1])
        stack.addLayer()
        try stack.makeFile("/kept", mode: 0o644, bytes: [1, 2])
        try stack.makeWhiteout("/old")
        var mount = try SimulatedMount(driver: driver, layers: stack)
        _ = mount.answer(to: .unlink("/gone"), by: .containerRoot)
        return try DockerRoot(of: mount)
    }

    private func paths(_ contents: DockerRoot.Contents) -> [Path]? {
        if case .tree(let files) = contents { files.map(\.path) } else { nil }
    }

    @Test(arguments: StorageDriverKind.allCases) func everyDriverKeepsItsLayersUnderDockersRoot(
        driver: StorageDriverKind
    ) throws {
        let root = try Self.root(driver)
        #expect(root.layers.map(\.name) == ["<layer 1>", "<layer 2>", "<container>"])
        #expect(root.layers.allSatisfy { $0.contents.count == root.directories.count })
        #expect(root.directories.allSatisfy { $0.path.hasPrefix(driver.rawValue + "/") && $0.path.contains("<layer>") })
        // Somewhere the container sees what is left.
        #expect(root.layers[2].contents.contains { paths($0) == ["/kept"] })
    }

    @Test func aufsHasDiffLayersAndMnt() throws {
        let root = try Self.root(.aufs)
        #expect(root.directories.map(\.path) == ["aufs/diff/<layer>", "aufs/layers/<layer>", "aufs/mnt/<layer>"])
        #expect(paths(root.layers[0].contents[0]) == ["/gone", "/old", "/old/f"])
        #expect(root.layers[0].contents[1] == .nothing("empty: a base"))
        #expect(paths(root.layers[1].contents[0]) == ["/.wh.old", "/kept"])
        #expect(root.layers[1].contents[1] == .lines(["<layer 1>"]))
        #expect(
            paths(root.layers[2].contents[0]) == ["/.wh..wh.aufs", "/.wh..wh.orph", "/.wh..wh.plnk", "/.wh.gone"])
        #expect(root.layers[2].contents[1] == .lines(["<layer 2>", "<layer 1>"]))
    }

    @Test func aDriverThatIsNoUnionShowsEverythingInEachLayer() throws {
        for driver in [StorageDriverKind.btrfs, .zfs, .vfs] {
            let root = try Self.root(driver)
            #expect(paths(root.layers[0].contents[0]) == ["/gone", "/old", "/old/f"])
            #expect(paths(root.layers[1].contents[0]) == ["/gone", "/kept"])
        }
    }
}
