import Events
import LayerModel
import Recording
import Testing

@testable import Lessons

@Suite("The explanation of a build")
struct InstructionTextTests {
    private static let image = [
        StackedLayer(layer: .lower(1), diffID: "1", chainID: "1", createdBy: "COPY busybox /bin/", size: 9),
        StackedLayer(
            layer: .lower(2), diffID: "2", chainID: "2", createdBy: "/bin/sh -c dd if=/dev/zero of=/big", size: 2000),
        StackedLayer(layer: .lower(3), createdBy: "the builder", size: 0),
    ]

    private func sentences(
        _ changes: [RecordedChange], layer: String? = "3", status: Int32? = 0, layers: [StackedLayer] = image
    ) -> [String] {
        let upper = StackedLayer(layer: .upper, diffID: layer, chainID: layer, createdBy: "/bin/sh -c rm /big", size: 0)
        let container = RecordedContainer(
            id: "c", name: "RUN rm /big", image: "", status: .removed, exitStatus: status,
            layers: layers.isEmpty ? [] : layers + [upper], setup: [])
        return InstructionText.sentences([container], ["c": changes])
    }

    private func file(
        _ path: Path, in layer: Int, size: Int64, links: UInt32 = 1, inode: UInt64 = 7
    ) -> UnionNode {
        UnionNode(
            path: path, layers: [.lower(layer)],
            entry: LayerEntry(kind: .file, permissions: 0o644, size: size, links: links, inode: inode))
    }

    private func whiteout(_ path: Path, _ node: UnionNode) -> RecordedChange {
        RecordedChange(effect: LayerEffect(.whiteout, path, layer: node.layer), beneath: node)
    }

    @Test("says what a later rm did not save, in which layer, and who made that")
    func laterRemoval() {
        #expect(
            sentences([whiteout("/big", file("/big", in: 2, size: 2_000_000))]) == [
                "`RUN rm /big` made layer 3: 1 name hidden (/big).",
                "The 2,000,000 bytes that it hid or replaced stay in layer 2, made by `RUN dd if=/dev/zero of=/big`: "
                    + "the image is no smaller.",
            ])
    }

    @Test("tells a file that is made anew from one that is deleted")
    func replacement() {
        let old = file("/big", in: 1, size: 5)
        #expect(
            sentences([
                whiteout("/big", old), RecordedChange(effect: LayerEffect(.create, "/big", size: 0)),
                RecordedChange(effect: LayerEffect(.create, "/tmp/x", size: 0)),
                RecordedChange(effect: LayerEffect(.remove, "/tmp/x")),
            ]) == [
                "`RUN rm /big` made layer 3: 1 name changed (/big).",
                "The 5 bytes that it hid or replaced stay in layer 1, made by `COPY busybox /bin/`.",
            ])
    }

    @Test("counts the bytes of a file of two names once, when both are hidden")
    func hardLinks() {
        let one = whiteout("/a", file("/a", in: 2, size: 100, links: 2))
        let other = whiteout("/b", file("/b", in: 2, size: 100, links: 2))
        #expect(sentences([one]).count == 1)
        #expect(sentences([one, other]).last?.hasPrefix("The 100 bytes") == true)
    }

    @Test("follows what lies in a directory that was renamed")
    func movedDirectory() {
        let move = RecordedChange(effect: LayerEffect(.create, "/new"), move: .init(from: "/old", to: "/new"))
        #expect(
            sentences([
                RecordedChange(effect: LayerEffect(.create, "/old")),
                RecordedChange(effect: LayerEffect(.create, "/old/f", size: 0)), move,
                RecordedChange(effect: LayerEffect(.remove, "/old")),
            ]) == ["`RUN rm /big` made layer 3: 2 names added (/new, /new/f)."])
    }

    @Test("follows a package's installation, which renames each of its many files, and then their directory")
    func manyRenames() {
        var changes: [RecordedChange] = []
        for number in 0..<10_000 {
            let (new, name) = (Path("/new/doc/\(number).dpkg-new"), Path("/new/doc/\(number)"))
            changes += [
                RecordedChange(effect: LayerEffect(.create, new, size: 1)),
                RecordedChange(effect: LayerEffect(.remove, new)),
                RecordedChange(effect: LayerEffect(.create, name, size: 1), move: .init(from: new, to: name)),
            ]
        }
        #expect(
            sentences(changes) == [
                "`RUN rm /big` made layer 3: 10000 names added (/new/doc/0, /new/doc/1, /new/doc/2, and 9,997 more)."
            ])
        // The directories between were there before: nothing tells of them.
        changes.append(RecordedChange(effect: LayerEffect(.create, "/usr"), move: .init(from: "/new", to: "/usr")))
        #expect(
            sentences(changes) == [
                "`RUN rm /big` made layer 3: 10001 names added (/usr, /usr/doc/0, /usr/doc/1, and 9,998 more)."
            ])
    }

    @Test("says why there is no layer")
    func noLayer() {
        #expect(sentences([], layer: nil) == ["`RUN rm /big` left nothing behind, and so made no layer."])
        #expect(sentences([], layer: nil, status: 3) == ["`RUN rm /big` ended with status 3, and made no layer."])
        #expect(
            sentences([], layers: []) == ["`RUN rm /big` changed the image's config alone, and made no layer."])
    }
}
