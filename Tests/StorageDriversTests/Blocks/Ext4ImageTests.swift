import Foundation
import Glibc
import LayerModel
import Testing

@testable import StorageDrivers

/// Which blocks a call writes, against a real ext4 image before and after.
struct Ext4ImageTests {
    /// The objects of the layer beneath, by the numbers that the model knows them under.
    private enum Object {
        static let a: ObjectNumber = 1, empty: ObjectNumber = 2, d: ObjectNumber = 3
        static let f: ObjectNumber = 4, big: ObjectNumber = 5, mid: ObjectNumber = 6, new: ObjectNumber = 7
    }

    private static let layer = """
        mkdir -p a d/e empty; echo hello > a/f; ln a/f a/h; head -c 20M /dev/urandom > big
        head -c 64K /dev/urandom > mid
        """

    private static let layerChanges: [[StorageChange]] = [
        [.make(Object.a, .directory, near: 0, targetLength: 0), .name(Object.a, in: 0, length: 1)],
        [.make(Object.empty, .directory, near: 0, targetLength: 0), .name(Object.empty, in: 0, length: 5)],
        [.make(Object.d, .directory, near: 0, targetLength: 0), .name(Object.d, in: 0, length: 1)],
        [
            .make(Object.f, .file, near: Object.a, targetLength: 0), .name(Object.f, in: Object.a, length: 1),
            .write(Object.f, 0..<6), .name(Object.f, in: Object.a, length: 1),
        ],
        [
            .make(Object.big, .file, near: 0, targetLength: 0), .name(Object.big, in: 0, length: 3),
            .write(Object.big, 0..<20 << 20),
        ],
        [
            .make(Object.mid, .file, near: 0, targetLength: 0), .name(Object.mid, in: 0, length: 3),
            .write(Object.mid, 0..<65536),
        ],
    ]

    private static let made: [StorageChange] = [
        .make(Object.new, .file, near: Object.a, targetLength: 0), .name(Object.new, in: Object.a, length: 3),
        .open(Object.new),
    ]

    /// Shell commands, and the changes that they are.
    static let calls: [(command: String, changes: [StorageChange])] = [
        (
            "printf x | dd of=big bs=1 seek=9000000 conv=notrunc status=none",
            [.open(Object.big), .write(Object.big, 9_000_000..<9_000_001)]
        ),
        (
            "head -c 100000 /dev/urandom | dd of=big bs=1M iflag=fullblock oflag=seek_bytes seek=8192 conv=notrunc status=none",
            [.open(Object.big), .write(Object.big, 8192..<108192)]
        ),
        ("echo x >> a/f", [.open(Object.f), .write(Object.f, 6..<8)]),
        ("chmod 600 a/f", [.attributes(Object.f)]),
        ("chown 1:1 a", [.attributes(Object.a)]),
        (": > a/new", made),
        ("echo hi > a/new", made + [.write(Object.new, 0..<3)]),
        ("head -c 200000 /dev/urandom > a/new", made + [.write(Object.new, 0..<200_000)]),
        (
            "mkdir a/new",
            [
                .make(Object.new, .directory, near: Object.a, targetLength: 0),
                .name(Object.new, in: Object.a, length: 3),
            ]
        ),
        (
            "ln -s x a/s",
            [
                .make(Object.new, .symlink, near: Object.a, targetLength: 1),
                .name(Object.new, in: Object.a, length: 1),
            ]
        ),
        ("ln a/f a/g", [.name(Object.f, in: Object.a, length: 1)]),
        ("rm a/f", [.unname(Object.f, in: Object.a, length: 1)]),
        ("rm mid", [.unname(Object.mid, in: 0, length: 3), .free(Object.mid)]),
        ("rm big", [.unname(Object.big, in: 0, length: 3), .free(Object.big)]),
        ("rmdir empty", [.unname(Object.empty, in: 0, length: 5), .free(Object.empty)]),
        ("mv a/f a/g", [.unname(Object.f, in: Object.a, length: 1), .name(Object.f, in: Object.a, length: 1)]),
        ("mv mid mid2", [.unname(Object.mid, in: 0, length: 3), .name(Object.mid, in: 0, length: 4)]),
        ("mv d dd", [.unname(Object.d, in: 0, length: 1), .name(Object.d, in: 0, length: 2)]),
        ("truncate -s 1000 big", [.open(Object.big), .truncate(Object.big, size: 1000)]),
        ("setfattr -n user.k -v v a/f", [.xattr(Object.f, old: 0, size: 20)]),
    ]

    @Test func writesTheBlocksThatExt4Writes() throws {
        var image = Ext4Image()
        for changes in Self.layerChanges { _ = image.apply(changes, layer: 1) }
        // A sync(2) of anybody commits a part of what was done, here or while the layer was made: of some times one is alone.
        let faults = try Self.firstWithout(3) { try differences(from: image) }
        #expect(faults.isEmpty)
    }

    /// Tries until nothing is found, so many times at most.
    ///
    /// - Returns: what was found the last time.
    private static func firstWithout(_ most: Int, _ find: () throws -> [String]) rethrows -> [String] {
        var found: [String] = []
        for _ in 0..<most {
            found = try find()
            if found.isEmpty { break }
        }
        return found
    }

    /// Where the kernel writes other blocks for a call than the model says.
    private func differences(from image: Ext4Image) throws -> [String] {
        var image = image
        let mounted = image.mount()
        var faults: [String] = []
        try PrivateShell.withFolder { folder in
            // No discard, for a block that was discarded looks as if it had been written.
            let journal = try PrivateShell.run(
                """
                truncate -s 10G base; mkfs.ext4 -q -F -E nodiscard,lazy_itable_init=1,lazy_journal_init=1 base
                mkdir top; mount -o loop,noatime,noinit_itable,commit=300 base top; (cd top; \(Self.layer)); umount top
                debugfs -R 'blocks <8>' base 2>/dev/null
                """, in: folder)
            let journalBlocks = Set(journal.split(whereSeparator: \.isWhitespace).compactMap { Int64($0) })
            try #require(journalBlocks.count > 1000)
            for call in Self.calls {
                faults += try Self.firstWithout(4) {
                    try differences(of: call, from: image, mounted, journalBlocks: journalBlocks, in: folder)
                }
            }
        }
        return faults
    }

    /// Where the kernel writes other blocks for one call on a mounted copy of `folder`'s image.
    private func differences(
        of call: (command: String, changes: [StorageChange]), from image: Ext4Image, _ mounted: Ext4Image.Writes,
        journalBlocks: Set<Int64>, in folder: URL
    ) throws -> [String] {
        var faults: [String] = []
        var copy = image
        let writes = copy.apply(call.changes, layer: 2)
        _ = try PrivateShell.run(
            """
            cp --sparse=always base after; mount -o loop,noatime,noinit_itable,commit=300 after top
            (cd top; \(call.command)); umount top
            """, in: folder)
        let changed = try Self.changedBlocks(
            folder.appending(path: "base").path, folder.appending(path: "after").path)
        let all = writes.all(mounted)
        // The groups in which the kernel's allocator finds room differ from run to run: one, or one on each side of
        // a border, and so one or two bitmaps and blocks of descriptors, which the journal holds too.
        let free = (
            model: all.count(where: Ext4Image.tellsFreeBlocks),
            real: changed.count(where: Ext4Image.tellsFreeBlocks)
        )
        let journal = changed.count(where: journalBlocks.contains)
        if (free.model == 0) != (free.real == 0) || abs(free.model - free.real) > 2 {
            faults.append("\(call.command): \(free.model) bitmaps and descriptors, really \(free.real)")
        }
        if writes.journalled - free.model != journal - free.real {
            faults.append(
                "\(call.command): \(writes.journalled - free.model) blocks of the journal, really \(journal - free.real)"
            )
        }
        if all.count - 2 * free.model != changed.count - 2 * free.real {
            faults.append(
                "\(call.command): \(all.count - 2 * free.model) blocks, really \(changed.count - 2 * free.real)"
            )
        }
        return faults
    }

    /// The numbers of the blocks of 4 KiB in which two sparse files differ.
    private static func changedBlocks(_ before: String, _ after: String) throws -> [Int64] {
        let (one, other) = (open(before, O_RDONLY), open(after, O_RDONLY))
        defer {
            close(one)
            close(other)
        }
        try #require(one >= 0 && other >= 0)
        var numbers: Set<Int64> = []
        for file in [one, other] {
            var offset = 0
            while case let start = lseek(file, offset, 3 /* SEEK_DATA */), start >= 0 {
                offset = lseek(file, start, 4 /* SEEK_HOLE */)
                for block in start / 4096..<(offset + 4095) / 4096 { numbers.insert(Int64(block)) }
            }
        }
        var (left, right) = ([UInt8](repeating: 0, count: 4096), [UInt8](repeating: 0, count: 4096))
        return numbers.sorted().filter { number in
            pread(one, &left, 4096, Int(number) * 4096)
            pread(other, &right, 4096, Int(number) * 4096)
            return left != right
        }
    }
}

extension Ext4Image.Writes {
    /// Every block that a mount and then a call writes.
    fileprivate func all(_ mounted: Ext4Image.Writes) -> Set<Int64> {
        metadata.union(mounted.metadata).union(data.flatMap { Array($0) })
    }
}
