public import LayerModel
public import Scripts

/// Where a prediction and the kernel differ.
public struct ScriptDifference: Error, Hashable, Sendable, CustomStringConvertible {
    /// What differs.
    public enum Aspect: String, Hashable, Sendable {
        case mount, errno, data, attributes, effects, cost, merged, upper
    }

    public var aspect: Aspect
    /// The line in the script's text; `nil` for the mount before it.
    public var line: Int?
    /// The line as it is written.
    public var operation: String
    public var model: String
    public var kernel: String

    public var description: String {
        """
        line \(line.map { "\($0)" } ?? "-"): \(operation)
          \(aspect.rawValue)
            model:  \(model)
            kernel: \(kernel)
        """
    }
}

extension OperationReport {
    /// Where the kernel's report of the same line differs from this, which is the model's.
    public func difference(from kernel: OperationReport) -> ScriptDifference? {
        func difference(_ aspect: ScriptDifference.Aspect, _ one: String, _ other: String) -> ScriptDifference {
            ScriptDifference(aspect: aspect, line: line, operation: text, model: one, kernel: other)
        }
        if errno != kernel.errno {
            return difference(.errno, errno?.name ?? "success", kernel.errno?.name ?? "success")
        }
        if data != kernel.data { return difference(.data, Self.words(data), Self.words(kernel.data)) }
        let (one, other) = (attributes?.comparable, kernel.attributes?.comparable)
        if one != other {
            return difference(.attributes, one.map { "\($0)" } ?? "nothing", other.map { "\($0)" } ?? "nothing")
        }
        if effects != kernel.effects {
            return difference(
                .effects, effects.map(\.description).joined(separator: "; "),
                kernel.effects.map(\.description).joined(separator: "; "))
        }
        return nil
    }

    /// Where what was measured of the line's copies differs from the costs that this, the model's report, tells.
    func difference(from copies: Cost) -> ScriptDifference? {
        // The last block of a copy is seldom full. XFS shares it, or writes it anew when the copy gets its size.
        let files = Int64(effects.count { $0.kind == .copyUp && $0.size != nil })
        let last = files * FileBlock.size
        // What a rename replaces is given back, and is no part of the copies.
        let allocated = cost.allocated + cost.freed
        let isCopied = copies.shared == 0 && copies.allocated == allocated
        let isShared = allocated == 0 && copies.shared + copies.allocated == cost.shared
        let rest = allocated - cost.copied
        if isCopied ? 0 <= rest && rest < max(last, 1) : isShared && copies.allocated <= last { return nil }
        func words(_ cost: Cost) -> String { "\(cost.allocated) bytes allocated, \(cost.shared) shared" }
        return ScriptDifference(
            aspect: .cost, line: line, operation: text, model: words(cost) + ", \(cost.copied) copied",
            kernel: words(copies))
    }

    private static func words(_ data: [UInt8]?) -> String {
        guard let data else { return "none" }
        let text = ByteString(bytes: data.prefix(200)).text.debugDescription
        return data.count > 200 ? "\(data.count) bytes: \(text) ..." : text
    }
}

private enum FileBlock {
    /// In bytes, on every filesystem that layers are verified on.
    static let size: Int64 = 4096
}

extension LayerEntry {
    /// What two filesystems must agree on: inode numbers and the sizes of directories are their own, and names of
    /// attributes are no part of stat(2).
    fileprivate var comparable: LayerEntry {
        var entry = self
        entry.inode = 0
        if kind == .directory { entry.size = 0 }
        // A device 0:0 is what its kind says.
        if kind == .whiteout { entry.device = nil }
        entry.attributes = nil
        entry.target = nil
        (entry.isOpaque, entry.redirect, entry.isMetacopy) = (false, nil, false)
        return entry
    }
}

extension ScriptDifference {
    /// The first name that two sorted listings tell differently, the model's first.
    public static func between(
        _ model: [ListedFile], _ kernel: [ListedFile], _ aspect: Aspect, after line: OperationLine?
    ) -> ScriptDifference? {
        let (model, kernel) = (model.map(\.comparable), kernel.map(\.comparable))
        if model == kernel { return nil }
        let known = Dictionary(model.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
        let found = Dictionary(kernel.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
        for path in Set(known.keys).union(found.keys).sorted() where known[path] != found[path] {
            return ScriptDifference(
                aspect: aspect, line: line?.number, operation: line?.text ?? "the mount",
                model: known[path]?.words ?? "no \(path)", kernel: found[path]?.words ?? "no \(path)")
        }
        return nil
    }
}

extension ListedFile {
    /// The size of a directory is its filesystem's own.
    fileprivate var comparable: ListedFile {
        var file = self
        if kind == .directory { file.size = nil }
        return file
    }

    /// As the differences tell it.
    public var words: String {
        let attributes = attributes.sorted { $0.key < $1.key }.map {
            "\($0.key)=\(ByteString(bytes: $0.value).text.debugDescription)"
        }
        return "\(path): \(kind.rawValue) \(String(permissions, radix: 8)) \(uid):\(gid)"
            + (size.map { " size \($0)" } ?? "") + (links.map { " nlink \($0)" } ?? "")
            + (target.map { " -> \($0)" } ?? "") + (device.map { " \($0.major):\($0.minor)" } ?? "")
            + (attributes.isEmpty ? "" : " " + attributes.joined(separator: " "))
    }
}
