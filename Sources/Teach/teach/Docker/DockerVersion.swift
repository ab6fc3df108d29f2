import ArgumentParser
import ContentStore
import Engine
import GoTemplates
import Linux
import OCI

/// `docker version`. One program is client and engine.
struct DockerVersion: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Show the version of this program, which is client and engine in one.",
        usage: "docker version [OPTIONS]")

    @Option(
        name: [.short, .long], help: ArgumentHelp("Format the output using the given Go template.", valueName: "string")
    )
    var format: String?

    /// What `docker --version` and `docker -v` print; `nil` for another command line.
    static func line(_ arguments: [String]) -> String? {
        guard let first = arguments.first, ["-v", "--version"].contains(first) else { return nil }
        return "Docker version \(programVersion), build teach"
    }

    func run() throws {
        let kernel = HostDescription().kernel
        let platform = "\(Platform.host.os)/\(Platform.host.architecture)"
        guard let format else {
            print(
                """
                Client: teach
                 Version:           \(programVersion)
                 OS/Arch:           \(platform)

                Server: teach (no daemon: each command does its own work)
                 Engine:
                  Version:          \(programVersion)
                  OS/Arch:          \(platform)
                  Kernel Version:   \(kernel)
                """)
            return
        }
        let common: [TemplateValue.Field] = [
            .init("Version", .string(programVersion)), .init("Os", .string(Platform.host.os)),
            .init("Arch", .string(Platform.host.architecture)),
        ]
        let server = common + [.init("KernelVersion", .string(kernel))]
        try DockerCommand.printFormatted(
            .record(
                .init(
                    type: "system.versionInfo",
                    [
                        .init("Client", .record(.init(type: "system.clientVersion", common))),
                        .init("Server", .record(.init(type: "*types.Version", server))),
                    ])), format)
    }
}

/// `docker info`.
struct DockerInfo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Display system-wide information.",
        usage: "docker info [OPTIONS]")

    @Option(
        name: [.short, .long], help: ArgumentHelp("Format the output using the given Go template.", valueName: "string")
    )
    var format: String?

    func run() throws {
        let engine = try DockerCommand.engine()
        let containers = try DockerCommand.asDaemon { try engine.containers.all() }
        let running = containers.count { if case .running = $0.state { true } else { false } }
        let images = try DockerCommand.asDaemon { try engine.store.indexedImages(all: true).count }
        let host = HostDescription()
        let info: [TemplateValue.Field] = [
            .init("Containers", .integer(Int64(containers.count))),
            .init("ContainersRunning", .integer(Int64(running))), .init("ContainersPaused", .integer(0)),
            .init("ContainersStopped", .integer(Int64(containers.count - running))),
            .init("Images", .integer(Int64(images))), .init("Driver", .string("overlay2")),
            .init("CgroupDriver", .string("cgroupfs")), .init("CgroupVersion", .string(host.cgroupVersion)),
            .init("KernelVersion", .string(host.kernel)),
            .init("OperatingSystem", .string(host.operatingSystem)), .init("OSType", .string("linux")),
            .init("Architecture", .string(host.machine)), .init("NCPU", .integer(Int64(host.processors))),
            .init("MemTotal", .integer(host.memory)), .init("DockerRootDir", .string(engine.home.path)),
            .init("Name", .string(host.name)), .init("ServerVersion", .string(programVersion)),
        ]
        let value = TemplateValue.record(.init(type: "system.info", info))
        if let format { return try DockerCommand.printFormatted(value, format) }
        print(
            """
            Client: teach
             Version:    \(programVersion)

            Server: teach (no daemon: each command does its own work)
             Containers: \(containers.count)
              Running: \(running)
              Paused: 0
              Stopped: \(containers.count - running)
             Images: \(images)
             Server Version: \(programVersion)
             Storage Driver: overlay2
              Backing Filesystem: \(host.filesystem(holding: engine.home.path))
             Cgroup Driver: cgroupfs
             Cgroup Version: \(host.cgroupVersion)
             Kernel Version: \(host.kernel)
             Operating System: \(host.operatingSystem)
             OSType: linux
             Architecture: \(host.machine)
             CPUs: \(host.processors)
             Total Memory: \(DockerWords.binarySize(host.memory))
             Name: \(host.name)
             Docker Root Dir: \(engine.home.path)
            """)
    }
}

extension DockerCommand {
    /// - Throws: `DockerFailure` for a template that cannot be read or executed.
    static func printFormatted(_ value: TemplateValue, _ format: String) throws {
        let template: GoTemplate
        do { template = try GoTemplate(format) } catch {
            throw DockerFailure(sentence: "template parsing error: \(error)", status: 64)
        }
        do { print(try template.execute(value)) } catch {
            print()
            throw DockerFailure(sentence: "\(error)")
        }
    }
}
