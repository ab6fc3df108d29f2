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

    @Test func everyDriverKeepsItsLayersUnderDockersRoot() {
        for driver in StorageDriverKind.allCases {
            let places = DockerRoot(driver, layers: ["base", "app"], container: "box").places
            #expect(places.allSatisfy { $0.path.hasPrefix(driver.rawValue) })
            #expect(places.contains { $0.path.hasSuffix("/box") || $0.path.contains("/box/") })
        }
        let aufs = DockerRoot(.aufs, layers: ["base", "app"], container: "box").places
        #expect(aufs.contains(DockerRoot.Place("aufs/layers/box", "app base")))
        #expect(aufs.contains(DockerRoot.Place("aufs/layers/base", "empty: a base")))
    }
}
