public import Events
public import LayerModel
public import StorageDrivers

/// Under what a recorded run is imagined again.
public struct ReplaySetting: Hashable, Sendable, CustomStringConvertible {
    public var driver: StorageDriverKind
    public var options: [MountOption]
    /// What the layers lie on.
    public var backing: BackingFilesystem

    public init(_ driver: StorageDriverKind, _ options: [MountOption] = [], on backing: BackingFilesystem = .ext4) {
        self.driver = driver
        self.options = options
        self.backing = backing
    }

    /// Such as `overlay2 with redirect_dir=on`.
    public var description: String {
        options.isEmpty
            ? driver.rawValue : "\(driver.rawValue) with \(options.map(\.description).joined(separator: ","))"
    }
}

/// A call of a run with its step and container.
public struct ReplayCall: Hashable, Sendable {
    public var step: Int
    /// The container's full id.
    public var container: String
    /// The place among the run's lines.
    public var sequence: Int64
    public var operation: ObservedOperation

    public init(step: Int, container: String, sequence: Int64, _ operation: ObservedOperation) {
        self.step = step
        self.container = container
        self.sequence = sequence
        self.operation = operation
    }
}

/// What a recorded call would come to.
public struct ReplayedCall: Hashable, Sendable {
    public var call: ReplayCall
    /// What the call cost as it was recorded: by the model of the recorded driver, whose errno and effects are the
    /// recorded ones.
    public var cost: Cost
    public var fate: Fate
    /// What the writes cost that its container made since the call before, as they were recorded and instead.
    public var writes = Writes()
    /// Whether the call opened a file for writing, and no later call found it with another size: what was written, if
    /// anything was, and what that cost is not known.
    public var leavesWritesUnseen = false

    public struct Writes: Hashable, Sendable {
        public var recorded = Cost()
        public var instead = Cost()

        public init() {}
    }

    public enum Fate: Hashable, Sendable {
        case replayed(Outcome, Cost)
        case notReplayed(Reason)
    }

    /// Why a call could not be made again.
    public enum Reason: Hashable, Sendable {
        /// The process had got another answer before: what it would have done then, nobody knows.
        case followsAnotherAnswer
        /// The record does not hold what the answer depends on, or the simulator has no such call; a clause that can
        /// follow "because".
        case unknown(String)
        /// The model of the recorded driver, given what the record holds, does not come to what was recorded.
        case notReproduced(Outcome)
    }

    /// Whether the outcome or the bytes copied would differ; `false` where nobody knows.
    public var differs: Bool {
        guard case .replayed(let outcome, let other) = fate else { return false }
        return outcome != call.operation.outcome || other.copied != cost.copied || other.shared != cost.shared
    }
}

/// Makes a run's recorded calls again under another driver or other options, in order.
///
/// Beside it runs the model of the driver that was recorded, over the same layers: only where that comes to what was
/// recorded can the layers be trusted to be the ones that the calls met.
public struct Replay: Sendable {
    public let recorded: ReplaySetting
    public let setting: ReplaySetting
    private var containers: [String: Container] = [:]
    private let unseenWrites: UnseenWrites

    fileprivate struct Container: Sendable {
        var baseline: ReplayedMount
        var other: ReplayedMount
        /// Why nothing of it can be replayed.
        var obstacle: String?
        /// The names that were looked at.
        var seen: Set<Path>
        /// What the other driver renamed and the recorded one did not.
        var moves: [(old: Path, new: Path)] = []
        /// The processes that got another answer, by step.
        var strayed: Set<Process> = []
    }

    fileprivate struct Process: Hashable {
        var step: Int
        var pid: Int32
    }

    /// Rebuilds the layers of all containers from what the calls saw.
    ///
    /// - Parameter stacks: Each container's layers, as they are recorded.
    /// - Throws: `MountRefusal` where the driver refuses the options or the layers.
    public init(
        of calls: [ReplayCall], stacks: [String: [StackedLayer]], recorded: ReplaySetting, under setting: ReplaySetting
    ) throws(MountRefusal) {
        self.recorded = recorded
        self.setting = setting
        unseenWrites = UnseenWrites(in: calls)
        var layers: [String: RecordedLayers] = [:]
        for call in calls {
            layers[call.container, default: RecordedLayers(lowerCount: Self.lowerCount(of: call, stacks))]
                .add(call.operation)
        }
        // Containers over the same image know the same read-only layers.
        var images: [[String]: RecordedLayers] = [:]
        for (container, own) in layers.sorted(by: { $0.key < $1.key }) {
            guard let image = Self.image(stacks[container]) else { continue }
            images[image, default: own].addLowers(of: own)
        }
        for (container, own) in layers.sorted(by: { $0.key < $1.key }) {
            var known = own
            if let image = Self.image(stacks[container]), let shared = images[image] { known.addLowers(of: shared) }
            let stack = known.stack()
            func mount(_ setting: ReplaySetting) throws(MountRefusal) -> ReplayedMount {
                var mount = ReplayedMount(
                    try SimulatedMount(
                        driver: setting.driver, options: setting.options, layers: stack,
                        host: HostSettings(backing: setting.backing)))
                mount.begin(known.upper)
                return mount
            }
            containers[container] = Container(
                baseline: try mount(recorded), other: try mount(setting), obstacle: known.obstacle, seen: known.seen)
        }
    }

    private static func lowerCount(of call: ReplayCall, _ stacks: [String: [StackedLayer]]) -> Int {
        func highest(_ layers: some Sequence<LayerID>) -> Int {
            layers.reduce(0) { if case .lower(let number) = $1 { max($0, number) } else { $0 } }
        }
        let recorded = highest((stacks[call.container] ?? []).map(\.layer))
        return recorded > 0 ? recorded : highest(call.operation.evidence.rows.map(\.layer))
    }

    private static func image(_ layers: [StackedLayer]?) -> [String]? {
        let chain = (layers ?? []).filter { $0.layer != .upper }.sorted { $0.layer < $1.layer }
        let names = chain.compactMap(\.chainID)
        return names.isEmpty || names.count < chain.count ? nil : names
    }

    /// Makes the next call. Calls come in the order in which they were made.
    public mutating func make(_ call: ReplayCall) -> ReplayedCall {
        guard var container = containers.removeValue(forKey: call.container) else {
            return ReplayedCall(call: call, cost: Cost(), fate: .notReplayed(.unknown("its container is not recorded")))
        }
        defer { containers[call.container] = container }
        var replayed = container.make(call)
        replayed.leavesWritesUnseen = unseenWrites.contains(call)
        replayed.writes.recorded = container.baseline.takeWrites()
        replayed.writes.instead = container.other.takeWrites()
        return replayed
    }
}

extension Replay.Container {
    fileprivate mutating func make(_ call: ReplayCall) -> ReplayedCall {
        func left(_ reason: ReplayedCall.Reason, _ cost: Cost = Cost()) -> ReplayedCall {
            ReplayedCall(call: call, cost: cost, fate: .notReplayed(reason))
        }
        let operation = call.operation
        if let obstacle { return left(.unknown(obstacle)) }
        guard case .call(let made) = operation.form else {
            if case .unknown(let reason) = operation.form { return left(.unknown(reason)) }
            return left(.unknown("it is not understood"))
        }
        let hasStrayed = strayed.contains(.init(step: call.step, pid: operation.pid))
        for row in operation.evidence.rows where row.layer == .upper && row.entry?.kind == .file {
            guard let size = row.entry?.size else { continue }
            // Writes count where both can tell what they cost.
            let counts = !hasStrayed && other.resize(row.path, to: size)
            baseline.resize(row.path, to: size, counts: counts)
        }
        let predicted = baseline.make(made, by: operation.caller)
        if hasStrayed { return left(.followsAnotherAnswer, predicted.cost) }
        let unseen = operation.resolved.compactMap(\.self).compactMap(unseenName).first
        let outcome = Outcome(errno: predicted.errno, effects: predicted.effects)
        let answer = other.make(made, by: operation.caller)
        guard outcome == operation.outcome else { return left(.notReproduced(outcome)) }
        if let unseen { return left(.unknown("nobody looked at \(unseen)"), predicted.cost) }
        let imagined = Outcome(errno: answer.errno, effects: answer.effects)
        if imagined.errno != operation.errno {
            strayed.insert(.init(step: call.step, pid: operation.pid))
            if imagined.errno == nil, case .rename = made, operation.resolved.count == 2,
                let old = operation.resolved[0],
                let new = operation.resolved[1]
            {
                moves.append((old, new))
            }
        }
        return ReplayedCall(call: call, cost: predicted.cost, fate: .replayed(imagined, answer.cost))
    }

    /// A name that only the other driver's layers lead to, and that nobody looked at where it came from.
    private func unseenName(_ path: Path) -> Path? {
        var path = path
        var isMoved = false
        for move in moves.reversed() where path != move.new && path.isAtOrBeneath(move.new) {
            path = Path(components: move.old.components + path.components.dropFirst(move.new.components.count))
            isMoved = true
        }
        return isMoved && !seen.contains(path) ? path : nil
    }
}
