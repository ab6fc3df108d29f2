import Foundation
import OCI
import Testing

@testable import ContentStore

@Suite("The names of images that a run has for itself", .enabled(if: getuid() == 0, "needs root"))
struct ImageScopeTests {
    private static let ground = LayerRecipe(createdBy: "ground", [.file("/ground", "1")])
    private static let top = LayerRecipe(createdBy: "top", [.file("/top", "2")])

    private func recipe(_ name: String, _ layers: LayerRecipe...) throws -> ImageRecipe {
        ImageRecipe(reference: try ImageReference(name), created: ImageTests.time, layers: layers)
    }

    private func names(_ store: ContentStore) throws -> [String: Digest] {
        Dictionary(try store.images().map { ($0.reference.map { "\($0)" } ?? "", $0.id) }, uniquingKeysWith: { $1 })
    }

    /// A store with an image `hello`, and a run's folder.
    private func scene(_ scratch: Scratch) throws -> (store: ContentStore, run: String) {
        let store = try ContentStore(home: scratch.path)
        _ = try store.build(recipe("hello", Self.ground))
        let run = scratch.path + "/runs/1-1"
        try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
        try store.makeScope(run)
        return (store, run)
    }

    @Test("what a run names, takes and removes is its own, and goes with its folder")
    func apart() throws {
        let scratch = try Scratch()
        let (store, run) = try scene(scratch)
        let before = try names(store)
        let scoped = try ContentStore(home: scratch.path, scope: run)
        #expect(try names(scoped) == before)
        let image = try scoped.build(recipe("hello", Self.top))
        #expect(try scoped.image(named: "hello") == image)
        #expect(try names(scoped).count == 2, "the user's has no name there")
        #expect(try names(store) == before)
        // What a run needs stays, and so does what the user has and the run has removed.
        let user = try store.image(named: "hello")
        _ = try scoped.remove([], of: user.id, deletes: true, keeping: [])
        #expect(try ImageTests.sweep(store) { [] }?.layers.isEmpty == true)
        #expect(try store.image(named: "hello") == user)
        try FileManager.default.removeItem(atPath: run)
        #expect(try ImageTests.sweep(store) { [] }?.layers == image.layers.map(\.chainID))
        #expect(try names(store) == before)
    }

    @Test("what a recipe makes in a run stays, but under no name that the user has given")
    func recipes() throws {
        let scratch = try Scratch()
        let (store, run) = try scene(scratch)
        // Stands for the base, so that this test needs no busybox.
        _ = try store.build(
            recipe("busybox", Self.ground),
            fingerprint: ContentStore.fingerprint([LayerRecipe(createdBy: "", BusyboxImage.skeleton)]))
        try store.makeScope(run)
        let scoped = try ContentStore(home: scratch.path, scope: run)
        let made = try scoped.prepare(LessonImage(name: "mine", layers: [Self.top]))
        #expect(try store.image(named: "mine").id == made.id)
        _ = try scoped.remove([ImageReference("mine")], of: made.id, deletes: true, keeping: [])
        #expect(throws: StoreError.self) { try scoped.image(named: "mine") }
        #expect(try scoped.prepare(LessonImage(name: "mine", layers: [Self.top])).id == made.id)
        #expect(try scoped.image(named: "mine").id == made.id)

        let before = try names(store)
        let lease = try store.lease()
        let unnamed = try store.prepare(LessonImage(name: "hello", layers: [Self.top]))
        #expect(try names(store) == before)
        try scoped.tag(unnamed, ImageReference("hello"))
        _ = consume lease
        #expect(try ImageTests.sweep(store) { [] }?.layers.isEmpty == true)
        #expect(try scoped.image(named: "hello").id == unnamed.id)
    }
}
