import CLinux
import Events
import Glibc
import LayerModel
import Linux
import OverlayFS
import StorageDrivers

/// Random calls on a real overlay, each predicted from its evidence and held against what the kernel did.
struct Differential {
    var overlay = Overlay2(
        protections: .init(
            hardLinks: kernelSetting("fs/protected_hardlinks") != 0,
            symbolicLinks: kernelSetting("fs/protected_symlinks") != 0,
            regularFiles: UInt8(kernelSetting("fs/protected_regular") ?? 0),
            fifos: UInt8(kernelSetting("fs/protected_fifos") ?? 0)))
    var coverage = Coverage()
    /// Where the prediction and the kernel differ, in full.
    var differences: [String] = []

    /// One stack of layers and `count` calls on it.
    mutating func run(seed: UInt64, count: Int, stopsAtDifference: Bool = false) throws {
        var random = SeededGenerator(seed: seed)
        let stack = try OverlayStack(
            lowerCount: Int.random(in: 1...4, using: &random), onTmpfs: seed % 2 == 0 || Self.isTemporaryOnOverlay,
            using: &random)
        defer { stack.remove() }
        try stack.mountOverlay()
        var layers = try LayerDirectories(lowers: stack.lowers, upper: stack.upper)
        var operations = RandomOperations(existing: [], directories: [])
        for step in 0..<count {
            if step == count / 2 {
                // What the kernel remembers of the union must be what a fresh look at its layers tells.
                try stack.unmountOverlay()
                try stack.mountOverlay()
            }
            if step % 4 == 0 { (operations.existing, operations.directories) = try stack.names() }
            let caller: Caller = random.pick([.root, .root, .containerRoot, .containerRoot, .user])
            let operation = operations.operation(&random)
            try self.step(operation, caller, stack, &layers, "seed \(seed) step \(step)")
            if stopsAtDifference, !differences.isEmpty { return }
        }
    }

    private mutating func step(
        _ drawn: FileOperation, _ caller: Caller, _ stack: OverlayStack, _ layers: inout LayerDirectories,
        _ place: String
    ) throws {
        let credentials = caller.credentials
        let descriptor = try stack.inside { RealCalls.descriptor(for: drawn) }
        defer { if let descriptor { close(descriptor) } }
        guard let operation = try drawn.settled(hasDescriptor: descriptor != nil, over: &layers) else { return }
        let collection = try EvidenceCollector.collect(operation, from: &layers)
        var reader = EvidenceReader(collection.evidence)
        let prediction = overlay.prediction(of: operation, by: credentials, over: &reader)
        let direct = overlay.prediction(of: operation, by: credentials, over: &layers)
        let errno = try stack.inside {
            try caller.impersonate { RealCalls.perform(operation, descriptor: descriptor) }
        }
        let after = try EvidenceCollector.after(collection, from: &layers)
        let effects = try EffectDerivation.effects(
            of: operation, errno: errno, collection: collection, after: after, cost: layers.cost)
        let outcome = Outcome(errno: errno, effects: effects.map(\.effect))
        let verdict = Verdict(of: prediction, against: outcome)
        coverage.count(operation, outcome, verdict)
        var complaint: String?
        if direct != prediction { complaint = "the evidence predicts otherwise than the layers: \(direct)" }
        if case .refuted = verdict { complaint = "refuted" }
        if case .unmodelled(let reason) = verdict, !Self.isLeftOut(reason) { complaint = reason }
        guard let complaint else { return }
        differences.append(
            """
            \(place): \(complaint): \(operation) by \(caller)
              predicted \(prediction.words)
              observed  \(Prediction.outcome(outcome).words)
            \(collection.evidence.rows.map { "    before \($0.words)" }.joined(separator: "\n"))
            \(after.map { "    after  \($0.words)" }.joined(separator: "\n"))
            """)
    }

    /// What the model says that it does not know; never that it lacks evidence.
    private static func isLeftOut(_ reason: String) -> Bool {
        ["FIFO", "driver", "times were given", "special files"].contains { reason.contains($0) }
    }

    /// Overlayfs takes no upper directory on another overlay (OVERLAYFS_SUPER_MAGIC of statfs(2)).
    private static let isTemporaryOnOverlay: Bool = {
        var status = statfs()
        return statfs("/tmp", &status) == 0 && status.f_type == 0x794c_7630
    }()
}

extension FileOperation {
    /// The operation with the path that its descriptor has, or with a followed path where nothing could be opened.
    func settled(hasDescriptor: Bool, over layers: inout LayerDirectories) throws -> FileOperation? {
        if case .readdir = self, !hasDescriptor { return nil }
        guard var operand, operand.resolution == .descriptor else { return self }
        if hasDescriptor {
            operand.path = try Lookup(by: nil).resolve(operand.path, .noFollow, over: &layers).path
        } else {
            operand.resolution = .follow
        }
        switch self {
        case .chmod(_, let mode): return .chmod(operand, mode: mode)
        case .chown(_, let uid, let gid): return .chown(operand, uid: uid, gid: gid)
        case .utimens(_, let changesNothing): return .utimens(operand, changesNothing: changesNothing)
        case .setxattr(_, let name, let flags): return .setxattr(operand, name: name, flags)
        case .removexattr(_, let name): return .removexattr(operand, name: name)
        case .setFileFlags: return hasDescriptor ? .setFileFlags(operand) : nil
        default: return self
        }
    }
}

extension Prediction {
    var words: String {
        switch self {
        case .outcome(let outcome):
            "\(outcome.errno?.name ?? "success") [\(outcome.effects.map(\.description).joined(separator: "; "))]"
        case .unmodelled(let reason): "unmodelled: \(reason)"
        }
    }
}

extension Evidence.Row {
    var words: String {
        guard let entry else { return "\(layer) \(path) -" }
        return
            "\(layer) \(path) \(entry.kind.rawValue) \(String(entry.permissions, radix: 8)) \(entry.uid):\(entry.gid)"
            + " size \(entry.size) links \(entry.links) inode \(entry.inode)\(entry.isOpaque ? " opaque" : "")"
            + "\(entry.target.map { " -> \($0)" } ?? "")\(entry.attributes.map { " \($0)" } ?? "")"
    }
}
