public import LayerModel

/// Runs a script's operations, one at a time, on a union that holds its layers: the simulator's or a mounted one.
public struct ScriptRunner<Filesystem: MountedFilesystem> {
    public private(set) var filesystem: Filesystem
    private let operations: [OperationLine]
    private var index = 0
    private var caller = Credentials.scriptRoot
    /// The filesystem's descriptors by the numbers that the script gave them, with the line that did.
    private var kept: [Descriptor: (descriptor: Descriptor, line: Int)] = [:]
    /// Whether a remount was refused, so that nothing is mounted any more.
    public private(set) var isOver = false

    /// - Parameter filesystem: mounted, with the script's layers beneath a writable one that is empty.
    public init(_ script: Script, on filesystem: Filesystem) {
        operations = script.operations
        self.filesystem = filesystem
    }

    /// Runs the next line.
    ///
    /// - Returns: `nil` at the end, when all descriptors are closed. What came after a refused remount is not run:
    ///   `unreached` tells it.
    /// - Throws: `ScriptProblem` where a number is in use; what keeps the filesystem from making a call at all.
    public mutating func next() throws -> OperationReport? {
        guard index < operations.count, !isOver else {
            try closeAll()
            return nil
        }
        let report = try perform(operations[index])
        index += 1
        return report
    }

    /// Runs a line that need not be the script's: what comes before the next one.
    ///
    /// - Throws: As `next` does.
    public mutating func perform(_ line: OperationLine) throws -> OperationReport {
        var calls = Calls<Filesystem>(caller: caller)
        try run(line, &calls)
        return OperationReport(
            line: line.number, text: line.text, errno: calls.errno, data: calls.data, attributes: calls.attributes,
            effects: calls.effects, cost: calls.cost, expectation: line.expectation,
            linked: line.operation.linkedFile)
    }

    /// The lines that were not run.
    public var unreached: ArraySlice<OperationLine> { operations[index...] }

    /// What the merged view and the writable layer hold now.
    public mutating func listing(_ listing: Listing) throws -> [ListedFile] {
        switch listing {
        case .merged: try filesystem.merged()
        case .upper: try filesystem.upper()
        }
    }

    private mutating func closeAll() throws {
        for number in kept.keys.sorted(by: { $0.number < $1.number }) {
            if let open = kept.removeValue(forKey: number) {
                _ = try filesystem.answer(to: .close(open.descriptor), by: caller)
            }
        }
    }

    /// Asks the filesystem something beside the script; looking may make it remember what it found.
    public mutating func ask<Answer>(_ question: (inout Filesystem) throws -> Answer) rethrows -> Answer {
        try question(&filesystem)
    }

    // MARK: - Lines

    private mutating func run(_ line: OperationLine, _ calls: inout Calls<Filesystem>) throws {
        switch line.operation {
        case .open(let path, let flags, let mode, let words, let number):
            if let number, let open = kept[number] {
                throw ScriptProblem(
                    line: line.number, column: line.columnOfNumber,
                    "descriptor \(number.number) is in use since line \(open.line); expected another number, or `close "
                        + "\(number.number)` before")
            }
            let open = SystemCall.open(path, flags, mode: mode)
            guard case .descriptor(let descriptor)? = try calls.make(open, on: &filesystem) else { return }
            for word in words where calls.errno == nil { try calls.make(word, descriptor, on: &filesystem) }
            if let number, calls.errno == nil {
                kept[number] = (descriptor, line.number)
            } else {
                try calls.close(descriptor, on: &filesystem)
            }
        case .call(let call):
            try calls.make(call, on: &filesystem)
        case .descriptorCall(let call):
            guard let call = call.renumbered(by: { kept[$0]?.descriptor }) else {
                calls.errno = .EBADF
                return
            }
            try calls.make(call, on: &filesystem)
            if case .descriptorCall(.close(let number)) = line.operation { kept[number] = nil }
        case .readWhole(let number):
            guard let open = kept[number] else {
                calls.errno = .EBADF
                return
            }
            try calls.make(
                .pread(open.descriptor, count: OperationReport.mostData, offset: 0), on: &filesystem)
        case .removeTree(let path):
            try calls.removeTree(path, on: &filesystem)
        case .remount(let options):
            try closeAll()
            calls.errno = try filesystem.remount(options)
            isOver = calls.errno != nil
        case .user(let uid, let gid):
            caller = Credentials(scriptUser: uid, gid)
        }
    }
}

/// What a script's end can be asked for.
public enum Listing: String, Hashable, Sendable, CaseIterable {
    /// The names that a process finds.
    case merged
    /// The writable layer in its driver's form on disk.
    case upper
}

extension Credentials {
    /// Root as a script begins with: every capability that bears on files.
    public static let scriptRoot = Credentials(
        uid: 0, gid: 0, capabilities: Capability.allCases.reduce(0) { $0 | 1 << $1.rawValue })

    /// Who a script's `user` makes the caller: no capability and no supplementary group unless it is 0 0.
    public init(scriptUser uid: UInt32, _ gid: UInt32) {
        self = uid == 0 && gid == 0 ? .scriptRoot : Credentials(uid: uid, gid: gid, capabilities: 0)
    }
}

extension SystemCall {
    /// The same call on the filesystem's descriptors; `nil` where it has none for a number.
    func renumbered(by descriptor: (Descriptor) -> Descriptor?) -> SystemCall? {
        switch self {
        case .close(let number): descriptor(number).map { .close($0) }
        case .read(let number, let count): descriptor(number).map { .read($0, count: count) }
        case .write(let number, let bytes): descriptor(number).map { .write($0, bytes) }
        case .pread(let number, let count, let offset):
            descriptor(number).map { .pread($0, count: min(count, OperationReport.mostData), offset: offset) }
        case .pwrite(let number, let bytes, let offset): descriptor(number).map { .pwrite($0, bytes, offset: offset) }
        case .ftruncate(let number, let size): descriptor(number).map { .ftruncate($0, size: size) }
        case .fallocate(let number, let offset, let length):
            descriptor(number).map { .fallocate($0, offset: offset, length: length) }
        case .copyFileRange(let source, let target, let length):
            descriptor(source).flatMap { source in
                descriptor(target).map { .copyFileRange(from: source, to: $0, length: length) }
            }
        case .fchmod(let number, let mode): descriptor(number).map { .fchmod($0, mode: mode) }
        case .fchown(let number, let uid, let gid): descriptor(number).map { .fchown($0, uid: uid, gid: gid) }
        case .linkDescriptor(let number, let path): descriptor(number).map { .linkDescriptor($0, path) }
        default: self
        }
    }
}

extension OperationLine {
    /// The column of the number behind `as`.
    fileprivate var columnOfNumber: Int {
        var lexer = Lexer(ByteString(text).bytes)
        guard let words = try? lexer.next()?.words, let word = words.last else { return 1 }
        return lexer.place(of: word.offset).column
    }
}
