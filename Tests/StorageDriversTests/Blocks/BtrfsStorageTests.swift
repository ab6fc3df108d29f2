import Foundation
import StorageDrivers
import Testing

/// The model's bytes of each file against `btrfs filesystem du` on a real Btrfs, which asks the kernel by FIEMAP.
struct BtrfsStorageTests {
    @Test(arguments: 1...16) func storesWhatBtrfsStores(seed: UInt64) throws {
        var generator = SplitMix(state: seed)
        var (live, next): ([ObjectNumber], ObjectNumber) = ([], 1)
        let below = FileChange.random(40, live: &live, next: &next, allocates: true, using: &generator)
        let above = FileChange.random(60, live: &live, next: &next, allocates: true, using: &generator)

        var storage = BtrfsStorage()
        for change in below { _ = storage.apply(change.changes) }
        _ = storage.beginLayer()
        for change in above { _ = storage.apply(change.changes) }

        let real = try Self.run(below, above, files: live)
        for file in live {
            let extents = storage.extents(of: file)
            let all = extents.reduce(0) { $0 + $1.count * 4096 }
            let own = extents.reduce(0) { $1.birth == storage.layer ? $0 + $1.count * 4096 : $0 }
            let lines = (below.map(\.description) + ["snapshot"] + above.map(\.description)).filter { $0.hasSuffix(" f\(file)") || $0.contains("f\(file) ") || $0 == "snapshot" }.map { $0.replacing("bs=4M iflag=fullblock oflag=seek_bytes ", with: "") }
            #expect(real[file]?.total == all, "f\(file) of seed \(seed): \(lines.joined(separator: "; "))")
            #expect(real[file]?.exclusive == own, "f\(file) of seed \(seed): \(lines.joined(separator: "; "))")
        }
    }

    /// - Returns: For each file of the snapshot what `btrfs filesystem du` tells, in bytes.
    private static func run(
        _ below: [FileChange], _ above: [FileChange], files: [ObjectNumber]
    ) throws -> [ObjectNumber: (total: Int64, exclusive: Int64)] {
        var found: [ObjectNumber: (total: Int64, exclusive: Int64)] = [:]
        try PrivateShell.withFolder { folder in
            let lines = { (changes: [FileChange]) in changes.map { "\($0); sync -f ." }.joined(separator: "\n") }
            let output = try PrivateShell.run(
                """
                truncate -s 512M image; mkfs.btrfs -q -f image; mkdir top; mount -o loop,compress=no image top
                btrfs subvolume create top/base >/dev/null; cd top/base
                \(lines(below))
                cd ../..; btrfs subvolume snapshot top/base top/snapshot >/dev/null; cd top/snapshot
                \(lines(above))
                for file in \(files.map { "f\($0)" }.joined(separator: " ")); do btrfs filesystem du --raw $file; done
                """, in: folder)
            for line in output.split(separator: "\n") {
                let words = line.split(separator: " ")
                guard words.count == 4, words[3].hasPrefix("f"), let total = Int64(words[0]),
                    let exclusive = Int64(words[1]), let file = ObjectNumber(words[3].dropFirst())
                else { continue }
                found[file] = (total, exclusive)
            }
        }
        return found
    }
}
