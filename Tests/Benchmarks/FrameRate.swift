import Diagrams
import Lessons
import Pictures
import Recording

/// The frames that `teach run lesson3` draws, drawn again from its record: the DOT made, laid out and rendered.
let frameRate = Benchmark(name: "frames", subject: "a matrix frame of lesson 3 as SVG, its DOT included") { report in
    let lesson = try RecordedLesson()
    var matrices: [LayerMatrix] = []
    for step in try lesson.recording.steps(ofRun: lesson.run).map(\.description.number) where step > 0 {
        matrices += try StepRecording(lesson.recording, run: lesson.run, step: step).frames.matrices
    }
    // The first picture loads libgvc and its plugins; it is told, and not counted.
    let first = try nanoseconds { _ = try matrices[0].drawing().rendered(as: .svg) }
    var slowest: Int64 = 0
    var all: [Int64] = []
    for matrix in matrices {
        let times = try (0..<21).map { _ in try nanoseconds { _ = try matrix.drawing().rendered(as: .svg) } }
        slowest = max(slowest, times.median)
        all.append(times.median)
    }
    report.figure(
        "median of \(matrices.count) frames of lesson 3", Double(all.median) / 1e6, unit: "ms", atMost: 2)
    report.figure("the slowest of them", Double(slowest) / 1e6, unit: "ms", atMost: 2)
    report.figure("the first, with libgvc loaded", Double(first) / 1e6, unit: "ms", atMost: 1000)
}
