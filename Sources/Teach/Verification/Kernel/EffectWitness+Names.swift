internal import CLinux
internal import Glibc
internal import LayerModel
internal import Linux

extension EffectWitness {
    /// The resolved paths that the call may change, in the order of its arguments.
    func operands(of call: SystemCall, _ calls: KernelCalls) -> [ByteString] {
        switch call {
        case .open(let path, let flags, _):
            guard flags.canChangeLayers else { return [] }
            let follows = !flags.contains(.noFollow) && !flags.isSuperset(of: [.create, .exclusive])
            return resolved(path, follows: follows, calls)
        case .truncate(let path, _): return resolved(path, follows: true, calls)
        case .unlink(let path), .rmdir(let path), .mkdir(let path, _), .mknod(let path, _, _, _), .bind(let path, _),
            .symlink(_, let path):
            return resolved(path, follows: false, calls)
        case .link(let old, let new, let follows):
            return resolved(old, follows: follows, calls) + resolved(new, follows: false, calls)
        case .rename(let old, let new, _):
            return resolved(old, follows: false, calls) + resolved(new, follows: false, calls)
        case .chmod(let operand, _), .chown(let operand, _, _), .utimens(let operand, _, _),
            .setxattr(let operand, _, _, _), .removexattr(let operand, _):
            return resolved(operand.path, follows: operand.follows || operand.path.demandsDirectory, calls)
        case .fchmod(let file, _), .fchown(let file, _, _): return name(of: file, calls)
        case .linkDescriptor(let file, let path):
            return name(of: file, calls) + resolved(path, follows: false, calls)
        default: return []
        }
    }

    private func name(of file: FileDescriptor, _ calls: KernelCalls) -> [ByteString] {
        calls.name(of: file.number).map { [ByteString($0)] } ?? []
    }

    /// The path without links, as the kernel tells it of what it opened; where nothing stands, the last name in its
    /// directory. Empty where the walk fails before.
    private func resolved(_ path: Path, follows: Bool, _ calls: KernelCalls) -> [ByteString] {
        Self.resolve(path.description, follows: follows, calls, depth: 0).map { [ByteString($0)] } ?? []
    }

    private static func resolve(
        _ path: String, follows: Bool, _ calls: KernelCalls, depth: Int
    ) -> String? {
        if follows, let place = place(of: path, calls) { return place }
        var components = Path(path).components.map(\.text)
        guard let last = components.popLast() else { return "/" }
        if last == "." || last == ".." { return place(of: path, calls) }
        let parent = components.isEmpty ? "" : place(of: "/" + components.joined(separator: "/") + "/", calls)
        guard let parent else { return nil }
        let name = (parent == "/" ? "" : parent) + "/" + last
        guard follows, depth < 40 else { return name }
        // A link to nothing: open(2) makes what it points at.
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(ByteString(name).cString, &buffer, buffer.count)
        guard count > 0 else { return name }
        let target = ByteString(bytes: buffer[..<count].map(UInt8.init(bitPattern:))).text
        return resolve(
            target.utf8.first == UInt8(ascii: "/") ? target : parent + "/" + target, follows: true, calls,
            depth: depth + 1)
    }

    private static func place(of path: String, _ calls: KernelCalls) -> String? {
        let number = open(ByteString(path).cString, pathOnly | O_CLOEXEC)
        guard number >= 0 else { return nil }
        defer { close(number) }
        return calls.name(of: number)
    }

    static func ancestors(of path: ByteString) -> [ByteString] {
        Path(path.text).ancestors.map { ByteString($0.description) }
    }
}
