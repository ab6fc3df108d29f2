import LayerModel
import StorageDrivers
import TestSupport
import Testing

/// The simulated kernel against the rules that are proved against the real one: random calls on random layers, each
/// answered by both.
@Suite("the simulated overlay and overlay2's rules")
struct EngineAgreementTests {
    @Test("40,000 random calls come to the same in both", arguments: UInt64(1)...4)
    func agreement(part: UInt64) throws {
        var found: [String] = []
        for seed in (part * 1000)..<(part * 1000 + 100) where found.count < 1 {
            if let difference = try Self.difference(seed: seed, count: 100) {
                found.append("seed \(seed): \(difference)")
            }
        }
        #expect(found.isEmpty, "\(found.joined(separator: "\n\n"))")
    }

    private static func difference(seed: UInt64, count: Int) throws -> String? {
        var random = SeededGenerator(seed: seed)
        let layers = RandomStack.layers(using: &random)
        var state = UnionState(lowers: layers.map(tree(of:)))
        let rules = Overlay2(isAlone: true)
        var mount = try SimulatedMount(driver: .overlay2, layers: stack(of: layers))
        var history: [String] = []
        for number in 0..<count {
            var step = RandomOperations(try state.merged()).step(&random)
            if number == 0 {
                let mode: UInt16 = random.pick([0o755, 0o1777, 0o777, 0o2777])
                step.operation = .chmod(Operand(.root), mode: mode)
                step.caller = .root
            }
            // To the simulated kernel no open blocks.
            if case .open(let path, let flags, let mode) = step.operation, !flags.contains(.path) {
                step.operation = .open(path, flags.union(.nonBlocking), mode: mode)
            }
            guard let call = SystemCall(step.operation) else { continue }
            let credentials = step.caller.credentials
            let prediction = rules.run(step.operation, by: credentials, umask: 0, on: &state)
            guard case .outcome(let expected) = prediction else { continue }
            let answer = mount.answer(to: call, by: credentials)
            if case .descriptor(let number) = answer.value { _ = mount.answer(to: .close(number), by: credentials) }
            let outcome = Outcome(errno: answer.errno, effects: answer.effects)
            history.append("\(step.caller): \(call)")
            if outcome != expected {
                return "\(step.caller): \(call)\n  rules  \(prediction.words)\n"
                    + "  engine \(Prediction.outcome(outcome).words)\n"
                    + layers.enumerated().map { "\($0.offset + 1): \($0.element)" }.joined(separator: "\n")
                    + "\n" + history.suffix(6).joined(separator: "\n")
            }
            guard number % 5 == 0 else { continue }
            if number == 50 { _ = try mount.remount([]) }
            let shown = try state.merged()
            let listed = mount.merged()
            for file in listed {
                guard let entry = shown[file.path] else {
                    return "\(file.path) is shown by the engine alone after \(call)"
                }
                if let difference = difference(file, entry) { return "\(file.path) after \(call): \(difference)" }
            }
            if listed.count != shown.count {
                let names = Set(listed.map(\.path))
                return "after \(call) missing: \(shown.keys.filter { !names.contains($0) })"
            }
        }
        return nil
    }

    private static func difference(_ file: ListedFile, _ entry: LayerEntry) -> String? {
        let attributes = Set(entry.attributes ?? [])
        if file.kind != entry.kind { return "\(file.kind) for \(entry.kind)" }
        if file.permissions != entry.permissions { return "mode \(file.permissions) for \(entry.permissions)" }
        if (file.uid, file.gid) != (entry.uid, entry.gid) {
            return "\(file.uid):\(file.gid) for \(entry.uid):\(entry.gid)"
        }
        if file.kind != .directory, file.size != entry.size { return "size \(file.size ?? -1) for \(entry.size)" }
        if file.links != entry.links { return "links \(file.links ?? 0) for \(entry.links)" }
        if Set(file.attributes.keys) != attributes { return "attributes \(file.attributes.keys) for \(attributes)" }
        return nil
    }

    private static func tree(of lines: [LayerLine]) -> LayerTree {
        var state = UnionState(lowers: [])
        for line in lines {
            func put(_ path: Path, _ entry: LayerEntry) { state.apply(.put(path, entry)) }
            func change(_ path: Path, _ body: (inout LayerEntry) -> Void) {
                guard var entry = state.upper[path] else { return }
                body(&entry)
                state.apply(.set(path, entry))
            }
            switch line {
            case .directory(let path, let mode):
                if state.upper[path] == nil {
                    put(path, LayerEntry(kind: .directory, permissions: mode, attributes: []))
                } else {
                    change(path) { $0.permissions = mode }
                }
            case .file(let path, let mode, let size):
                put(path, LayerEntry(kind: .file, permissions: mode, size: size, attributes: []))
            case .symlink(let path, let target):
                put(
                    path,
                    LayerEntry(
                        kind: .symlink, permissions: 0o777, size: Int64(target.count), target: target,
                        attributes: []))
            case .hardlink(let new, let old): state.apply(.link(old, new))
            case .owner(let path, let uid, let gid): change(path) { ($0.uid, $0.gid) = (uid, gid) }
            case .device(let path, let kind, let device, let mode):
                put(path, LayerEntry(kind: kind, permissions: mode, device: device, attributes: []))
            case .fifo(let path, let mode): put(path, LayerEntry(kind: .fifo, permissions: mode, attributes: []))
            case .socket(let path, let mode): put(path, LayerEntry(kind: .socket, permissions: mode, attributes: []))
            case .whiteout(let path): put(path, LayerEntry(kind: .whiteout, permissions: 0))
            case .opaque(let path): state.apply(.hideBeneath(path))
            case .xattr(let path, let name):
                change(path) {
                    if !($0.attributes ?? []).contains(ByteString(name)) { $0.attributes?.append(ByteString(name)) }
                }
            }
        }
        return state.upper
    }

    private static func stack(of layers: [[LayerLine]]) throws -> LayerStack {
        var stack = LayerStack()
        for lines in layers {
            stack.addLayer()
            for line in lines {
                switch line {
                case .directory(let path, let mode): try stack.makeDirectory(path, mode: mode)
                case .file(let path, let mode, let size): try stack.makeFile(path, mode: mode, zeros: size)
                case .symlink(let path, let target): try stack.makeSymlink(path, target: target)
                case .hardlink(let new, let old): try stack.makeHardLink(new, to: old)
                case .owner(let path, let uid, let gid): try stack.setOwner(path, uid: uid, gid: gid)
                case .device(let path, let kind, let device, let mode):
                    try stack.makeNode(path, kind, mode: mode, device: device)
                case .fifo(let path, let mode): try stack.makeNode(path, .fifo, mode: mode)
                case .socket(let path, let mode): try stack.makeNode(path, .socket, mode: mode)
                case .whiteout(let path): try stack.makeWhiteout(path)
                case .opaque(let path): try stack.makeOpaque(path)
                case .xattr(let path, let name):
                    try stack.setAttribute(path, name: name, value: attributeValue(name))
                }
            }
        }
        return stack
    }
}

extension SystemCall {
    /// The same call with data; `nil` where it came through a descriptor.
    fileprivate init?(_ operation: FileOperation) {
        if operation.operand?.resolution == .descriptor { return nil }
        switch operation {
        case .open(let path, let flags, let mode): self = .open(path, flags, mode: mode)
        case .truncate(let path, let size): self = .truncate(path, size: size)
        case .unlink(let path): self = .unlink(path)
        case .rmdir(let path): self = .rmdir(path)
        case .mkdir(let path, let mode): self = .mkdir(path, mode: mode)
        case .mknod(let path, let kind, let mode, let device): self = .mknod(path, kind, mode: mode, device)
        case .symlink(let target, let path): self = .symlink(target: target, path)
        case .link(let old, let new, let follows): self = .link(old, new, followsSource: follows)
        case .rename(let old, let new, let flags): self = .rename(old, new, flags)
        case .chmod(let operand, let mode): self = .chmod(operand, mode: mode)
        case .chown(let operand, let uid, let gid): self = .chown(operand, uid: uid, gid: gid)
        case .utimens(let operand, .nothing): self = .utimens(operand, access: .omit, modification: .omit)
        case .utimens(let operand, .now): self = .utimens(operand, access: .now, modification: .now)
        case .utimens(let operand, .given):
            self = .utimens(operand, access: .given(seconds: 1, nanoseconds: 0), modification: .omit)
        case .setxattr(let operand, let name, let flags):
            self = .setxattr(operand, name: name, value: attributeValue(name), flags)
        case .removexattr(let operand, let name): self = .removexattr(operand, name: name)
        case .bind(let path, let mode): self = .bind(path, mode: mode)
        case .stat(let operand): self = .stat(operand)
        case .access(let operand, let mode): self = .access(operand, mode: mode)
        case .readlink(let path): self = .readlink(path)
        case .readdir, .setFileFlags, .linkDescriptor: return nil
        }
    }
}
