import ContentStore
import Engine
import OCI
import Pictures
import Recording

/// What a word given to `teach graph` stands for.
enum GraphSubject {
    case images
    case schema
    case run(RunRecord)
    /// By its id.
    case image(String, in: ContentStore)

    /// A run's number, its lesson, or `last` comes first; then an image's name or id; then the start of a lesson's name.
    /// A word with a tag, a digest or a path is an image's alone.
    ///
    /// - Throws: `LibraryError` where nothing answers to it; what the record and the store throw.
    init(_ word: String) throws {
        if word == "images" {
            self = .images
            return
        }
        if word == "schema" {
            self = .schema
            return
        }
        let mayBeRun = !word.contains { ":@/".contains($0) }
        var run: RunRecord?
        if mayBeRun {
            do {
                let found = try Record.open().run(word)
                if word == "last" || "\(found.id)" == word || found.description.lesson == word {
                    self = .run(found)
                    return
                }
                run = found
            } catch RecordingError.noRun where word != "last" {}
        }
        let engine = try DockerCommand.engine()
        do {
            self = .image("\(try engine.imageToShow(word).id)", in: engine.store)
        } catch let error as EngineError where error.kind == .notFound && mayBeRun {
            guard let run else {
                throw LibraryError(
                    "no run and no image is called `\(word)`; `teach list` tells which lessons have run, "
                        + "`teach docker images` which images are here")
            }
            self = .run(run)
        }
    }
}

extension LayerGraph {
    /// The images of a home with the layers that they share, and its containers.
    init(of engine: LocalEngine) throws {
        var layers: [LayerGraph.Layer] = []
        var images: [LayerGraph.Image] = []
        for summary in try engine.store.images() {
            let image = try engine.store.image(named: "\(summary.id)")
            for (index, layer) in image.layers.enumerated()
            where !layers.contains(where: { $0.chainID == "\(layer.chainID)" }) {
                layers.append(
                    .init(
                        chainID: "\(layer.chainID)", parent: index > 0 ? "\(image.layers[index - 1].chainID)" : nil,
                        digest: "\(layer.diffID)", createdBy: layer.createdBy, size: layer.size))
            }
            let tag = summary.reference.map { ["\($0)"] } ?? []
            if let known = images.firstIndex(where: { $0.id == "\(summary.id)" }) {
                images[known].tags += tag
                continue
            }
            let configOnly = (image.config.history ?? []).filter { $0.emptyLayer == true }.compactMap(\.createdBy)
            images.append(
                .init(
                    id: "\(summary.id)", tags: tag, top: image.layers.last.map { "\($0.chainID)" },
                    configOnly: configOnly))
        }
        let containers = try engine.containers.all().map {
            LayerGraph.Container(id: $0.id, name: $0.name, image: $0.imageID)
        }
        self.init(title: "Images and their layers", layers: layers, images: images, containers: containers)
    }
}

/// The tables of the record, as the database itself describes them.
enum SchemaPicture {
    static func diagram(of recording: Recording) throws -> SchemaDiagram {
        let schema = try recording.schema()
        return SchemaDiagram(
            title: "The record",
            tables: schema.tables.map { table in
                .init(table.name, columns: table.columns.map { .init($0.name, $0.type, isKey: $0.isPrimaryKey) })
            },
            references: schema.tables.flatMap { table in
                table.foreignKeys.map { .init(table.name, $0.column, to: $0.table, $0.target) }
            })
    }
}
