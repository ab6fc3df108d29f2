import Foundation
import LayerModel
import StorageDrivers
import Testing

/// The model's records against zfs-fuse: real clones on a pool in a file, told by zdb(8), which names each record's
/// length and the transaction group in which it was born.
@Suite(.enabled(if: comparesWithPeers, "runs in `make parity`"), .serialized)
struct ZFSPeerTests {
    @Test(arguments: 1...2) func storesTheRecordsThatZFSStores(seed: UInt64) throws {
        var generator = SplitMix(state: seed)
        var (live, next): ([ObjectNumber], ObjectNumber) = ([], 1)
        let below = FileChange.random(30, live: &live, next: &next, allocates: false, using: &generator)
        let above = FileChange.random(40, live: &live, next: &next, allocates: false, using: &generator)
        var storage = ZFSStorage()
        for change in below { _ = storage.apply(change.changes) }
        _ = storage.beginLayer()
        for change in above { _ = storage.apply(change.changes) }
        let real = try Self.run(below, above, files: live, seed: seed)
        for file in live {
            let length = storage.recordSize(of: file)
            let extents = storage.extents(of: file)
            let lines = (below + above).map(\.description).filter { $0.hasSuffix(" f\(file)") || $0.contains("f\(file) ") }
            let all = extents.reduce(0) { $0 + $1.count * length }
            let own = extents.reduce(0) { $1.birth == storage.layer ? $0 + $1.count * length : $0 }
            #expect(real[file]?.total == all, "f\(file) of seed \(seed): \(lines.joined(separator: "; "))")
            #expect(real[file]?.own == own, "f\(file) of seed \(seed): \(lines.joined(separator: "; "))")
        }
    }

    private static func run(
        _ below: [FileChange], _ above: [FileChange], files: [ObjectNumber], seed: UInt64
    ) throws -> [ObjectNumber: (total: Int64, own: Int64)] {
        var found: [ObjectNumber: (total: Int64, own: Int64)] = [:]
        try PrivateShell.withFolder { folder in
            // A snapshot of the pool's own file system waits until everything before it is on the disk.
            let flush = "zfs snapshot $pool@s$RANDOM$RANDOM"
            let lines = { (changes: [FileChange]) in
                changes.map { "\($0); sync -f ." }.joined(separator: "\n")
            }
            let output = try PrivateShell.run(
                """
                exec 3>&1 >&2
                pool=teach\(seed)x$$
                truncate -s 256M image; mkdir -p /run/zfs /etc/zfs base clone
                mount -t tmpfs none /run/zfs; mount -t tmpfs none /etc/zfs
                zfs-fuse --no-daemon & daemon=$!
                trap 'cd /; zpool destroy -f $pool || true; kill -9 $daemon; wait $daemon || true' EXIT
                for try in $(seq 50); do zpool list && break; sleep 0.2; done
                zpool create -f -o ashift=9 -m none $pool "$PWD/image"
                zfs create -o mountpoint="$PWD/base" $pool/base
                mountpoint base
                cd base; \(lines(below)); cd ..
                zfs snapshot $pool/base@layer
                zfs clone -o mountpoint="$PWD/clone" $pool/base@layer $pool/clone
                mountpoint clone
                echo clone $(zdb -d $pool/clone | sed -n 's/.*cr_txg \\([0-9]*\\).*/\\1/p') >&3
                cd clone; \(lines(above)); cd ..
                \(flush); \(flush)
                for file in \(files.map { "f\($0)" }.joined(separator: " ")); do
                    echo file $file >&3
                    zdb -ddddd $pool/clone $(stat -c %i clone/$file) | grep ' L0 ' >&3 || true
                done
                """, in: folder)
            var (clone, file): (Int64, ObjectNumber) = (0, 0)
            for line in output.split(separator: "\n") {
                let words = line.split(separator: " ")
                if words.first == "clone", words.count == 2 {
                    clone = Int64(words[1]) ?? 0
                } else if words.first == "file", words.count == 2 {
                    file = ObjectNumber(words[1].dropFirst()) ?? 0
                    found[file] = (0, 0)
                } else if words.count > 3, let size = words.first(where: { $0.hasSuffix("P") && $0.contains("L/") }),
                    let length = Int64(size.dropLast().split(separator: "/")[1], radix: 16),
                    let birth = words.first(where: { $0.hasPrefix("B=") }),
                    let group = Int64(birth.dropFirst(2).split(separator: "/")[0])
                {
                    found[file]?.total += length
                    if group > clone { found[file]?.own += length }
                }
            }
        }
        return found
    }
}
