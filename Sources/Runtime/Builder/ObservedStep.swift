internal import ContentStore
internal import Engine
internal import Events
internal import LayerModel
internal import Linux
internal import OCI
internal import OverlayFS

/// One instruction on its way to the record. As under Docker's classic builder each has a container of its own, whose
/// writable layer becomes the image's next.
final class ObservedStep {
    private let life: ContainerEvent
    private var createdBy: String
    private let state: StageState
    private let store: ContentStore
    private let observation: Observation
    private let batch: EventBatch

    /// Whether it has layers at all: an instruction that changes the config alone touches none.
    private var hasStack = false

    /// What the instruction made of its writable layer.
    private var layer: StoredLayer?

    /// - Parameters:
    ///   - text: the instruction as the Dockerfile has it.
    ///   - createdBy: the same in the words of the history.
    ///   - state: the stage before it.
    init(
        _ text: String, createdBy: String, command: [String]? = nil, on state: StageState, _ store: ContentStore,
        _ observation: Observation
    ) {
        life = ContainerEvent(
            kind: .created, name: Self.name(text), image: state.id?.short ?? "scratch", command: command ?? [createdBy])
        self.createdBy = createdBy
        self.state = state
        self.store = store
        self.observation = observation
        batch = EventBatch(report: observation.report)
        batch.append(.container(life))
    }

    /// Tells what is to be known of it, in one sentence.
    func warn(_ sentence: String) { batch.append(.warning(sentence)) }

    /// The instruction's first line, as far as it fits a name.
    private static func name(_ text: String) -> String {
        let line = text.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? text
        return line.count > 48 ? line.prefix(47) + "…" : line
    }

    /// Tells the layers beneath the writable one.
    ///
    /// - Parameter mountPoints: whether there is one besides that the image does not get.
    private func tellStack(mountPoints: Bool) throws {
        hasStack = true
        for (index, (layer, createdBy)) in zip(state.layers, state.instructions).enumerated() {
            batch.append(
                .layer(
                    StackedLayer(
                        layer: .lower(index + 1), diffID: "\(layer.diffID)", chainID: "\(layer.chainID)",
                        createdBy: createdBy, size: try store.unpackedSize(of: layer.chainID))))
        }
        guard mountPoints else { return }
        batch.append(
            .layer(
                StackedLayer(layer: .lower(state.layers.count + 1), createdBy: Self.mountPoints, size: 0)))
    }

    /// What made the layer between the image's and the writable one.
    private static let mountPoints = "no part of the image: what the builder mounts a container on"

    /// A command that is run over the stage's layers.
    ///
    /// - Parameter mountPoints: the layer between the stage's and the writable one, if there is one.
    /// - Throws: `SystemCallError`; what the store throws.
    func run(in workspace: LayerWorkspace, mountPoints: String?) throws -> ObservedRun {
        try tellStack(mountPoints: mountPoints != nil)
        if let volumes = state.config.volumes, !volumes.isEmpty {
            batch.append(
                .warning(
                    "VOLUME \(volumes.sorted().joined(separator: " ")): the builder makes it before the command runs, "
                        + "which sees a copy of it that goes with the command; neither is told as a call"))
        }
        batch.flush()
        return try ObservedRun(
            of: life, lowers: state.layers.map(\.directory) + (mountPoints.map { [$0] } ?? []), upper: workspace.upper,
            observation)
    }

    /// Files that the builder itself makes over the stage's layers.
    ///
    /// - Throws: what `body` throws; `SystemCallError`; what the store throws.
    func make<Value>(in workspace: LayerWorkspace, _ body: (any CallWitness) throws -> Value) throws -> Value {
        try tellStack(mountPoints: false)
        let batch = batch
        let calls = try OwnCalls(
            layers: LayerDirectories(lowers: state.layers.map(\.directory), upper: workspace.upper)
        ) { batch.append($0) }
        let result = Result { try body(calls) }
        try calls.finish()
        batch.append(.sample(ResourceSample(name: "observing_ns", value: calls.nanoseconds)))
        return try result.get()
    }

    /// Its writable layer has become the image's next.
    ///
    /// - Parameter createdBy: the instruction in the words of the history.
    func made(_ layer: StoredLayer?, by createdBy: String) {
        self.layer = layer
        self.createdBy = createdBy
    }

    /// The container is gone. What it leaves is told last, when it is known.
    func end() {
        if hasStack {
            var upper = StackedLayer(layer: .upper, createdBy: createdBy, size: 0)
            if let layer {
                upper.diffID = "\(layer.diffID)"
                upper.chainID = "\(layer.chainID)"
                upper.size = (try? store.unpackedSize(of: layer.chainID)) ?? 0
            }
            batch.append(.layer(upper))
        }
        var end = life
        end.kind = .removed
        batch.append(.container(end))
        batch.flush()
    }
}

extension StageState {
    /// The instruction that made each layer, as the history tells it; empty where it does not.
    fileprivate var instructions: [String] {
        let told = history.filter { $0.emptyLayer != true }.map { $0.createdBy ?? "" }
        return told.count == layers.count ? told : layers.map { _ in "" }
    }
}

extension Builder {
    /// - Returns: `nil` where nobody observes the build; then nothing costs time.
    func observe(
        _ text: String, createdBy: String, id: String = Builder.containerID(), command: [String]? = nil,
        _ work: StageWork
    ) -> ObservedStep? {
        guard let observation = request.observe?(id) else { return nil }
        let step = ObservedStep(text, createdBy: createdBy, command: command, on: work.state, store, observation)
        if let notice = standInNotice(of: work) { step.warn(notice) }
        return step
    }

    /// What a stage's base image has to say of itself where it is a stand-in, or stands on one.
    private func standInNotice(of work: StageWork) -> String? {
        guard let name = baseImage(of: work.index), let notice = work.state.image.flatMap(StandInNotice.init) else {
            return nil
        }
        return notice.sentence(of: (try? ImageReference(name)).map { "\($0)" } ?? name)
    }

    /// Makes the files of a layer on the stage's union.
    ///
    /// - Throws: what `body` throws; `SystemCallError`
    func makeFiles<Value>(
        on state: StageState, _ workspace: LayerWorkspace, _ observed: ObservedStep?,
        _ body: (MergedRoot) throws -> Value
    ) throws -> Value {
        let (layers, epoch) = (state.directories, state.epoch.seconds)
        guard let observed else { return try MergedRoot.with(layers, workspace, epoch: epoch, body) }
        return try observed.make(in: workspace) {
            try MergedRoot.with(layers, workspace, epoch: epoch, seenBy: $0, body)
        }
    }
}
