import Glibc
import LayerModel
import Linux
import Scripts
import Testing

@testable import Verification

let isRoot = geteuid() == 0

@Suite("Scripts on the kernel alone", .enabled(if: isRoot, "mounting an overlay takes root"))
struct KernelTests {
    @Test("look")
    func look() throws {
        guard let path = getenv("TEACH_LOOK") else { return }
        let text = String(cString: path)
        let seed = UInt64(text) ?? 1
        _ = OverlayAttributes.current
        try withPrivateMounts {
            var random = SeededGenerator(seed: seed)
            let layers = RandomLayers.draw(using: &random)
            let ground = try Ground(.tmpfs)
            defer { ground.remove() }
            let overlay = try MountedOverlay(layers: layers, on: ground)
            var operations = RandomOperations(remounts: [[]])
            let script = Script(layers: layers, operations: [])
            print(script.text.characters)
            var runner = ScriptRunner(script, on: overlay)
            var ok = 0
            let start = ContinuousClock.now
            for number in 0..<200 {
                if number % 10 == 0 { operations.see(try overlay.merged()) }
                let line = OperationLine(operations.next(&random))
                let report = try runner.perform(line)
                operations.note(line.operation, succeeded: report.errno == nil)
                if report.errno == nil { ok += 1 }
                print(line.text.prefix(150), "->", report.errno?.name ?? "ok", report.data.map { $0.prefix(40).characters.debugDescription } ?? "", report.effects)
            }
            print(ok, ContinuousClock.now - start)
            for file in try overlay.upper() { print(file.words) }
            _ = try runner.next()
            overlay.remove()
        }
    }
}
