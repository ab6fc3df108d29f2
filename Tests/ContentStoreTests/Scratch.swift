import Glibc
import LayerModel
import Linux
import OCI

@testable import ContentStore

/// A directory that is gone when the test is over.
final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/teach-content-store-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw SystemCallError(call: "mkdtemp", errno: Errno(rawValue: Glibc.errno))
        }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { try? removeTree(path) }

    func directory(_ name: String) throws -> String {
        try Files.makeDirectories("\(path)/\(name)")
        return "\(path)/\(name)"
    }

    /// Writes a file; its directory must be there.
    func file(_ name: String, _ bytes: some Sequence<UInt8>) throws {
        let file = try Descriptor(opening: "\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        try Array(bytes).withUnsafeBytes { try Files.write($0, to: file.number) }
    }

    func text(_ name: String) throws -> String {
        let file = try Descriptor(opening: "\(path)/\(name)", O_RDONLY)
        return String(decoding: try Files.readAll(file.number), as: UTF8.self)
    }

    /// A tar of these entries; each file holds the text that stands beside it.
    @discardableResult
    func tar(_ name: String, _ entries: [TarItem], _ compression: Compression = .none) throws -> WrittenLayer {
        let file = try Descriptor(opening: "\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        let writer = try TarWriter(to: file.number, compression)
        for item in entries {
            try writer.add(item.entry)
            try Array(item.text.utf8).withUnsafeBytes { try writer.write($0) }
        }
        return try writer.finish()
    }

    @discardableResult
    func apply(_ tar: String, to directory: String, _ applier: LayerApplier = LayerApplier()) throws -> AppliedLayer {
        let file = try Descriptor(opening: "\(path)/\(tar)", O_RDONLY)
        return try applier.apply(file.number, to: "\(path)/\(directory)")
    }

    func write(_ directory: String, as tar: String, _ writer: LayerWriter = LayerWriter()) throws -> WrittenLayer {
        let file = try Descriptor(opening: "\(path)/\(tar)", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        return try writer.write("\(path)/\(directory)", to: file.number)
    }

    /// The whole tree as one line a name: kind and mode, owner, size or device, attributes, link target.
    func listing(_ directory: String) throws -> [String] {
        let script = """
            cd "$1" && find . -mindepth 1 -printf '%P|%y|%m|%U:%G|%s|%T@|%l|%n\\n' | sort
            getfattr -R -d -h -m - . 2>/dev/null | grep -v '^$' || true
            """
        return try shell(script, "\(path)/\(directory)").split(separator: "\n").map(String.init)
    }

    @discardableResult
    func shell(_ script: String, _ arguments: String...) throws -> String {
        let result = try HostCommand(arguments: ["/bin/sh", "-ec", script, "sh"] + arguments)
            .run(scratch: path + "/.output")
        guard result.status == 0 else { throw StoreError.archive("sh: \(result.status): \(result.output)") }
        return result.output
    }

    func status(_ name: String) throws -> stat? { try Files.status(in: AT_FDCWD, "\(path)/\(name)") }

    func attributes(_ name: String) throws -> [String: [UInt8]] {
        let directory = try Descriptor(opening: path, O_RDONLY | O_DIRECTORY)
        return Dictionary(
            uniqueKeysWithValues: try ExtendedAttributes.all(in: directory.number, name).map { ($0.name, $0.value) })
    }
}

/// One entry of a crafted tar and the text of its file.
struct TarItem: Sendable {
    static let epoch = Timestamp(seconds: 1_000_000_000)

    var entry: ArchiveEntry
    var text = ""

    static func file(_ path: String, _ text: String = "") -> TarItem {
        TarItem(
            entry: ArchiveEntry(
                path: path, kind: .file(size: Int64(text.utf8.count)), permissions: 0o644, modified: epoch),
            text: text)
    }

    static func entry(_ path: String, _ kind: ArchiveEntry.Kind, _ permissions: UInt16 = 0o755) -> TarItem {
        TarItem(entry: ArchiveEntry(path: path, kind: kind, permissions: permissions, modified: epoch))
    }

    /// A directory with an extended attribute.
    static func attribute(_ name: String, on path: String) -> TarItem {
        var item = entry(path, .directory)
        item.entry.attributes = [(name, Array("/etc".utf8))]
        return item
    }
}
