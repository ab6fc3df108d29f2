internal import Glibc
internal import LayerModel
internal import Linux

/// The processes that a lesson's run has started: its shells, and what these started.
enum LessonProcesses {
    /// The variable that names the containers of a run to its processes.
    static let variable = "TEACH_CONTAINERS"

    /// Ends all processes that were started for the run whose folder this is (proc(5), /proc/PID/environ). Containers go
    /// with the process that runs them.
    ///
    /// - Returns: how many there were.
    static func end(ofRun folder: String) -> Int {
        let mark = Array("\(variable)=\(folder)/".utf8)
        var ended: Set<Int32> = []
        // One that forks meanwhile is found the next time.
        for _ in 0..<100 {
            let alive = all().filter { $0 != getpid() && environment(of: $0).contains { $0.starts(with: mark) } }
            if alive.isEmpty { break }
            for process in alive {
                kill(process, SIGKILL)
                ended.insert(process)
            }
            usleep(2000)
        }
        // A process gives back its locks after its memory, and with that its environment, is gone.
        for process in ended {
            for _ in 0..<500 where ProcessIdentity.startTime(of: process) != nil { usleep(2000) }
        }
        return ended.count
    }

    private static func all() -> [Int32] {
        guard let directory = try? Descriptor(opening: "/proc", O_RDONLY | O_DIRECTORY) else { return [] }
        return ((try? directoryNames(in: directory)) ?? []).compactMap { Int32($0.text) }
    }

    private static func environment(of process: Int32) -> [ArraySlice<UInt8>] {
        guard let file = try? Descriptor(opening: "/proc/\(process)/environ", O_RDONLY) else { return [] }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(file.number, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        return bytes.split(separator: 0)
    }
}
