import Glibc
import LayerModel
import Linux
import OCI
import Testing

@testable import ContentStore

/// A layer whose files belong to users that a rootless store has no numbers for.
@Suite("Layers in a user namespace", .enabled(if: getuid() == 0, "needs root"))
struct LayerConcessionTests {
    private let one = UserNamespace(
        isInitial: false, users: IdentifierMap(parsing: "0 1000 1\n"), groups: IdentifierMap(parsing: "0 1000 1\n"),
        allowsSettingGroups: false)

    private func item(_ path: String, _ kind: ArchiveEntry.Kind, _ permissions: UInt16, uid: UInt32) -> TarItem {
        var item = TarItem.entry(path, kind, permissions)
        item.entry.uid = uid
        item.entry.gid = uid
        return item
    }

    private func apply(_ items: [TarItem], in namespace: UserNamespace) throws -> (Scratch, AppliedLayer) {
        let scratch = try Scratch()
        try scratch.tar("layer", items)
        _ = try scratch.directory("fs")
        return (scratch, try scratch.apply("layer", to: "fs", LayerApplier(namespace: namespace)))
    }

    @Test("An owner without a number gives way to root, without the set-id bits, and the layer says so")
    func owners() throws {
        let items = [
            item("mine", .file(size: 0), 0o4755, uid: 0), item("theirs", .file(size: 0), 0o6755, uid: 33),
            item("shared", .directory, 0o2775, uid: 33),
        ]
        let (scratch, applied) = try apply(items, in: one)
        func mode(_ name: String) throws -> mode_t? { try scratch.status("fs/\(name)").map { $0.st_mode & 0o7777 } }
        #expect(try scratch.status("fs/theirs").map { [$0.st_uid, $0.st_gid] } == [0, 0])
        #expect(try mode("theirs") == 0o755)
        #expect(try mode("shared") == 0o2775)
        #expect(try mode("mine") == 0o4755, "root's own is root's")
        #expect(
            applied.warnings == [
                "2 files of the layer belong to root here, first /theirs of 33:33: these ids are not among the uids 0 "
                    + "and the gids 0"
            ])
        #expect(try apply(items, in: .initial).1.warnings == [])
        #expect(try apply(items, in: .initial).0.status("fs/theirs").map { $0.st_uid } == 33)
    }

    @Test("A device node is left out, and the layer says so")
    func devices() throws {
        let items = [
            item("null", .characterDevice(.init(major: 1, minor: 3)), 0o666, uid: 0),
            item("file", .file(size: 0), 0o644, uid: 0),
        ]
        let (scratch, applied) = try apply(items, in: one)
        #expect(try scratch.status("fs/null") == nil)
        #expect(try scratch.status("fs/file") != nil)
        #expect(
            applied.warnings == [
                "1 device nodes of the layer were left out, first /null: a user namespace cannot make them"
            ])
        #expect(try apply(items, in: .initial).0.status("fs/null") != nil)
    }
}
