internal import Glibc
internal import LayerModel
internal import Linux

/// A filesystem for layers to lie on, mounted on a thread with mounts of its own (`withPrivateMounts`), with which it
/// goes. Nothing of it has a name outside.
public final class Ground {
    public enum Kind: Hashable, Sendable {
        /// In memory; the quickest.
        case tmpfs
        /// On a loop device, with reflinks, so that a copy-up shares its data.
        case xfs
        /// On a loop device.
        case btrfs
        /// On a loop device.
        case ext4
    }

    public let kind: Kind
    /// Where it is mounted, on this thread alone.
    let place: String

    /// Why there is none: a clause that can follow "because".
    public struct Unavailable: Error, CustomStringConvertible {
        public var description: String
    }

    /// - Parameter megabytes: how large a filesystem on a loop device is; by default the smallest that its tool makes. It
    ///   takes memory as it is written.
    /// - Throws: `Unavailable`; `SystemCallError`
    public init(_ kind: Kind, megabytes: Int64? = nil) throws {
        self.kind = kind
        let places = ["/mnt", "/media", "/srv", "/tmp"]
        guard let place = places.first(where: { (path: String) in access(path, F_OK) == 0 }) else {
            throw Unavailable(description: "neither /mnt nor /tmp is there to mount on")
        }
        self.place = place
        switch kind {
        case .tmpfs: try mountFilesystem("teach", place, type: "tmpfs", options: "mode=755")
        case .xfs:
            try mountOnLoop("xfs", "mkfs.xfs", ["-q", "-m", "reflink=1"], megabytes: megabytes ?? 512, "xfsprogs")
        case .btrfs:
            try mountOnLoop("btrfs", "mkfs.btrfs", ["-q", "-m", "single"], megabytes: megabytes ?? 2048, "btrfs-progs")
        case .ext4:
            // What mkfs.ext4 leaves for later is written while we measure, and counts for nothing of ours. A small one would
            // have blocks of 1 KiB, which no disk of layers has.
            let whole = ["-q", "-F", "-b", "4096", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0"]
            try mountOnLoop("ext4", "mkfs.ext4", whole, megabytes: megabytes ?? 64, "e2fsprogs")
        }
    }

    /// What it stores, its own records included, in bytes; all that was written is on its device then (syncfs(2)).
    ///
    /// - Throws: `SystemCallError`
    func usedBytes() throws(SystemCallError) -> Int64 {
        let root = try Linux.Descriptor(opening: place, O_RDONLY | O_DIRECTORY)
        try writeOut(filesystemOf: root)
        if kind == .btrfs { return try Subvolume.usedBytes(in: root) }
        let number = root.number
        var status = statvfs()
        try call("fstatvfs", place) { fstatvfs(number, &status) }
        return Int64(status.f_blocks - status.f_bfree) * Int64(status.f_frsize)
    }

    /// Unmounts it, whatever still uses it.
    public func remove() { try? unmountFilesystem(place, lazily: true) }

    private func mountOnLoop(
        _ type: String, _ tool: String, _ arguments: [String], megabytes: Int64, _ package: String
    ) throws {
        let device: LoopDevice
        do { device = try LoopDevice(size: megabytes << 20) } catch {
            throw Unavailable(description: "no loop device can be had (\(error))")
        }
        guard try Self.run(tool, arguments + [device.path]) else {
            throw Unavailable(description: "\(tool) is not installed or failed: install the package \(package)")
        }
        do { try mountFilesystem(device.path, place, type: type) } catch {
            throw Unavailable(description: "the kernel mounts no \(type) (\(error))")
        }
        try call("chmod", place) { chmod(place, 0o755) }
    }

    /// Runs a tool of the system in silence, and tells whether it succeeded.
    private static func run(_ tool: String, _ arguments: [String]) throws(SystemCallError) -> Bool {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for number in CInt(0)...2 { posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0) }
        var words: [UnsafeMutablePointer<CChar>?] = ([tool] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        // The tools lie where a user's PATH may not lead.
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nil]
        defer { free(environment[0]) }
        for folder in ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin"] {
            var process = pid_t()
            let program = folder + "/" + tool
            guard access(program, X_OK) == 0,
                posix_spawn(&process, program, &actions, nil, &words, &environment) == 0
            else { continue }
            var status: CInt = 0
            try call("waitpid", tool) { waitpid(process, &status, 0) }
            return status == 0
        }
        return false
    }
}
