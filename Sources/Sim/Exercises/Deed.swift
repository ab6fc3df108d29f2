import LayerModel
import Scripts

/// What a person does to files: an operation of a script, and how one says it.
struct Deed: Hashable {
    enum Verb: Int, Hashable, CaseIterable {
        case read, append, replace, create, unlink, mkdir
        case chmod, renameFile, rmdir, removeTree, symlink, truncate
        case renameDirectory, link, replaceByRename
        case exchange
    }

    var verb: Verb
    var operation: OperationLine.Operation
    var words: String

    private init(_ verb: Verb, _ operation: OperationLine.Operation, _ words: String) {
        self.verb = verb
        self.operation = operation
        self.words = words
    }

    static func read(_ path: Path) -> Deed {
        Deed(.read, .open(path, [], mode: 0, [.read], keepAs: nil), "read \(path)")
    }

    private static func words(_ bytes: Int64) -> String { "\(bytes) byte\(bytes == 1 ? "" : "s")" }

    static func append(_ text: String, to path: Path) -> Deed {
        let bytes = Array(text.utf8)
        return Deed(
            .append, .open(path, [.writeOnly, .append], mode: 0, [.write(bytes)], keepAs: nil),
            "append \(words(Int64(bytes.count))) to \(path)")
    }

    static func replace(_ path: Path, with text: String) -> Deed {
        let bytes = Array(text.utf8)
        return Deed(
            .replace, .open(path, [.writeOnly, .truncate], mode: 0, [.write(bytes)], keepAs: nil),
            "empty \(path) and write \(words(Int64(bytes.count))) into it")
    }

    static func create(_ path: Path, _ text: String) -> Deed {
        let bytes = Array(text.utf8)
        return Deed(
            .create, .open(path, [.writeOnly, .create, .truncate], mode: 0o644, [.write(bytes)], keepAs: nil),
            "create \(path) with \(words(Int64(bytes.count)))")
    }

    static func unlink(_ path: Path) -> Deed { Deed(.unlink, .call(.unlink(path)), "delete \(path)") }
    static func mkdir(_ path: Path) -> Deed {
        Deed(.mkdir, .call(.mkdir(path, mode: 0o755)), "make the directory \(path)")
    }
    static func chmod(_ path: Path, _ mode: UInt16) -> Deed {
        Deed(
            .chmod, .call(.chmod(Operand(path), mode: mode)),
            "change the mode of \(path) to \(String(mode, radix: 8))")
    }
    static func rmdir(_ path: Path) -> Deed { Deed(.rmdir, .call(.rmdir(path)), "remove the directory \(path)") }
    static func removeTree(_ path: Path) -> Deed {
        Deed(.removeTree, .removeTree(path), "remove \(path) with all that it holds")
    }
    static func symlink(_ path: Path, to target: ByteString) -> Deed {
        Deed(.symlink, .call(.symlink(target: target, path)), "make \(path) a symbolic link to \(target)")
    }
    static func truncate(_ path: Path, _ size: Int64) -> Deed {
        Deed(.truncate, .call(.truncate(path, size: size)), "cut \(path) to \(words(size))")
    }
    static func rename(_ verb: Verb, _ old: Path, _ new: Path) -> Deed {
        Deed(verb, .call(.rename(old, new, [])), "rename \(old) to \(new)")
    }
    static func link(_ old: Path, _ new: Path) -> Deed {
        Deed(.link, .call(.link(old, new, followsSource: false)), "give \(old) the second name \(new)")
    }
    static func exchange(_ one: Path, _ other: Path) -> Deed {
        Deed(.exchange, .call(.rename(one, other, .exchange)), "exchange the names \(one) and \(other)")
    }

    /// The bytes that it writes; `nil` where it writes none.
    var written: Int64? {
        guard case .open(_, _, _, let words, _) = operation, case .write(let bytes)? = words.first else { return nil }
        return Int64(bytes.count)
    }
}

extension Deed.Verb {
    /// The level from which on it is asked.
    var level: Int {
        switch self {
        case .read, .append, .replace, .create, .unlink, .mkdir: 1
        case .chmod, .renameFile, .rmdir, .removeTree, .symlink, .truncate: 2
        case .renameDirectory, .link, .replaceByRename: 3
        case .exchange: 4
        }
    }

    /// How often it is asked, beside the others.
    func weight(at level: Int) -> Int {
        if self == .read { return level == 1 ? 2 : 1 }
        return self.level == level ? 5 : 3
    }
}
