import LayerModel

/// The calls of one line of a script, and what they came to together.
struct Calls<Filesystem: MountedFilesystem> {
    let caller: Credentials
    var errno: Errno?
    private(set) var data: [UInt8]?
    private(set) var attributes: LayerEntry?
    private(set) var effects: [LayerEffect] = []
    private(set) var cost = Cost()

    init(caller: Credentials) { self.caller = caller }

    /// Makes a call.
    ///
    /// - Returns: What it gave back; `nil` where it failed, which is then the line's error.
    @discardableResult
    mutating func make(_ call: SystemCall, on filesystem: inout Filesystem) throws -> CallValue? {
        let answer = try note(filesystem.answer(to: call, by: caller))
        if let error = answer.errno {
            errno = errno ?? error
            return nil
        }
        switch answer.value {
        case .bytes(let bytes): data = data.map { $0 + bytes } ?? bytes
        case .target(let target): data = target.bytes
        case .names(let names):
            data = names.isEmpty ? [] : Array(names.sorted().map(\.bytes).joined(separator: [UInt8(ascii: "\n")]))
        case .attributes(let entry): attributes = entry
        case .nothing, .count, .descriptor: break
        }
        return answer.value
    }

    /// Closes a descriptor; what was wrong before stays the line's error.
    mutating func close(_ descriptor: Descriptor, on filesystem: inout Filesystem) throws {
        let answer = try note(filesystem.answer(to: .close(descriptor), by: caller))
        errno = errno ?? answer.errno
    }

    /// A word behind `open`, at the descriptor's own offset. One read(2) gives all that a file holds.
    mutating func make(
        _ word: OperationLine.OpenWord, _ descriptor: Descriptor, on filesystem: inout Filesystem
    ) throws {
        switch word {
        case .write(let bytes): try make(.write(descriptor, bytes), on: &filesystem)
        case .read:
            let rest = OperationReport.mostData - (data?.count ?? 0)
            try make(.read(descriptor, count: rest), on: &filesystem)
        }
    }

    /// Removes a tree as `rm -r` does: names in sorted order, a directory after what it holds, until a call fails.
    mutating func removeTree(_ path: Path, on filesystem: inout Filesystem) throws {
        defer { data = nil }
        guard let isDirectory = try isDirectory(path, on: &filesystem) else { return }
        guard isDirectory else {
            try make(.unlink(path), on: &filesystem)
            return
        }
        /// The directories from the top down to the one at work, with the names in each that are left, last first.
        var open: [(path: Path, names: [ByteString])] = []
        func enter(_ path: Path, _ calls: inout Calls) throws -> Bool {
            guard case .names(let names)? = try calls.make(.readdir(path), on: &filesystem) else { return false }
            open.append((path, names.sorted().reversed()))
            return true
        }
        guard try enter(path, &self) else { return }
        while let directory = open.last?.path {
            guard let name = open[open.count - 1].names.popLast() else {
                guard try make(.rmdir(directory), on: &filesystem) != nil else { return }
                open.removeLast()
                continue
            }
            let child = directory.appending(name)
            guard let isDirectory = try self.isDirectory(child, on: &filesystem) else { return }
            if isDirectory {
                guard try enter(child, &self) else { return }
            } else {
                guard try make(.unlink(child), on: &filesystem) != nil else { return }
            }
        }
    }

    /// What lstat(2) tells; `nil` where it fails.
    private mutating func isDirectory(_ path: Path, on filesystem: inout Filesystem) throws -> Bool? {
        defer { attributes = nil }
        guard case .attributes(let entry)? = try make(.stat(Operand(path, .noFollow)), on: &filesystem) else {
            return nil
        }
        return entry.kind == .directory
    }

    private mutating func note(_ answer: CallAnswer) -> CallAnswer {
        effects += answer.effects
        cost += answer.cost
        return answer
    }
}
