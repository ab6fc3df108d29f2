import LayerModel
import Pictures
import Scripts
import SimulatedPictures
import StorageDrivers

extension ScriptPicture {
    /// The layers when all lines have run; `nil` where there is no name to show.
    ///
    /// - Parameter story: The lines that were run, in their order.
    static func end(
        of source: ScriptSource, by driver: StorageDriverKind, on mount: SimulatedMount, _ story: [OperationReport]
    ) -> LayerMatrix? {
        var picture = ScriptPicture(source.script, driver: driver)
        for (line, report) in zip(source.script.operations, story) { picture.add(line, report) }
        let columns = picture.columns
        guard !columns.isEmpty else { return nil }
        let matrix = picture.matrix(
            of: mount, columns: columns,
            caption: .init(
                cause: "\(source.title) under \(driver.rawValue), simulated", effect: "",
                subtitle: story.last.map { last in
                    story.count == 1
                        ? "after \(last.command)" : "after \(story.count) operations, the last: \(last.command)"
                } ?? "before any operation"))
        return matrix.columns.isEmpty ? nil : matrix
    }
}
