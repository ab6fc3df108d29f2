import Exercises
import LayerModel
import Pictures
import Scripts
import SimulatedPictures
import StorageDrivers

/// The state of an exercise before its operation, as a matrix: all of it is simulated.
struct QuizPicture {
    private let exercise: Exercise

    init(_ exercise: Exercise) { self.exercise = exercise }

    func matrix() throws -> LayerMatrix {
        let script = exercise.preparation
        let mount = try SimulatedMount(
            driver: exercise.driver, options: exercise.options, layers: LayerStack(script.layers),
            host: HostSettings(backing: .tmpfs))
        var runner = ScriptRunner(script, on: mount)
        var picture = ScriptPicture(script, driver: exercise.driver, recency: .earlier)
        for line in script.operations {
            if let report = try runner.next() { picture.add(line, report) }
        }
        return picture.matrix(
            of: runner.filesystem, columns: columns(try runner.listing(.upper)),
            caption: .init(cause: "", effect: ""))
    }

    /// All names but directories that only lead to others.
    private func columns(_ upper: [ListedFile]) -> [Path] {
        var marked: Set<Path> = []
        var all: Set<Path> = []
        for layer in exercise.script.layers {
            for line in layer {
                all.insert(line.path)
                switch line {
                case .opaque(let path), .whiteout(let path): marked.insert(path)
                default: break
                }
            }
        }
        // AUFS's own names are marks, and no names of the union.
        for file in upper where exercise.driver != .aufs || !(file.path.name?.text.hasPrefix(".wh.") ?? false) {
            all.insert(file.path)
            if !file.attributes.isEmpty || file.kind == .whiteout { marked.insert(file.path) }
        }
        return all.filter { path in
            marked.contains(path) || !all.contains { $0 != path && $0.isAtOrBeneath(path) }
        }.sorted()
    }
}
