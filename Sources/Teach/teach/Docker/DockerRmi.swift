import ArgumentParser
import Engine
import OCI

/// `docker rmi`.
struct DockerRmi: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rmi", abstract: "Remove one or more images.",
        usage: "docker rmi [OPTIONS] IMAGE [IMAGE...]")

    @Flag(name: [.short, .long], help: "Force removal of the image.")
    var force = false

    @Flag(name: .long, help: "Do not delete untagged parents.")
    var noPrune = false

    @Argument(help: ArgumentHelp("The images' names, ids or digests.", valueName: "IMAGE"))
    var images: [String]

    func run() throws {
        let engine = try DockerCommand.engine()
        try DockerCommand.forEach(images, "image", ignoresMissing: force) { name in
            for deletion in try engine.removeImage(name, force: force, prunes: !noPrune) {
                switch deletion {
                case .untagged(let name): print("Untagged: \(name)")
                case .deleted(let digest): print("Deleted: \(digest)")
                }
            }
        }
    }
}

/// `docker tag`.
struct DockerTag: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE.",
        usage: "docker tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]")

    @Argument(help: ArgumentHelp("The image's name or id.", valueName: "SOURCE_IMAGE[:TAG]"))
    var source: String

    @Argument(help: ArgumentHelp("Its new name.", valueName: "TARGET_IMAGE[:TAG]"))
    var target: String

    func run() throws {
        let reference = try DockerCommand.newName(target)
        let engine = try DockerCommand.engine()
        try DockerCommand.asDaemon { try engine.tag(source, as: reference) }
    }
}

extension DockerCommand {
    /// A name that an image is to get.
    ///
    /// - Throws: `DockerFailure` when it is none, or holds a digest.
    static func newName(_ text: String) throws -> ImageReference {
        do {
            let reference = try ImageReference(text)
            if reference.digest == nil { return reference }
        } catch {
            throw DockerFailure(
                sentence: "Error parsing reference: \"\(text)\" is not a valid repository/tag: \(error)")
        }
        throw DockerFailure(sentence: "refusing to create a tag with a digest reference")
    }
}
