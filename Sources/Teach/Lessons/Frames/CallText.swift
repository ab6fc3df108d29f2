public import Events
internal import LayerModel
internal import Pictures

/// Calls and their effects in the words of a caption.
public enum CallText {
    /// The call as it would stand in a trace: `openat("/etc/motd", O_WRONLY|O_APPEND)`.
    public static func call(_ operation: ObservedOperation) -> String {
        var words = operation.arguments.map { $0.hasPrefix("fd ") ? $0 : "\"\($0)\"" }
        if !operation.flags.isEmpty { words.append(operation.flags) }
        return "\(operation.syscall)(\(words.joined(separator: ", ")))"
    }

    /// What the call came to, in the fewest words: `copy-up of 1.4 KiB, layer 2 → upper`.
    public static func effect(_ operation: ObservedOperation) -> String {
        if let errno = operation.errno { return errno.name }
        let effects = operation.effects.map(\.effect)
        let clauses = effects.compactMap { clause($0, among: effects) }
        if !clauses.isEmpty { return clauses.joined(separator: ", ") }
        if operation.call?.isLookup == true {
            return operation.answer.map { $0 == .upper ? "found in upper" : "found in layer \($0)" } ?? "found nowhere"
        }
        return "no layer changed"
    }

    private static func clause(_ effect: LayerEffect, among all: [LayerEffect]) -> String? {
        switch effect.kind {
        case .copyUp:
            "copy-up of \(effect.size.map { ByteCount($0).description } ?? "the directory"), layer \(effect.layer) → upper"
        case .whiteout: "whiteout over layer \(effect.layer)"
        case .opaque: "opaque directory"
        case .linkBroken: "hard link broken"
        case .redirect: "redirect"
        case .remove: all.contains { $0.kind == .whiteout } ? nil : "removed from upper"
        case .create: all.contains { $0.kind == .opaque } ? nil : "new in upper"
        case .parentCopyUp: all.contains { $0.kind == .copyUp } ? nil : "parent \(effect.path) copied up"
        }
    }
}
