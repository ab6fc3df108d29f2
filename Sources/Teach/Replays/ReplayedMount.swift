import LayerModel
import Scripts
import StorageDrivers

/// A simulated union on which recorded calls are made again.
struct ReplayedMount {
    private var mount: SimulatedMount
    /// What writes cost that happened between the recorded calls: of a write(2) the record knows only that the file has
    /// another size later.
    private var writes = Cost()

    init(_ mount: SimulatedMount) { self.mount = mount }

    /// What writes cost since this was asked last.
    mutating func takeWrites() -> Cost {
        defer { writes = Cost() }
        return writes
    }

    /// Makes a call, and closes what it opened.
    mutating func make(_ call: SystemCall, by caller: Credentials) -> CallAnswer {
        let answer = mount.answer(to: call, by: caller)
        if case .descriptor(let descriptor) = answer.value { _ = mount.answer(to: .close(descriptor), by: caller) }
        return answer
    }

    private mutating func entry(at path: Path) -> LayerEntry? {
        guard case .attributes(let entry) = mount.answer(to: .stat(Operand(path, .noFollow)), by: .all).value else {
            return nil
        }
        return entry
    }

    /// Brings a file to the size that a later call found it with.
    ///
    /// - Parameter counts: Whether that is to be counted among the writes.
    /// - Returns: Whether there is a file of that name.
    @discardableResult
    mutating func resize(_ path: Path, to size: Int64, counts: Bool = true) -> Bool {
        guard let entry = entry(at: path), entry.kind == .file else { return false }
        guard entry.size != size else { return true }
        var cost = Cost()
        func make(_ call: SystemCall, on mount: inout SimulatedMount) -> CallValue {
            let answer = mount.answer(to: call, by: .all)
            cost += answer.cost
            return answer.value
        }
        if case .descriptor(let file) = make(.open(path, [.writeOnly], mode: 0), on: &mount) {
            if size > entry.size {
                cost += mount.writeUnknown(entry.size..<size, into: file).cost
            } else {
                _ = make(.ftruncate(file, size: size), on: &mount)
            }
            _ = make(.close(file), on: &mount)
        }
        if counts { writes += cost }
        return true
    }

    // MARK: - Before the record

    /// Brings the writable layer to what it held when the record began, by calls whose cost does not count.
    mutating func begin(_ upper: [Path: LayerEntry]) {
        for path in upper.keys.sorted() where path != .root {
            guard let wanted = upper[path] else { continue }
            begin(wanted, at: path)
        }
    }

    private mutating func begin(_ wanted: LayerEntry, at path: Path) {
        let found = entry(at: path)
        let stays =
            found?.kind == wanted.kind && (wanted.kind == .file || wanted.kind == .directory && !wanted.isOpaque)
        if let found, !stays { remove(path, found) }
        let operand = Operand(path, .noFollow)
        switch wanted.kind {
        case .whiteout: return
        case .directory: if !stays { _ = make(.mkdir(path, mode: wanted.permissions), by: .all) }
        case .file:
            guard
                case .descriptor(let file) = mount.answer(
                    to: .open(path, [.writeOnly, .create], mode: wanted.permissions), by: .all
                ).value
            else { return }
            let size = stays ? found?.size ?? 0 : 0
            if wanted.size > size {
                _ = mount.writeUnknown(size..<wanted.size, into: file)
            } else if wanted.size < size {
                _ = mount.answer(to: .ftruncate(file, size: wanted.size), by: .all)
            }
            _ = mount.answer(to: .close(file), by: .all)
        case .symlink: _ = make(.symlink(target: wanted.target ?? "?", path), by: .all)
        case .socket: _ = make(.bind(path, mode: wanted.permissions), by: .all)
        case .fifo, .characterDevice, .blockDevice:
            _ = make(.mknod(path, wanted.kind, mode: wanted.permissions, wanted.device), by: .all)
        }
        _ = make(.chown(operand, uid: wanted.uid, gid: wanted.gid), by: .all)
        if wanted.kind != .symlink { _ = make(.chmod(Operand(path), mode: wanted.permissions), by: .all) }
    }

    /// As `rm -r` does it.
    private mutating func remove(_ path: Path, _ entry: LayerEntry) {
        guard entry.kind == .directory else {
            _ = make(.unlink(path), by: .all)
            return
        }
        if case .names(let names) = mount.answer(to: .readdir(path), by: .all).value {
            for name in names.sorted() {
                let child = path.appending(name)
                if let entry = self.entry(at: child) { remove(child, entry) }
            }
        }
        _ = make(.rmdir(path), by: .all)
    }
}

extension Credentials {
    /// Root whom nothing is denied.
    static let all = Credentials(uid: 0, gid: 0, capabilities: .max)
}
