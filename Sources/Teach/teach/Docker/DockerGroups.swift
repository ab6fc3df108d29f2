import ArgumentParser

/// A verb under the name that it has in a group, such as `docker image ls` for `docker images`.
struct Grouped<Verb: ParsableCommand, Name: GroupedName>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let verb = Verb.configuration
        return CommandConfiguration(
            commandName: Name.name, abstract: verb.abstract,
            usage: verb.usage?.replacing("docker \(verb.commandName ?? "")", with: "docker \(Name.group) \(Name.name)"),
            aliases: Name.aliases)
    }

    @OptionGroup var verb: Verb

    mutating func run() throws { try verb.run() }
}

/// The name of a verb in a group.
protocol GroupedName: Sendable {
    static var name: String { get }
    static var group: String { get }
    static var aliases: [String] { get }
}

enum LsName: GroupedName {
    static let name = "ls"
    static let group = "image"
    static let aliases = ["list"]
}

enum ContainerLsName: GroupedName {
    static let name = "ls"
    static let group = "container"
    static let aliases = ["list", "ps"]
}

enum RmName: GroupedName {
    static let name = "rm"
    static let group = "image"
    static let aliases = ["remove"]
}

/// `docker image`.
struct DockerImageGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Manage images.",
        subcommands: [
            DockerBuild.self, DockerHistory.self, DockerImageInspect.self, DockerImagePrune.self, DockerImport.self,
            DockerLoad.self,
            DockerSave.self, Grouped<DockerImages, LsName>.self,
            Grouped<DockerRmi, RmName>.self, DockerTag.self,
        ],
        helpNames: .long)
}

/// `docker container`.
struct DockerContainerGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "container", abstract: "Manage containers.",
        subcommands: [
            DockerCommit.self, DockerCp.self, DockerCreate.self, DockerDiff.self, DockerExport.self,
            DockerContainerInspect.self, DockerContainerPrune.self, Grouped<DockerPs, ContainerLsName>.self,
            DockerRm.self, DockerRun.self,
            DockerStart.self,
        ],
        helpNames: .long)
}

/// `docker system`.
struct DockerSystemGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "system", abstract: "Manage Docker.", subcommands: [DockerSystemDf.self, DockerInfo.self],
        helpNames: .long)
}
