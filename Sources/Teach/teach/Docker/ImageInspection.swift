import ContentStore
import Dockerfiles
import GoTemplates
import OCI

/// An image as `docker image inspect` tells it: the fields of Docker 20.10's API, in their order.
struct ImageInspection {
    let image: Image
    /// The image that it was made of here.
    let parent: Digest?
    /// Whether a step of a build has made it.
    let isStep: Bool
    let names: [ImageReference]

    var value: TemplateValue {
        let config = image.config
        let directories = image.lowerDirectories
        var places: [String: String] = [:]
        if let top = directories.first { places["UpperDir"] = top }
        if directories.count > 1 { places["LowerDir"] = directories.dropFirst().joined(separator: ":") }
        let created = config.created.map { "\($0)" } ?? DockerWords.noTime
        let layers = config.rootfs.diffIDs.map { "\($0)" }
        // What the step's container stood on.
        let stood = isStep ? parent.map { "\($0)" } ?? "" : ""
        return .record(
            .init(
                type: "types.ImageInspect",
                [
                    .init("Id", go: "ID", .string("\(image.id)")), .init("RepoTags", .texts(names.map { "\($0)" })),
                    .init("RepoDigests", .texts([] as [String])),
                    .init("Parent", .string(parent.map { "\($0)" } ?? "")),
                    .init("Comment", .string(config.history?.last?.comment ?? "")), .init("Created", .string(created)),
                    .init("Container", .string("")),
                    .init("ContainerConfig", ExecutionConfig().inspected()), .init("DockerVersion", .string("")),
                    .init("Author", .string(config.author ?? "")),
                    .init("Config", (config.config ?? ExecutionConfig()).inspected(image: stood)),
                    .init("Architecture", .string(config.architecture)),
                    .init("Variant", .string(config.variant ?? ""), omitsEmpty: true), .init("Os", .string(config.os)),
                    .init("Size", .integer(image.size)), .init("VirtualSize", .integer(image.size)),
                    .init("GraphDriver", Self.driver(places)),
                    .init(
                        "RootFS",
                        .record(
                            .init(
                                type: "types.RootFS",
                                [.init("Type", .string(config.rootfs.type)), .init("Layers", .texts(layers))]))),
                    .init(
                        "Metadata",
                        .record(.init(type: "image.Metadata", [.init("LastTagTime", .string(DockerWords.noTime))]))),
                ]))
    }

    static func driver(_ places: [String: String]) -> TemplateValue {
        .record(
            .init(
                type: "types.GraphDriverData",
                [.init("Data", .texts(places)), .init("Name", .string("overlay2"))]))
    }
}

extension ExecutionConfig {
    /// The config of an image or a container as Docker's API tells it.
    ///
    /// - Parameter image: the image that a container was made of.
    func inspected(image: String = "", attaches: Bool = false, opensInput: Bool = false, hasTerminal: Bool = false)
        -> TemplateValue
    {
        func set(_ members: Set<String>?) -> TemplateValue {
            guard let members else { return .null(.map) }
            let empty = TemplateValue.record(.init(type: "struct {}", []))
            return .map(Dictionary(uniqueKeysWithValues: members.map { ($0, empty) }), zero: empty)
        }
        func list(_ words: [String]?) -> TemplateValue { words.map(TemplateValue.texts) ?? .null(.slice) }
        return .record(
            .init(
                type: "*container.Config",
                [
                    .init("Hostname", .string(hostname ?? "")), .init("Domainname", .string("")),
                    .init("User", .string(user ?? "")), .init("AttachStdin", .bool(attaches && opensInput)),
                    .init("AttachStdout", .bool(attaches)), .init("AttachStderr", .bool(attaches)),
                    .init("ExposedPorts", set(exposedPorts), omitsEmpty: true), .init("Tty", .bool(hasTerminal)),
                    .init("OpenStdin", .bool(opensInput)), .init("StdinOnce", .bool(opensInput)),
                    .init("Env", list(env)), .init("Cmd", list(cmd)),
                    .init("Healthcheck", healthcheck?.inspected ?? .null(.pointer), omitsEmpty: true),
                    .init("Image", .string(image)),
                    .init("Volumes", set(volumes)), .init("WorkingDir", .string(workingDir ?? "")),
                    .init("Entrypoint", list(entrypoint)), .init("OnBuild", list(onBuild)),
                    .init("Labels", labels.map(TemplateValue.texts) ?? .null(.map)),
                    .init("StopSignal", .string(stopSignal ?? ""), omitsEmpty: true),
                    .init("Shell", list(shell), omitsEmpty: true),
                ]))
    }
}

extension HealthConfig {
    fileprivate var inspected: TemplateValue {
        func time(_ nanoseconds: Int64?) -> TemplateValue {
            .duration(nanoseconds: nanoseconds ?? 0, words: "\(GoDuration(nanoseconds: nanoseconds ?? 0))")
        }
        return .record(
            .init(
                type: "*container.HealthConfig",
                [
                    .init("Test", .texts(test), omitsEmpty: true), .init("Interval", time(interval), omitsEmpty: true),
                    .init("Timeout", time(timeout), omitsEmpty: true),
                    .init("StartPeriod", time(startPeriod), omitsEmpty: true),
                    .init("Retries", .integer(Int64(retries ?? 0)), omitsEmpty: true),
                ]))
    }
}
