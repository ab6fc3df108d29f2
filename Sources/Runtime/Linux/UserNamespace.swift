internal import CLinux
internal import Glibc

/// The ids that a user namespace knows, and which ids of the one around it they are (user_namespaces(7)).
public struct IdentifierMap: Hashable, Sendable {
    /// Neighbouring ids, mapped in order.
    public struct Extent: Hashable, Sendable {
        /// The first id inside, the first outside, and how many.
        public var inside: UInt32
        public var outside: UInt32
        public var count: UInt32

        public init(inside: UInt32, outside: UInt32, count: UInt32) {
            self.inside = inside
            self.outside = outside
            self.count = count
        }
    }

    public var extents: [Extent]

    public init(_ extents: [Extent]) { self.extents = extents }

    /// Reads the text of /proc/PID/uid_map or gid_map.
    public init(parsing text: String) {
        extents = text.split(separator: "\n").compactMap { line in
            let numbers = line.split(separator: " ").compactMap { UInt32($0) }
            return numbers.count == 3 ? Extent(inside: numbers[0], outside: numbers[1], count: numbers[2]) : nil
        }
    }

    /// Every id, as itself: the map of the initial user namespace.
    public static let identity = IdentifierMap([Extent(inside: 0, outside: 0, count: .max)])

    public func contains(_ id: UInt32) -> Bool { outside(of: id) != nil }

    /// What the id is in the namespace around; `nil` for one that is not mapped.
    public func outside(of id: UInt32) -> UInt32? {
        extents.first { $0.inside <= id && id - $0.inside < $0.count }.map { $0.outside + (id - $0.inside) }
    }

    /// How many ids there are.
    public var count: UInt64 { extents.reduce(0) { $0 + UInt64($1.count) } }
}

extension IdentifierMap: CustomStringConvertible {
    /// The ids inside, such as `0-65536`.
    public var description: String {
        var ranges: [(UInt64, UInt64)] = []
        for extent in extents.sorted(by: { $0.inside < $1.inside }) where extent.count > 0 {
            let (first, last) = (UInt64(extent.inside), UInt64(extent.inside) + UInt64(extent.count) - 1)
            if let end = ranges.last?.1, end + 1 == first {
                ranges[ranges.count - 1].1 = last
            } else {
                ranges.append((first, last))
            }
        }
        return ranges.isEmpty
            ? "none" : ranges.map { $0 == $1 ? "\($0)" : "\($0)-\($1)" }.joined(separator: ", ")
    }
}

/// The user namespace that this process works in, as the kernel tells it.
public struct UserNamespace: Hashable, Sendable {
    /// Whether it is the host's first one: only there `trusted.` attributes can be read and device nodes be made.
    public var isInitial: Bool
    public var users: IdentifierMap
    public var groups: IdentifierMap
    /// Whether setgroups(2) is allowed; it is denied for good where a process without privilege mapped its own group.
    public var allowsSettingGroups: Bool

    public init(isInitial: Bool, users: IdentifierMap, groups: IdentifierMap, allowsSettingGroups: Bool) {
        self.isInitial = isInitial
        self.users = users
        self.groups = groups
        self.allowsSettingGroups = allowsSettingGroups
    }

    public static let initial = UserNamespace(
        isInitial: true, users: .identity, groups: .identity, allowsSettingGroups: true)

    /// That of this process. It is looked at once: teach steps into one, if it does, before this can be asked.
    public static let current: UserNamespace = {
        var status = stat()
        // PROC_USER_INIT_INO of the kernel's include/linux/proc_ns.h: the number never changes.
        if stat("/proc/self/ns/user", &status) != 0 || status.st_ino == 0xEFFF_FFFD { return .initial }
        return UserNamespace(
            isInitial: false, users: IdentifierMap(parsing: text("uid_map")),
            groups: IdentifierMap(parsing: text("gid_map")), allowsSettingGroups: text("setgroups") != "deny\n")
    }()

    private static func text(_ name: String) -> String {
        guard let file = try? Descriptor(opening: "/proc/self/\(name)", O_RDONLY) else { return "" }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(file.number, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
    }
}

/// Where this process's program lies, behind whatever link it was called by; `nil` where /proc does not tell.
public let programPath: String? = {
    let known = user_namespace_program().map { String(cString: $0) } ?? ""
    if !known.isEmpty { return known }
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { readlink("/proc/self/exe", $0.baseAddress!, $0.count) }
    return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
}()

extension UserNamespace {
    /// What became of the step into a namespace of the user's own, which a command without privilege takes before
    /// anything else.
    public struct Entry: Hashable, Sendable {
        public enum Stage: Hashable, Sendable {
            /// Nobody asked for it: root, or a command that needs no power.
            case outside
            case inside
            /// unshare(2) refused with this errno.
            case notMade(Int32)
            /// Not even the user's own id could be mapped.
            case notMapped(Int32)
            /// A security module keeps the capabilities back.
            case withoutPower(Int32)
        }

        /// Why the user's own id is the only one.
        public enum Narrowness: Hashable, Sendable {
            case noRange
            case noTool
            /// What newuidmap or newgidmap said.
            case refused(String)
        }

        public var stage: Stage
        public var narrowness: Narrowness?
        /// The user outside.
        public var uid: UInt32

        public init(stage: Stage, narrowness: Narrowness?, uid: UInt32) {
            self.stage = stage
            self.narrowness = narrowness
            self.uid = uid
        }

        /// That of this process.
        public static var ofThisProcess: Entry {
            let entry = user_namespace_outcome()!.pointee
            let stage: Stage =
                switch entry.stage {
                case USER_NAMESPACE_INSIDE: .inside
                case USER_NAMESPACE_NOT_MADE: .notMade(entry.error)
                case USER_NAMESPACE_NOT_MAPPED: .notMapped(entry.error)
                case USER_NAMESPACE_WITHOUT_POWER: .withoutPower(entry.error)
                default: .outside
                }
            let said = withUnsafeBytes(of: entry.refusal) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            let narrowness: Narrowness? =
                switch entry.narrowness {
                case USER_NAMESPACE_NO_RANGE: .noRange
                case USER_NAMESPACE_NO_TOOL: .noTool
                case USER_NAMESPACE_REFUSED: .refused(said)
                default: nil
                }
            return Entry(stage: stage, narrowness: narrowness, uid: entry.uid)
        }
    }
}

/// Whose extended attributes overlayfs keeps its marks in (Documentation/filesystems/overlayfs.rst, "userxattr").
public enum OverlayAttributes: String, Hashable, Sendable, Codable {
    /// `trusted.overlay.`: only the initial user namespace's root may read and write these.
    case trusted
    /// `user.overlay.`, by the mount option `userxattr`.
    case user

    /// How the names of the marks begin.
    public var prefix: String { rawValue + ".overlay." }

    /// Those that this process can use.
    public static var current: OverlayAttributes { UserNamespace.current.isInitial ? .trusted : .user }
}
