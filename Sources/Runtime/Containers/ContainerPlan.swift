public import Linux

extension ContainerSpec {
    /// What the host contributes to a plan.
    public struct Surroundings: Hashable, Sendable {
        /// The mount points (`proc`, `dev`, `sys`) that no layer holds.
        public var missingMountPoints: [String]
        /// The cgroups to enter by writing to them: the directory and its open `cgroup.procs`.
        public var entrances: [Entrance]
        /// Whether the process is cloned into a cgroup of its own.
        public var isBornInCgroup: Bool
        /// The descriptors, above 2, of the streams that are not simply inherited.
        public var streams: StandardStreams?
        /// What this process can give at most.
        public var permitted: Capabilities
        /// An observer's filter.
        public var filter: [SeccompInstruction]?
        /// The user namespace that the container is made in.
        public var userNamespace: UserNamespace

        public struct Entrance: Hashable, Sendable {
            public var path: String
            public var descriptor: CInt
            public init(path: String, descriptor: CInt) {
                self.path = path
                self.descriptor = descriptor
            }
        }

        public init(
            missingMountPoints: [String] = [], entrances: [Entrance] = [], isBornInCgroup: Bool = false,
            streams: StandardStreams? = nil, permitted: Capabilities = Capabilities(rawValue: .max),
            filter: [SeccompInstruction]? = nil, userNamespace: UserNamespace = .current
        ) {
            self.missingMountPoints = missingMountPoints
            self.entrances = entrances
            self.isBornInCgroup = isBornInCgroup
            self.streams = streams
            self.permitted = permitted
            self.filter = filter
            self.userNamespace = userNamespace
        }
    }

    /// The namespaces that clone3(2) makes. A cgroup namespace shows as its root the cgroup that its maker is in
    /// (cgroup_namespaces(7)), so it waits until the process is in its own: at clone3 the maker is still the parent.
    func clonedNamespaces(_ surroundings: Surroundings) -> Namespaces {
        surroundings.entrances.isEmpty && !surroundings.isBornInCgroup ? namespaces : namespaces.subtracting(.cgroup)
    }

    /// The steps that make the container, in the order of runc: file systems, devices, the root, then the
    /// process itself; what takes power away comes last.
    public func plan(_ surroundings: Surroundings) -> Plan {
        Plan(entering(surroundings) + filesystem(surroundings) + identity(surroundings))
    }

    private func entering(_ surroundings: Surroundings) -> [PlanStep] {
        var steps: [PlanStep] = [.newSession]
        if let streams = surroundings.streams {
            steps.append(.standardStreams(input: streams.input, output: streams.output, error: streams.error))
        }
        for entrance in surroundings.entrances {
            steps.append(.joinCgroup(path: entrance.path, descriptor: entrance.descriptor))
        }
        let late = namespaces.subtracting(clonedNamespaces(surroundings))
        if !late.isEmpty { steps.append(.unshare(late)) }
        return steps
    }

    private func filesystem(_ surroundings: Surroundings) -> [PlanStep] {
        var steps: [PlanStep] = [.makeMountsPrivate]
        switch root {
        case .overlay(let root):
            let overlay = OverlayMount(
                lower: root.layers, upper: root.upper, work: root.work, target: root.mountPoint,
                attributes: surroundings.userNamespace.isInitial ? .trusted : .user)
            steps.append(.mountOverlay(overlay))
        case .directory(let root): steps.append(.bindRoot(root.path))
        }
        steps += surroundings.missingMountPoints.map(PlanStep.makeMountPoint)
        steps += surface.mounts.map { mount in
            switch mount {
            case .filesystem(let filesystem): .mount(filesystem)
            case .bind(let bind): .bind(bind)
            }
        }
        if !surface.devices.isEmpty {
            let canMake = surroundings.userNamespace.isInitial
            steps.append(canMake ? .makeDevices(surface.devices) : .bindDevices(surface.devices))
        }
        if !surface.links.isEmpty { steps.append(.makeLinks(surface.links)) }
        if !surface.readOnlyPaths.isEmpty { steps.append(.makeReadOnly(surface.readOnlyPaths)) }
        if !surface.maskedPaths.isEmpty { steps.append(.mask(surface.maskedPaths)) }
        return steps + [.pivotRoot]
    }

    private func identity(_ surroundings: Surroundings) -> [PlanStep] {
        var steps: [PlanStep] = []
        if let terminal { steps.append(.openTerminal(terminal, owner: user.uid)) }
        if namespaces.contains(.uts) { steps.append(.setHostname(hostname)) }
        if namespaces.contains(.network) { steps.append(.bringLoopbackUp) }
        steps += [.fileMask(fileMask), .workingDirectory(workingDirectory)]
        if root.isReadOnly { steps.append(.makeRootReadOnly) }
        if !resourceLimits.isEmpty { steps.append(.limitResources(resourceLimits)) }
        steps.append(.closeDescriptors(from: 3))
        if let filter = surroundings.filter { steps += [.awaitParent, .loadSeccomp(filter)] }
        var user = user
        if !surroundings.userNamespace.allowsSettingGroups { user.groups = nil }
        steps += power(capabilities.within(surroundings.permitted), of: user)
        if noNewPrivileges { steps.append(.forbidNewPrivileges) }
        return steps + [.dieWithParent, .execute(Program(arguments: arguments, environment: environment))]
    }

    private func power(_ sets: CapabilitySets, of user: UserIdentity) -> [PlanStep] {
        if user.uid == 0 {
            let ambient: [PlanStep] = sets.ambient.isEmpty ? [] : [.raiseAmbient(sets.ambient)]
            return [.limitBoundingSet(sets.bounding), .becomeUser(user), .setCapabilities(sets)] + ambient
        }
        // Any user but root starts with what is ambient alone, as after an exec: capabilities(7).
        var own = sets
        own.permitted = sets.ambient
        own.effective = sets.ambient
        if sets.ambient.isEmpty {
            return [.limitBoundingSet(sets.bounding), .becomeUser(user), .setCapabilities(own)]
        }
        return [
            .limitBoundingSet(sets.bounding), .keepCapabilities, .becomeUser(user), .setCapabilities(own),
            .raiseAmbient(sets.ambient),
        ]
    }
}
