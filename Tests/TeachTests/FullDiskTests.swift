import Foundation
import Recording
import Testing

/// A disk that fills while teach works: one sentence, and nothing half-written is believed.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root, and a tmpfs is mounted"))
struct FullDiskTests {
    /// Runs the lesson on a tmpfs of this size, then gives it room, clears up and runs it again.
    private struct Trial {
        var status: Int32
        var sentence: [String]
        var report: String

        init(_ size: String, _ teach: Program) throws {
            // A mount namespace of its own: the tmpfs goes with it. The record is copied out to be looked at.
            let result = try teach.shell(
                """
                exec 2>&1
                unshare -m --propagation private sh -e -c '
                    mount -t tmpfs -o size=\(size) tmpfs "$TEACH_HOME"
                    teach run lesson3 > "$OUT/report" 2> "$OUT/said" && echo 0 > "$OUT/status" || echo $? > "$OUT/status"
                    mount -o remount,size=300m "$TEACH_HOME"
                    teach clean > "$OUT/cleaned"
                    rm -f "$OUT"/recordings.*
                    cp "$TEACH_HOME"/recordings.sqlite* "$OUT/"
                    find "$TEACH_HOME" -name ".partial-*" -o -name "*.partial" -o -path "*/runs/*"
                    teach clean
                    teach run lesson3 > "$OUT/again"
                '
                """,
                environment: ["TEACH_HOME": Self.folder(teach, "home"), "OUT": Self.folder(teach, "out")])
            #expect(result.status == 0, "\(size): \(result.output)")
            #expect(result.output == "nothing was left\n", "\(size)")
            func text(_ name: String) throws -> String {
                try String(contentsOfFile: teach.home + "/out/" + name, encoding: .utf8)
            }
            status = Int32(try text("status").trimmingCharacters(in: .newlines)) ?? -1
            sentence = try text("said").split(separator: "\n").map(String.init)
            report = try text("report")
            let recording = try Recording(at: teach.home + "/out/recordings.sqlite")
            #expect(try recording.integrityProblems() == [], "\(size)")
            #expect(try recording.runs().allSatisfy { $0.status != .running }, "\(size)")
        }

        private static func folder(_ teach: Program, _ name: String) -> String {
            let path = teach.home + "/" + name
            try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            return path
        }
    }

    @Test(
        arguments: [
            ("200k", "(the record could not be written)"), ("1m", "(the image busybox could not be made)"),
            ("30m", "(the image lesson3 could not be made)"), ("60m", "step 8 ran out of space: "),
        ])
    func aFullDiskEndsInOneSentence(size: String, cause: String) throws {
        let teach = try Program()
        defer { teach.remove() }
        let trial = try Trial(size, teach)
        #expect(trial.status == 2)
        #expect(trial.sentence.count == 1)
        let said = try #require(trial.sentence.first)
        #expect(said.contains("the disk that holds TEACH_HOME (\(teach.home)/home)"))
        #expect(said.contains(cause), "\(said)")
        #expect(said.firstMatch(of: #/\d+(\.\d+)?[kM]?B free/#) != nil, "\(said)")
        #expect(said.contains("free some space, or set TEACH_HOME"), "\(said)")
        if cause.contains("image") { #expect(said.contains("the image takes"), "\(said)") }
        if cause.contains("step") {
            // The program's own words are in the step, and the model is not blamed.
            #expect(trial.report.contains("No space left on device"))
            #expect(trial.report.contains("0 refuted"))
        }
    }

    /// Room for the image and a little more, in small steps: it gives out in the middle of a step, while the record
    /// is written or a frame is drawn.
    @Test func whereverTheRoomGivesOutThereIsOneSentence() throws {
        let teach = try Program()
        defer { teach.remove() }
        var causes: Set<String> = []
        for size in stride(from: 40_200, through: 41_800, by: 400) {
            let trial = try Trial("\(size)k", teach)
            #expect(trial.status == 2, "\(size): \(trial.sentence)")
            #expect(trial.sentence.count == 1, "\(size): \(trial.sentence)")
            let said = trial.sentence.first ?? ""
            #expect(said.contains("the disk that holds TEACH_HOME"), "\(size): \(said)")
            for cause in ["the record", "a picture", "ran out of space"] where said.contains(cause) {
                causes.insert(cause)
            }
        }
        print("full disk: \(causes.sorted().joined(separator: ", "))")
        #expect(causes.contains("the record"))
    }

    @Test func aFramesFolderThatIsFullIsNamed() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell(
            """
            mkdir -p "$TEACH_HOME/frames"
            unshare -m --propagation private sh -c '
                mount -t tmpfs -o size=16k tmpfs "$TEACH_HOME/frames"
                teach run lesson3 --step 6 > /dev/null'
            """)
        #expect(result.status == 2)
        #expect(result.errors.contains("(a picture could not be written)"), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
    }
}
