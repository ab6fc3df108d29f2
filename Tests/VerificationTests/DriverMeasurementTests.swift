import LayerModel
import StorageDrivers
import Testing

@testable import Verification

/// Slide 55's matrix: what the model says of a use against what the kernel does.
@Suite(.serialized, .enabled(if: isRoot, "loop devices take root"))
struct DriverMeasurementTests {
    private static let image = DriverUse.Image(dataSize: 16 << 20)

    @Test(arguments: DriverMeasurement.drivers)
    func theKernelRatesEachUseAsTheModelDoes(driver: StorageDriverKind) throws {
        let uses = try DriverMeasurement.uses(of: driver, over: Self.image)
        #expect(uses.map(\.kind) == DriverUse.Kind.allCases)
        for use in uses {
            let model = try DriverUse(use.kind, under: driver, over: Self.image)
            #expect(use.rating == model.rating, "\(use.kind): \(use.cost), the model: \(model.cost)")
            #expect(use.errno == model.errno, "\(use.kind)")
            if use.kind == .sharedReading { #expect(use.cost.sharesPageCache == model.cost.sharesPageCache) }
            #expect(use.nanoseconds ?? 0 > 0)
        }
    }

    @Test func overlayfsCopiesTheWholeFileAndVFSTheWholeImage() throws {
        let overlay = try DriverMeasurement.uses(of: .overlay2, over: Self.image)
        #expect(overlay.first { $0.kind == .smallWritesIntoBigFiles }?.cost.copied == Self.image.dataSize - 4096)
        #expect(overlay.first { $0.kind == .startContainers }?.cost.copied == 0)
        let vfs = try DriverMeasurement.uses(of: .vfs, over: Self.image)
        // A file of 1 KiB takes a block.
        let all = Self.image.dataSize + Int64(Self.image.fileCount) * 4096
        #expect(vfs.first { $0.kind == .startContainers }?.cost.copied == all)
        #expect(vfs.first { $0.kind == .smallWritesIntoBigFiles }?.cost.copied == 0)
    }
}
