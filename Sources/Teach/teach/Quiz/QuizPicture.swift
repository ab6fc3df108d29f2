import Events
import Exercises
import LayerModel
import Lessons
import Pictures
import Scripts
import StorageDrivers

/// The state of an exercise before its operation, as a matrix: all of it is simulated.
struct QuizPicture {
    private let exercise: Exercise

    init(_ exercise: Exercise) { self.exercise = exercise }

    func matrix() throws -> LayerMatrix {
        let script = exercise.preparation
        let mount = try SimulatedMount(
            driver: .overlay2, options: exercise.options, layers: LayerStack(script.layers),
            host: HostSettings(backing: .tmpfs))
        var runner = ScriptRunner(script, on: mount)
        while try runner.next() != nil {}
        let upper = try runner.listing(.upper)
        let columns = columns(upper)
        var layers = MemoryLayers(script.layers, upper: upper)
        let snapshot = StackSnapshot(
            container: "", name: "",
            layers: script.layers.indices.map { index in
                StackedLayer(layer: .lower(index + 1), createdBy: "", size: 0)
            } + [StackedLayer(layer: .upper, createdBy: "", size: 0)],
            rows: try StackSnapshot.rows(at: columns, from: &layers))
        return FrameComposer(columns: columns, snapshots: [snapshot], operations: [:]).matrix(
            caption: .init(cause: "The layers", effect: "", subtitle: "", verdict: .predicted))
    }

    /// All names but directories that only lead to others.
    private func columns(_ upper: [ListedFile]) -> [Path] {
        var marked: Set<Path> = []
        var all: Set<Path> = []
        for layer in exercise.script.layers {
            for line in layer {
                all.insert(line.path)
                if case .opaque(let path) = line { marked.insert(path) }
            }
        }
        for file in upper {
            all.insert(file.path)
            if !file.attributes.isEmpty { marked.insert(file.path) }
        }
        return all.filter { path in
            marked.contains(path) || !all.contains { $0 != path && $0.isAtOrBeneath(path) }
        }.sorted()
    }
}
