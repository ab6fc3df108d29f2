import ArgumentParser
import ContentStore
import Engine
import GoTemplates
import OCI

/// What `docker inspect` is asked about.
enum InspectedKind: String, ExpressibleByArgument {
    case image, container

    /// The word for what is not there.
    static func noun(_ kind: InspectedKind?) -> String { kind?.rawValue ?? "object" }
}

/// What all forms of inspect have in common.
struct InspectOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Format the output using the given Go template.", valueName: "string"))
    var format: String?

    @Argument(help: ArgumentHelp("Names or ids.", valueName: "NAME|ID"))
    var names: [String]

    /// - Parameter measures: whether a container's sizes are told, too.
    func inspect(_ kind: InspectedKind?, measures: Bool = false) throws {
        let template: GoTemplate?
        do { template = try format.flatMap { $0.isEmpty ? nil : try GoTemplate($0) } } catch {
            throw DockerFailure(sentence: "template parsing error: \(error)", status: 64)
        }
        let engine = try DockerCommand.engine()
        var values: [TemplateValue] = []
        var text = ""
        var failures: [String] = []
        for name in names {
            do {
                guard let value = try DockerCommand.asDaemon({ try Self.find(name, kind, engine, measures: measures) })
                else {
                    failures.append("Error: No such \(InspectedKind.noun(kind)): \(name)")
                    continue
                }
                guard let template else {
                    values.append(value)
                    continue
                }
                text += try Self.execute(template, on: value) + "\n"
            } catch let failure as DockerFailure {
                failures.append(failure.sentence)
            } catch let error as TemplateError {
                failures.append("template parsing error: \(error)")
            }
        }
        if template == nil {
            print(TemplateValue.list(values).indentedJSON)
        } else {
            print(text.isEmpty ? "\n" : text, terminator: "")
        }
        if !failures.isEmpty { throw DockerFailure(sentence: failures.joined(separator: "\n")) }
    }

    /// As Docker does it: with Go's names and types first, then with JSON's.
    private static func execute(_ template: GoTemplate, on value: TemplateValue) throws(TemplateError) -> String {
        if let text = try? template.execute(value) { return text }
        return try template.execute(value.decoded, missingKey: .error)
    }

    private static func find(
        _ name: String, _ kind: InspectedKind?, _ engine: LocalEngine, measures: Bool
    ) throws -> TemplateValue? {
        if kind != .image {
            do {
                let container = try engine.containers.find(name)
                return ContainerInspection(
                    container: container, folder: engine.containers.folder(of: container.id),
                    layers: container.chainIDs.reversed().map(engine.store.layerDirectory),
                    sizes: measures ? try ContainerInspection.Sizes(of: container, in: engine) : nil
                ).value
            } catch let error as EngineError where error.kind == .notFound {}
        }
        if kind != .container {
            do {
                let image = try engine.existingImage(name)
                if measures { say("WARNING: --size ignored for image", on: 2) }
                let names = try engine.store.indexedImages(all: true).first { $0.id == image.id }?.names
                let lineage = try engine.store.lineage()
                return ImageInspection(
                    image: image, parent: lineage.parent(of: image.id), isStep: lineage.isStep(image.id),
                    names: names ?? []
                ).value
            } catch let error as EngineError where error.kind == .notFound {}
        }
        return nil
    }
}

/// `docker inspect`.
struct DockerInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Return low-level information on Docker objects.",
        usage: "docker inspect [OPTIONS] NAME|ID [NAME|ID...]")

    @Option(name: .long, help: ArgumentHelp("Return JSON for specified type.", valueName: "image|container"))
    var type: String?

    @Flag(name: [.short, .long], help: "Display total file sizes if the type is container.")
    var size = false

    @OptionGroup var options: InspectOptions

    func run() throws {
        guard let type, !type.isEmpty else { return try options.inspect(nil, measures: size) }
        guard let kind = InspectedKind(rawValue: type) else {
            throw DockerFailure(sentence: "\"\(type)\" is not a valid value for --type")
        }
        try options.inspect(kind, measures: size)
    }
}

/// `docker image inspect`.
struct DockerImageInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Display detailed information on one or more images.",
        usage: "docker image inspect [OPTIONS] IMAGE [IMAGE...]")
    @OptionGroup var options: InspectOptions
    func run() throws { try options.inspect(.image) }
}

/// `docker container inspect`.
struct DockerContainerInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Display detailed information on one or more containers.",
        usage: "docker container inspect [OPTIONS] CONTAINER [CONTAINER...]")

    @Flag(name: [.short, .long], help: "Display total file sizes.")
    var size = false

    @OptionGroup var options: InspectOptions
    func run() throws { try options.inspect(.container, measures: size) }
}
