import Foundation
import LayerModel
import StorageDrivers
import Testing

/// Whether `make parity` runs: it installs what these tests compare with.
let comparesWithPeers = ProcessInfo.processInfo.environment["TEACH_PEERS"] == "1"

/// The model's thin pool against thin-provisioning-tools, on plain files: the mappings are restored from their XML,
/// checked, dumped again and counted.
@Suite(.enabled(if: comparesWithPeers, "runs in `make parity`"))
struct ThinProvisioningPeerTests {
    @Test(arguments: 1...4) func thePoolIsWhatThinToolsRead(seed: UInt64) throws {
        var generator = SplitMix(state: seed)
        var storage = ThinStorage()
        var (live, next): ([ObjectNumber], ObjectNumber) = ([], 1)
        for layer in 0..<5 {
            if layer > 0 { _ = storage.beginLayer() }
            let changes = FileChange.random(60, live: &live, next: &next, allocates: true, using: &generator)
            for change in changes { _ = storage.apply(change.changes) }
        }
        try PrivateShell.withFolder { folder in
            try Data(storage.pool.xml.utf8).write(to: folder.appending(path: "pool.xml"))
            let output = try PrivateShell.run(
                """
                truncate -s 64M metadata
                thin_restore -i pool.xml -o metadata >/dev/null
                thin_check metadata >&2
                thin_dump metadata > dumped.xml
                thin_ls --no-headers -o DEV,MAPPED_BLOCKS,EXCLUSIVE_BLOCKS metadata
                """, in: folder)
            let lines = output.split(separator: "\n").map { $0.split(separator: " ").compactMap { Int64($0) } }
            let counts = storage.pool.devices.indices.map { index in
                let (mapped, exclusive) = storage.pool.counts(ofDevice: index)
                return [Int64(storage.pool.devices[index].id), mapped, exclusive]
            }
            #expect(lines == counts)
            let dumped = try String(contentsOf: folder.appending(path: "dumped.xml"), encoding: .utf8)
            func mappings(_ text: String) -> [Substring] {
                text.split(separator: "\n").filter { $0.contains("_mapping ") || $0.contains("<device ") }
            }
            #expect(mappings(dumped) == mappings(storage.pool.xml))
        }
    }
}
