import Builder
import Glibc

/// Where a build's output goes: to standard output or, with `-q`, into a file that is shown only where it fails.
final class BuildReport {
    let descriptor: Int32
    private let control: BuildControl
    private let isQuiet: Bool
    /// Whether the build has failed, so far as is known.
    var isKept = true

    /// - Parameter control: who may end the waiting for a reader.
    init(isQuiet: Bool, _ control: BuildControl) {
        self.control = control
        self.isQuiet = isQuiet
        guard isQuiet, let file = tmpfile() else {
            descriptor = STDOUT_FILENO
            return
        }
        let copy = fcntl(fileno(file), F_DUPFD_CLOEXEC, 3)
        fclose(file)
        descriptor = copy < 0 ? STDERR_FILENO : copy
    }

    /// Draws how far a download has come, over the line before: on a terminal alone, as Docker's client.
    var progress: @Sendable (Int64, Int64?) -> Void {
        let descriptor = descriptor
        guard isatty(descriptor) == 1 else { return { _, _ in } }
        return { bytes, total in
            sayBytes(Array("\u{1B}[2K\rDownloading \(DockerWords.progress(bytes, of: total))\r".utf8), on: descriptor)
        }
    }

    /// Writes a line.
    ///
    /// - Throws: `BuildControl.Interruption`
    func say(_ text: String) throws(BuildControl.Interruption) { try control.say(text, on: descriptor) }

    /// Shows what was kept back of a build that failed.
    func finish() {
        guard isQuiet, isKept, descriptor > STDERR_FILENO else { return }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var offset: off_t = 0
        while case let count = pread(descriptor, &buffer, buffer.count, offset), count > 0 {
            sayBytes(Array(buffer[..<count]), on: STDERR_FILENO)
            offset += off_t(count)
        }
        close(descriptor)
    }
}

extension BuildControl {
    /// Writes a line past the buffers of stdio(3), as fast as its reader takes it, until the build is to end.
    func say(_ text: String, on descriptor: Int32) throws(Interruption) {
        fflush(nil)
        try write(line(text), to: descriptor)
    }
}
