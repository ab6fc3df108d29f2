public import LayerModel
internal import Linux
public import Scripts
internal import StorageDrivers

/// One script's layers twice: predicted by the model, and mounted for real. Lines are run on both.
///
/// It lives on a thread with mounts of its own (`withPrivateMounts`).
public final class VerificationSession {
    public let setting: VerificationSetting
    private var model: ScriptRunner<SimulatedMount>
    private var kernel: ScriptRunner<KernelFilesystem>
    private let filesystem: KernelFilesystem

    /// What the beginning comes to.
    public enum Beginning {
        case mounted(VerificationSession)
        /// Both refuse the mount, with the same error.
        case refused(Errno)
        case differs(ScriptDifference)
    }

    /// The model has no such driver: a clause that can follow "because".
    public struct NotSimulated: Error, CustomStringConvertible {
        public var description: String
    }

    /// Mounts the layers under both.
    ///
    /// - Throws: `NotSimulated`; what keeps the layers from being made: `LayerRefusal`, and the kernel's errors.
    public static func begin(
        _ layers: [[LayerLine]], _ setting: VerificationSetting, on ground: Ground
    ) throws -> Beginning {
        let script = Script(layers: layers, operations: [])
        let stack = try LayerStack(layers)
        let model = Result {
            try SimulatedMount(driver: setting.driver, options: setting.options, layers: stack, host: setting.host)
        }
        let kernel: Result<KernelFilesystem, any Error>
        do { kernel = .success(try setting.kernel(layers, on: ground)) } catch let error as MountedOverlay.MountRefused
        {
            kernel = .failure(error)
        }
        switch (model, kernel) {
        case (.success(let model), .success(let kernel)):
            return .mounted(
                VerificationSession(
                    setting, ScriptRunner(script, on: model), ScriptRunner(script, on: kernel), kernel))
        case (let model, let kernel):
            if case .success(let kernel) = kernel { kernel.remove() }
            if case .failure(let refusal as MountRefusal) = model, refusal.isUnpredicted {
                throw NotSimulated(description: refusal.reason)
            }
            let (one, other) = (model.refusal, kernel.refusal)
            if one == other, let one { return .refused(one) }
            return .differs(
                ScriptDifference(
                    aspect: .mount, line: nil, operation: "the mount", model: one?.name ?? "success",
                    kernel: other?.name ?? "success"))
        }
    }

    private init(
        _ setting: VerificationSetting, _ model: ScriptRunner<SimulatedMount>, _ kernel: ScriptRunner<KernelFilesystem>,
        _ filesystem: KernelFilesystem
    ) {
        self.setting = setting
        self.model = model
        self.kernel = kernel
        self.filesystem = filesystem
    }

    /// Whether a remount was refused, so that nothing is mounted any more.
    public var isOver: Bool { kernel.isOver }

    /// Runs a line on both.
    ///
    /// - Throws: `ScriptProblem`; `NotSimulated`; what keeps a call from being made at all.
    public func perform(_ line: OperationLine) throws -> (kernel: OperationReport, difference: ScriptDifference?) {
        let predicted: OperationReport
        do { predicted = try model.perform(line) } catch let refusal as MountRefusal {
            throw NotSimulated(description: refusal.reason)
        }
        filesystem.forgetCopies()
        let observed = try kernel.perform(line)
        if let difference = predicted.difference(from: observed) { return (observed, difference) }
        guard line.operation.onlyCopies, let copies = filesystem.copies else { return (observed, nil) }
        return (observed, predicted.difference(from: copies))
    }

    /// Compares all that both show, and both writable layers.
    ///
    /// - Parameter line: what was run last.
    public func compareListings(after line: OperationLine?) throws -> (
        merged: [ListedFile], difference: ScriptDifference?
    ) {
        let merged = isOver ? [] : try filesystem.merged()
        if !isOver,
            let difference = ScriptDifference.between(try model.listing(.merged), merged, .merged, after: line)
        {
            return (merged, difference)
        }
        return (
            merged,
            ScriptDifference.between(try model.listing(.upper), try filesystem.upper(), .upper, after: line)
        )
    }

    /// Compares what both show, and hold in their writable layers, in the directories of the names that a line was about:
    /// those that it spells, and those that the kernel changed. For a union only.
    ///
    /// - Parameter report: the kernel's report of the line.
    public func compareTouched(by line: OperationLine, _ report: OperationReport) throws -> ScriptDifference? {
        if isOver { return nil }
        for directory in Set((line.operation.paths + report.effects.map(\.path)).map(\.parent)).sorted()
        where !directory.components.contains(where: { $0 == "." || $0 == ".." }) {
            guard let known = model.ask({ $0.listings(of: directory) }),
                let found = try filesystem.listings(of: directory)
            else { return nil }
            if let difference = ScriptDifference.between(known.merged, found.merged, .merged, after: line)
                ?? ScriptDifference.between(known.upper, found.upper, .upper, after: line)
            {
                return difference
            }
        }
        return nil
    }

    /// What the real one shows, and its writable layer; nothing where nothing is mounted any more.
    public func kernelListings() throws -> (merged: [ListedFile], upper: [ListedFile]) {
        (isOver ? [] : try filesystem.merged(), try filesystem.upper())
    }

    /// Takes the real one away.
    public func remove() { filesystem.remove() }
}

extension OperationLine.Operation {
    /// Whether nothing but a copy-up gives the writable layer data.
    fileprivate var onlyCopies: Bool {
        guard case .open(_, _, _, let words, _) = self else { return true }
        return !words.contains { if case .write = $0 { true } else { false } }
    }
}

extension Result {
    fileprivate var refusal: LayerModel.Errno? {
        guard case .failure(let error) = self else { return nil }
        return (error as? MountRefusal)?.errno ?? (error as? MountedOverlay.MountRefused)?.errno
    }
}

extension Script {
    /// Runs the script on the model and on the kernel, and tells the first difference.
    ///
    /// - Parameter interval: After how many lines the listings are compared; always at the end.
    /// - Returns: `nil` where they agree in everything.
    /// - Throws: what keeps the script from being run at all.
    public func difference(
        under setting: VerificationSetting, on ground: Ground, comparingEvery interval: Int = 1
    ) throws -> ScriptDifference? {
        let session: VerificationSession
        switch try VerificationSession.begin(layers, setting, on: ground) {
        case .refused: return nil
        case .differs(let difference): return difference
        case .mounted(let begun): session = begun
        }
        defer { session.remove() }
        if let difference = try session.compareListings(after: nil).difference { return difference }
        for (index, line) in operations.enumerated() {
            if let difference = try session.perform(line).difference { return difference }
            if index % interval == 0 || index == operations.count - 1 || session.isOver,
                let difference = try session.compareListings(after: line).difference
            {
                return difference
            }
            if session.isOver { return nil }
        }
        return nil
    }
}
