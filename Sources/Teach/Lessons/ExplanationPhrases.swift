public import Events
public import LayerModel
import Pictures

/// The English of an explanation: one phrase for each call and each effect.
enum Phrases {
    /// One call as a sentence: who did what, and what that did to the layers.
    static func sentence(_ who: String, _ operation: ObservedOperation) -> String {
        let call = "\(who) \(verb(operation))"
        if let errno = operation.errno {
            return "\(who) called \(operation.plainSignature); the kernel refused it with \(errno.name)"
                + (operation.effects.isEmpty ? ", and no layer changed." : ".")
        }
        if operation.effects.isEmpty {
            return operation.answer == .upper
                ? "\(call); nothing was copied: the name was already in the upper layer."
                : "\(call); no layer changed."
        }
        // Own effects first; that the parents came along is said last.
        let own = operation.effects.filter { $0.effect.kind != .parentCopyUp }
        var clauses = own.map { clause($0, subject: operation.subject, linked: operation.linkedFile) }
        let parents = operation.effects.filter { $0.effect.kind == .parentCopyUp }.map(\.effect.path.description)
        if !parents.isEmpty { clauses.append("\(parents.joined(separator: " and ")) came along as parent") }
        return "\(call); \(clauses.joined(separator: "; "))."
    }

    /// What a run of calls left, as a sentence.
    static func summary(_ net: NetEffects) -> String {
        let told = net.effects.filter { $0.effect.kind != .parentCopyUp }
        guard !told.isEmpty else {
            return net.effects.isEmpty
                ? "They left the upper layer as it was."
                : "They left no more than copied-up parents in the upper layer."
        }
        let rest = told.count > 4 ? ["and \(count(told.count - 4, "more effect"))"] : []
        // The call that made a file saw it empty; what was written since, no effect tells.
        let clauses =
            told.prefix(4).map {
                $0.effect.kind == .create ? "\($0.effect.path) is new in the upper layer" : clause($0, subject: nil)
            } + rest
        return "In the end \(clauses.joined(separator: "; "))."
    }

    /// Calls by family, in the order in which each was first made: `2 mkdir, 2 open`.
    static func tally(_ operations: [ObservedOperation]) -> String {
        var counts: [(family: String, count: Int)] = []
        for operation in operations {
            let family = CallFamily.of(operation)
            if let index = counts.firstIndex(where: { $0.family == family }) {
                counts[index].count += 1
            } else {
                counts.append((family, 1))
            }
        }
        return counts.map { "\($0.count) \($0.family)" }.joined(separator: ", ")
    }

    static func layer(_ layer: LayerID) -> String {
        switch layer {
        case .upper: "the upper layer"
        case .lower(let number): "layer \(number)"
        }
    }

    /// `1 call`, `2 calls`.
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// The digits in groups of three: `33,554,432`.
    static func grouped(_ number: Int64) -> String {
        var text = ""
        for (index, digit) in String(number.magnitude).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + String(text.reversed())
    }

    /// What the call did, as a verb with its objects.
    private static func verb(_ operation: ObservedOperation) -> String {
        guard let call = operation.call else { return "called \(operation.plainSignature)" }
        let paths = operation.subjects.map(\.description)
        let first = paths.first ?? "a file"
        let second = paths.count > 1 ? paths[1] : "another name"
        switch call {
        case .open(_, let flags, _):
            return "opened \(first) with \(operation.flags.isEmpty ? flags.description : operation.flags)"
        case .truncate(_, let size): return "cut \(first) to \(ByteCount(size).exact)"
        case .unlink: return "deleted \(first)"
        case .rmdir: return "removed the directory \(first)"
        case .mkdir: return "made the directory \(first)"
        case .mknod: return "made the node \(first)"
        case .symlink(let target, _): return "made the symbolic link \(first) to \(target)"
        case .link, .linkDescriptor(.named, _, _): return "gave \(first) the second name \(second)"
        case .linkDescriptor(.nameless, _, _): return "gave a file without a name the name \(first)"
        case .rename: return "renamed \(first) to \(second)"
        case .chmod(_, let mode): return "changed the mode of \(first) to \(octal(mode))"
        case .chown: return "changed the owner of \(first)"
        case .utimens: return "set the times of \(first)"
        case .setxattr(_, let name, _): return "set the attribute \(name) of \(first)"
        case .removexattr(_, let name): return "removed the attribute \(name) of \(first)"
        case .setFileFlags: return "set the flags of \(first)"
        case .bind: return "bound a socket to \(first)"
        case .stat, .access, .readlink, .readdir: return "looked at \(first)"
        }
    }

    /// What the layers show of one effect; `subject` is what the call's verb has named already.
    ///
    /// - Parameters:
    ///   - linked: the file that the call gave another name: of that nothing is new but the name.
    ///   - writable: what the driver has in the upper layer's place.
    ///   - leavesData: whether a copy-up took the attributes alone.
    static func clause(
        _ observed: ObservedEffect, subject: Path?, linked: Path? = nil, driver: String = "overlayfs",
        writable: String = "the upper layer", leavesData: Bool = false
    ) -> String {
        let effect = observed.effect
        let it = effect.path == subject ? "it" : effect.path.description
        let source = layer(effect.layer)
        switch effect.kind {
        case .parentCopyUp: return "\(effect.path) was copied up as parent"
        case .copyUp:
            guard let size = effect.size else { return "\(driver) copied \(it) up from \(source), which holds no data" }
            if leavesData {
                let bytes = ByteCount(size).exact
                return "\(driver) copied the attributes of \(it) up from \(source), where its \(bytes) stay"
            }
            return "\(driver) copied \(it) up from \(source): \(cost(size, observed))"
        case .linkBroken: return "the copy of \(effect.path) no longer shares an inode with the file's other names"
        case .remove: return "the name \(effect.path) left \(writable)"
        case .whiteout: return "a whiteout hides \(effect.path) of \(source)"
        case .create:
            if let linked { return "\(effect.path) is new in \(writable): another name of \(linked)" }
            guard let size = effect.size else { return "\(effect.path) is new in \(writable)" }
            return "\(effect.path) is new in \(writable): \(ByteCount(size).exact)"
        case .opaque: return "\(effect.path) is opaque: it hides what the layers beneath hold under that name"
        case .redirect: return "\(effect.path) points at another name in the layers beneath"
        }
    }

    private static func cost(_ size: Int64, _ observed: ObservedEffect) -> String {
        let allocated = observed.allocated.map { ", \(grouped($0)) allocated" } ?? ""
        let shared = observed.shared.map { $0 == 0 ? ", none shared" : ", \(grouped($0)) shared" } ?? ""
        return "\(ByteCount(size).exact) logical\(allocated)\(shared)"
    }

    /// Four digits, as chmod(1) takes them.
    private static func octal(_ mode: UInt16) -> String {
        let digits = String(mode & 0o7777, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

extension LayerEffect {
    /// The effect as a clause, such as `overlayfs copied /f up from layer 1: 5 bytes logical`.
    ///
    /// - Parameters:
    ///   - writable: What the driver has in the upper layer's place, such as `the container's snapshot`.
    ///   - leavesData: Whether a copy-up took the attributes alone, as with metacopy=on.
    ///   - linked: The file that the call gave another name, where it did.
    public func clause(driver: String, writable: String, leavesData: Bool = false, linked: Path? = nil) -> String {
        Phrases.clause(
            ObservedEffect(self), subject: nil, linked: linked, driver: driver, writable: writable,
            leavesData: leavesData)
    }
}

extension ObservedOperation {
    /// The file that the call gave another name.
    public var linkedFile: Path? {
        guard case .link(let file, _, _)? = call else { return nil }
        return file
    }

    /// The call as it would be written, without its result.
    fileprivate var plainSignature: String { "\(syscall)(\(arguments.joined(separator: ", ")))" }
}
