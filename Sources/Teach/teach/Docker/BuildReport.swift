import Glibc

/// Where a build's output goes: to standard output or, with `-q`, into a file that is shown only where it fails.
final class BuildReport {
    let descriptor: Int32
    private let isQuiet: Bool
    /// Whether the build has failed, so far as is known.
    var isKept = true

    init(isQuiet: Bool) {
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

    func say(_ line: String) { teach.say(line, on: descriptor) }

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
