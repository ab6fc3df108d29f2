import ArgumentParser
import Engine
import Glibc

/// The docker command line over our own runtime: `teach docker`, and `docker` when called by that name.
struct DockerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "docker",
        abstract: "The docker command line over teach's own runtime.",
        discussion: """
            The verbs that lessons need, with Docker's words, columns and exit statuses. Containers run in the \
            foreground; there is no daemon. Images of Docker Hub are not pulled: stand-ins for alpine, busybox, debian, \
            gcc, nginx, node and ubuntu are made from packages of Debian when they are first needed.
            """,
        subcommands: [
            DockerRun.self, DockerCreate.self, DockerStart.self, DockerPs.self, DockerDiff.self, DockerRm.self,
            DockerBuild.self, DockerImages.self, DockerHistory.self, DockerTag.self, DockerRmi.self, DockerSave.self,
            DockerLoad.self,
            DockerImport.self, DockerExport.self, DockerCommit.self, DockerCp.self, DockerInspect.self,
            DockerVersion.self, DockerInfo.self, DockerImageGroup.self,
            DockerContainerGroup.self, DockerSystemGroup.self,
        ],
        // Docker's `-h` is a container's host name.
        helpNames: .long)

    /// The engine over the home that the environment names.
    ///
    /// - Throws: `EngineError` where this host lets the user make no containers.
    static func engine() throws -> LocalEngine {
        try LocalEngine.requirePower()
        var engine = try LocalEngine(home: Home(environment: Environment.all))
        engine.report = { say($0, on: STDERR_FILENO) }
        return engine
    }
}
