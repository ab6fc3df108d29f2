import Events
import LayerModel
import Pictures
import Terminal
import Testing

@testable import Lessons
@testable import Recording

@Suite("The frame of a build's instruction")
struct StepFramesTests {
    private static let stack = [
        StackedLayer(layer: .lower(1), diffID: "1", chainID: "1", createdBy: "COPY busybox /bin/", size: 9),
        StackedLayer(layer: .lower(2), diffID: "2", chainID: "2", createdBy: "/bin/sh -c dd of=/big", size: 2000),
        StackedLayer(layer: .lower(3), createdBy: "no part of the image", size: 0),
    ]
    private static let file = LayerEntry(kind: .file, permissions: 0o644, size: 2000, links: 1, inode: 7)
    private static let directory = LayerEntry(kind: .directory, permissions: 0o755, size: 0, links: 1, inode: 8)

    /// - Parameter layer: What `RUN rm /big` made of its writable layer.
    private func frame(layer: String?, mountPoint: Path? = nil) -> LayerMatrix {
        let upper = StackedLayer(layer: .upper, diffID: layer, chainID: layer, createdBy: "/bin/sh -c rm /big", size: 0)
        var rows = [
            Evidence.Row(path: .root, layer: .lower(2), entry: Self.directory),
            Evidence.Row(path: "/big", layer: .lower(2), entry: Self.file),
        ]
        if let mountPoint { rows.append(Evidence.Row(path: mountPoint, layer: .lower(3), entry: Self.file)) }
        let call = Record.call(
            "rm", "unlink", .unlink("/big"), answer: .lower(2),
            [ObservedEffect(LayerEffect(.whiteout, "/big", layer: .lower(2)))])
        let frames = StepFrames(
            title: "A later rm", command: "mkdir fat; docker build fat", columns: ["/big", "/proc"], extent: .last,
            place: nil,
            snapshots: [StackSnapshot(container: "c", name: "RUN rm /big", layers: Self.stack + [upper], rows: rows)],
            calls: [
                RecordedCall(container: "other", sequence: 0, operation: Record.makeFile, judgement: nil),
                RecordedCall(container: "c", sequence: 1, operation: call, judgement: nil),
            ], instructions: ["c": "RUN rm /big", "other": "COPY . /"])
        return frames.matrix(0)
    }

    @Test("the caption names the instruction that made the call, not the step's command")
    func caption() {
        #expect(frame(layer: "3").caption.subtitle == "RUN rm /big · rm, process 4711")
    }

    @Test("rows have the numbers of the image's layers, and the mount points none")
    func rows() {
        let frame = frame(layer: "3")
        #expect(frame.layers.map(\.number) == [2, 1])
        #expect(frame.stacks[0].becomes == 3)
        #expect(frame.text(width: 100).contains("▲ upper → layer 3"))
        #expect(frame.text(width: 100).contains("\n2 RUN dd of=/big"))
        #expect(self.frame(layer: nil).text(width: 100).contains("▲ upper (rw)"))
    }

    @Test("the mount points are shown where a path is one of them, without a number")
    func mountPoints() {
        let frame = frame(layer: "3", mountPoint: "/proc")
        #expect(frame.layers.map(\.isOfImage) == [false, true, true])
        #expect(frame.name(of: .lower(3)) == "the mount points")
        #expect(frame.text(width: 100).contains("\nmount points "))
    }
}
