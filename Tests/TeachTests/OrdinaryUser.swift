import Foundation

/// A user without privilege who runs the program, and who is there for the program alone: the files that make a user
/// are bound over those of /etc in a mount namespace of each command, so nothing is left behind.
struct OrdinaryUser {
    enum Identifiers: CaseIterable {
        /// 65536 subordinate ids.
        case range
        case single
    }

    static let uid = 54711
    static let firstSubordinate = 1_700_000
    let directory: String
    var home: String { directory + "/home" }
    /// Where teach keeps things by default.
    var teachHome: String { home + "/.local/share/teach" }

    init(_ identifiers: Identifiers) throws {
        directory = NSTemporaryDirectory() + "teach-user-" + UUID().uuidString
        let files = FileManager.default
        for folder in ["home", "bin", "share/lessons", "share/slides", "etc", "scratch"] {
            try files.createDirectory(atPath: directory + "/" + folder, withIntermediateDirectories: true)
        }
        for name in ["passwd", "group"] {
            let text = try String(contentsOfFile: "/etc/" + name, encoding: .utf8)
            let line =
                name == "passwd" ? "learner:x:\(Self.uid):\(Self.uid)::\(home):/bin/sh" : "learner:x:\(Self.uid):"
            try (text + line + "\n").write(toFile: "\(directory)/etc/\(name)", atomically: false, encoding: .utf8)
        }
        let range = identifiers == .range ? "learner:\(Self.firstSubordinate):65536\n" : ""
        for name in ["subuid", "subgid"] {
            try range.write(toFile: "\(directory)/etc/\(name)", atomically: false, encoding: .utf8)
        }
        for folder in [home, directory + "/scratch"] {
            try files.setAttributes(
                [.ownerAccountID: Self.uid, .groupOwnerAccountID: Self.uid], ofItemAtPath: folder)
        }
    }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }

    /// Runs teach.
    func callAsFunction(_ arguments: String...) throws -> Program.Result { try run(["teach"] + arguments) }

    func docker(_ arguments: String...) throws -> Program.Result { try run(["teach", "docker"] + arguments) }

    /// Runs any command as this user.
    ///
    /// - Parameters:
    ///   - wrapper: What stands between the user and the command, such as `setpriv --no-new-privs`.
    ///   - preparation: Lines of sh that root runs in the command's mount namespace.
    func run(_ command: [String], wrapper: [String] = [], preparation: String = ":") throws -> Program.Result {
        let (process, files) = try start(command, wrapper: wrapper, preparation: preparation)
        let deadline = Deadline(for: process)
        process.waitUntilExit()
        deadline.cancel()
        let texts = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }
        let status = process.terminationStatus
        return .init(
            status: process.terminationReason == .uncaughtSignal ? 128 + status : status, output: texts[0],
            errors: texts[1])
    }

    /// Starts a command, and answers with its process (each of the programs before it becomes the next one) and the
    /// files of its output.
    func start(
        _ command: [String], wrapper: [String] = [], preparation: String = ":"
    ) throws -> (Process, files: [String]) {
        // The program is bound to a place that the user can reach, wherever the build folder lies.
        let script = """
            set -e
            directory=$1 build=$2 root=$3
            shift 3
            for name in passwd group subuid subgid; do
                [ -e /etc/$name ] || : >/etc/$name
                mount --bind "$directory/etc/$name" /etc/$name
            done
            mount --bind "$build" "$directory/bin"
            mount --bind "$root/lessons" "$directory/share/lessons"
            mount --bind "$root/slides" "$directory/share/slides"
            \(preparation)
            cd "$directory/scratch"
            exec setpriv --reuid \(Self.uid) --regid \(Self.uid) --clear-groups env -i HOME="$directory/home" \
                PATH="$directory/bin:/usr/sbin:/usr/bin:/sbin:/bin" COLUMNS=100 NO_COLOR=1 \
                TEACH_SHARE="$directory/share" "$@"
            """
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/unshare")
        let build = (Program.path as NSString).deletingLastPathComponent
        process.arguments =
            ["--mount", "--propagation", "private", "sh", "-c", script, "sh", directory, build, Program.root] + wrapper
            + command
        // Files and not pipes: a full pipe would hold the program up.
        let files = ["stdout", "stderr"].map { "\(directory)/\($0)-\(UUID().uuidString)" }
        for file in files { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: files[0]))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: files[1]))
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return (process, files)
    }

    /// The record of the last run as objects.
    func events() throws -> [[String: Any]] {
        try self("events", "last", "--json").lines.compactMap {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }
}
