import ContentStore
import Engine
import GoTemplates
import OCI

/// A container as `docker container inspect` tells it: the fields of Docker 20.10's API, in their order. What this
/// engine has no word for has Docker's value for a container that did not ask for it.
struct ContainerInspection {
    let container: ContainerRecord
    let folder: ContainerShelf.Folder
    /// The image's layers, the topmost first.
    let layers: [String]
    /// What `--size` asks for.
    let sizes: Sizes?

    struct Sizes {
        /// The bytes of the writable layer's files, and of all that the container sees.
        let writable, all: Int64

        init(of container: ContainerRecord, in engine: LocalEngine) throws {
            writable = try engine.writableSize(of: container)
            all = try container.chainIDs.reduce(writable) { $0 + (try engine.store.unpackedSize(of: $1)) }
        }

        fileprivate var fields: [TemplateValue.Field] {
            [.init("SizeRw", .integer(writable)), .init("SizeRootFs", .integer(all))]
        }
    }

    var value: TemplateValue {
        let places = [
            "LowerDir": layers.joined(separator: ":"), "UpperDir": folder.upper, "WorkDir": folder.work,
            "MergedDir": folder.root,
        ]
        var config = container.config ?? ExecutionConfig(env: container.environment, cmd: container.command)
        config.hostname = container.hostname
        // The builder's business: Docker gives it to no container.
        config.shell = nil
        return .record(
            .init(
                type: "types.ContainerJSON",
                [
                    .init("Id", go: "ID", .string(container.id)), .init("Created", .string("\(container.created)")),
                    .init("Path", .string(container.command.first ?? "")),
                    .init("Args", .texts(Array(container.command.dropFirst()))), .init("State", state),
                    .init("Image", .string(container.imageID)), .init("ResolvConfPath", .string("")),
                    .init("HostnamePath", .string("")), .init("HostsPath", .string("")), .init("LogPath", .string("")),
                    .init("Name", .string("/" + container.name)), .init("RestartCount", .integer(0)),
                    .init("Driver", .string("overlay2")), .init("Platform", .string("linux")),
                    .init("MountLabel", .string("")), .init("ProcessLabel", .string("")),
                    .init("AppArmorProfile", .string("")), .init("ExecIDs", .null(.slice)),
                    .init("HostConfig", hostConfig), .init("GraphDriver", ImageInspection.driver(places)),
                ] + (sizes?.fields ?? []) + [
                    .init("Mounts", .list(options.binds.map(mount) + (container.volumes ?? []).map(mount))),
                    .init(
                        "Config",
                        config.inspected(
                            image: container.image, attaches: true, hasTerminal: container.hasTerminal ?? false)),
                    .init("NetworkSettings", networkSettings),
                ]))
    }

    private var options: ContainerRecord.HostOptions { container.host ?? .init() }

    private var state: TemplateValue {
        var status = "created"
        var (pid, code): (Int64, Int64) = (0, 0)
        var started = container.started.map { "\($0)" } ?? DockerWords.noTime
        var finished = DockerWords.noTime
        switch container.state {
        case .created: break
        case .running(let process, _, let since):
            (status, pid, started) = ("running", Int64(process), "\(since)")
        case .exited(let exit, let time): (status, code, finished) = ("exited", Int64(exit), "\(time)")
        }
        return .record(
            .init(
                type: "*types.ContainerState",
                [
                    .init("Status", .string(status)), .init("Running", .bool(status == "running")),
                    .init("Paused", .bool(false)), .init("Restarting", .bool(false)), .init("OOMKilled", .bool(false)),
                    .init("Dead", .bool(false)), .init("Pid", .integer(pid)), .init("ExitCode", .integer(code)),
                    .init("Error", .string("")), .init("StartedAt", .string(started)),
                    .init("FinishedAt", .string(finished)),
                ]))
    }

    private func mount(_ bind: ContainerRecord.HostOptions.Bind) -> TemplateValue {
        Self.mount(
            "bind", from: bind.source, on: bind.target, mode: bind.isReadOnly ? "ro" : "",
            isReadOnly: bind.isReadOnly, propagation: "rprivate")
    }

    private func mount(_ volume: ContainerRecord.Volume) -> TemplateValue {
        Self.mount("volume", name: volume.name, driver: "local", from: folder.path(of: volume), on: volume.target)
    }

    private static func mount(
        _ type: String, name: String = "", driver: String = "", from source: String, on target: String,
        mode: String = "", isReadOnly: Bool = false, propagation: String = ""
    ) -> TemplateValue {
        .record(
            .init(
                type: "types.MountPoint",
                [
                    .init("Type", .string(type)), .init("Name", .string(name), omitsEmpty: true),
                    .init("Source", .string(source)), .init("Destination", .string(target)),
                    .init("Driver", .string(driver), omitsEmpty: true), .init("Mode", .string(mode)),
                    .init("RW", .bool(!isReadOnly)), .init("Propagation", .string(propagation)),
                ]))
    }

    private var hostConfig: TemplateValue {
        func record(_ type: String, _ fields: [TemplateValue.Field]) -> TemplateValue {
            .record(.init(type: type, fields))
        }
        func list(_ words: [String]) -> TemplateValue { words.isEmpty ? .null(.slice) : .texts(words) }
        func zero(_ names: String...) -> [TemplateValue.Field] { names.map { .init($0, .integer(0)) } }
        let limits = container.limits
        let binds = options.binds.map { "\($0.source):\($0.target)\($0.isReadOnly ? ":ro" : "")" }
        let hidden = LocalEngine.hiddenPaths
        let log = record(
            "container.LogConfig", [.init("Type", .string("none")), .init("Config", .texts([String: String]()))])
        let restart = record(
            "container.RestartPolicy", [.init("Name", .string("no")), .init("MaximumRetryCount", .integer(0))])
        return record(
            "*container.HostConfig",
            [
                .init("Binds", list(binds)), .init("ContainerIDFile", .string("")), .init("LogConfig", log),
                .init("NetworkMode", .string(options.network.rawValue)),
                .init("PortBindings", .texts([String: String]())), .init("RestartPolicy", restart),
                .init("AutoRemove", .bool(container.autoRemove ?? false)), .init("VolumeDriver", .string("")),
                .init("VolumesFrom", .null(.slice)), .init("CapAdd", list(options.addedCapabilities)),
                .init("CapDrop", list(options.droppedCapabilities)), .init("CgroupnsMode", .string("private")),
                .init("Dns", go: "DNS", .list([])), .init("DnsOptions", go: "DNSOptions", .list([])),
                .init("DnsSearch", go: "DNSSearch", .list([])), .init("ExtraHosts", .null(.slice)),
                .init("GroupAdd", .null(.slice)), .init("IpcMode", .string("private")), .init("Cgroup", .string("")),
                .init("Links", .null(.slice)), .init("OomScoreAdj", .integer(0)), .init("PidMode", .string("")),
                .init("Privileged", .bool(false)), .init("PublishAllPorts", .bool(false)),
                .init("ReadonlyRootfs", .bool(options.isReadOnly)), .init("SecurityOpt", .null(.slice)),
                .init("UTSMode", .string("")), .init("UsernsMode", .string("")), .init("ShmSize", .integer(64 << 20)),
                .init("Runtime", .string("teach")), .init("ConsoleSize", .list([.integer(0), .integer(0)])),
                .init("Isolation", .string("")), .init("CpuShares", go: "CPUShares", .integer(0)),
                .init("Memory", .integer(limits.memory ?? 0)),
                .init("NanoCpus", go: "NanoCPUs", .integer(Int64((limits.cpus ?? 0) * 1_000_000_000))),
                .init("CgroupParent", .string("")),
            ] + zero("BlkioWeight")
                + ["WeightDevice", "DeviceReadBps", "DeviceWriteBps", "DeviceReadIOps", "DeviceWriteIOps"].map {
                    .init("Blkio" + $0, .null(.slice))
                }
                + [
                    .init("CpuPeriod", go: "CPUPeriod", .integer(0)), .init("CpuQuota", go: "CPUQuota", .integer(0)),
                    .init("CpuRealtimePeriod", go: "CPURealtimePeriod", .integer(0)),
                    .init("CpuRealtimeRuntime", go: "CPURealtimeRuntime", .integer(0)),
                    .init("CpusetCpus", .string("")), .init("CpusetMems", .string("")), .init("Devices", .list([])),
                    .init("DeviceCgroupRules", .null(.slice)), .init("DeviceRequests", .null(.slice)),
                ] + zero("KernelMemory", "KernelMemoryTCP", "MemoryReservation", "MemorySwap")
                + [
                    .init("MemorySwappiness", .null(.pointer)), .init("OomKillDisable", .bool(false)),
                    .init("PidsLimit", limits.pids.map(TemplateValue.integer) ?? .null(.pointer)),
                    .init("Ulimits", .null(.slice)),
                ] + zero("CpuCount", "CpuPercent", "IOMaximumIOps", "IOMaximumBandwidth")
                + [
                    .init("MaskedPaths", .texts(hidden.masked)), .init("ReadonlyPaths", .texts(hidden.readOnly)),
                ])
    }

    /// No container has an address of its own yet.
    private var networkSettings: TemplateValue {
        func text(_ names: String...) -> [TemplateValue.Field] { names.map { .init($0, .string("")) } }
        let none = TemplateValue.null(.slice)
        let endpoint: [TemplateValue.Field] =
            [.init("IPAMConfig", .null(.pointer)), .init("Links", none), .init("Aliases", none)]
            + text("NetworkID", "EndpointID", "Gateway", "IPAddress") + [.init("IPPrefixLen", .integer(0))]
            + text("IPv6Gateway", "GlobalIPv6Address") + [.init("GlobalIPv6PrefixLen", .integer(0))]
            + text("MacAddress") + [.init("DriverOpts", .null(.map))]
        let networks = [
            options.network.rawValue: TemplateValue.record(.init(type: "*network.EndpointSettings", endpoint))
        ]
        return .record(
            .init(
                type: "*types.NetworkSettings",
                text("Bridge", "SandboxID") + [.init("HairpinMode", .bool(false))] + text("LinkLocalIPv6Address")
                    + [
                        .init("LinkLocalIPv6PrefixLen", .integer(0)), .init("Ports", .texts([String: String]())),
                        .init("SandboxKey", .string("")), .init("SecondaryIPAddresses", none),
                        .init("SecondaryIPv6Addresses", none),
                    ] + text("EndpointID", "Gateway", "GlobalIPv6Address")
                    + [.init("GlobalIPv6PrefixLen", .integer(0))] + text("IPAddress")
                    + [.init("IPPrefixLen", .integer(0))] + text("IPv6Gateway", "MacAddress")
                    + [.init("Networks", .map(networks, zero: .null(.pointer)))]))
    }
}
