import Foundation
import LayerContents
import LayerModel
import Linux
import Testing

struct ListingTests {
    @Test func aDirectoryIsListedInOrderAndKeptAsBytes() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "teach-listing-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appending(path: "b/c"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("hello".utf8).write(to: folder.appending(path: "b/file"))
        #expect(link(folder.path + "/b/file", folder.path + "/z") == 0)
        #expect(symlink("b/file", folder.path + "/a") == 0)
        #expect(mkfifo(folder.path + "/f", 0o600) == 0)
        let listing = try LayerListing(directory: folder.path)
        #expect(
            listing.entries.indices.map { "\(listing.path(of: $0))" } == [
                "/", "/a", "/b", "/b/c", "/b/file", "/f", "/z",
            ])
        #expect(listing.entries[1].target == "b/file")
        #expect(listing.entries[4].size == 5 && listing.entries[6].inode == 4)
        #expect(listing.entries[5].kind == .fifo)
        let bytes = listing.bytes
        #expect(bytes.withUnsafeBytes { LayerListing(bytes: $0) } == listing)
    }

    @Test func overlayfssMarksAreRead() throws {
        guard geteuid() == 0 else { return print("devices and trusted attributes take root") }
        let folder = FileManager.default.temporaryDirectory.appending(path: "teach-listing-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder + "/d", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(mknod(folder + "/w", S_IFCHR, 0) == 0)
        try setExtendedAttribute(OverlayAttributes.current.prefix + "opaque", Array("y".utf8), of: folder + "/d")
        let listing = try LayerListing(directory: folder)
        #expect(listing.entries.map(\.kind) == [.directory, .directory, .whiteout])
        #expect(listing.entries.map(\.isOpaque) == [false, true, false])
    }

    @Test func damagedBytesAreNoListing() {
        let whole = listing(["d /etc", "f /etc/a 10", "l /b etc/a", "= /c /etc/a"]).bytes
        for length in 0..<whole.count { #expect(whole[..<length].withUnsafeBytes { LayerListing(bytes: $0) } == nil) }
        #expect((whole + [0]).withUnsafeBytes { LayerListing(bytes: $0) } == nil)
        // What any byte is changed to is some listing or none, and never a trap.
        for place in whole.indices {
            for value: UInt8 in [0, 1, 0x7F, 0xFF] {
                var bytes = whole
                bytes[place] = value
                _ = bytes.withUnsafeBytes { LayerListing(bytes: $0) }
            }
        }
    }
}
