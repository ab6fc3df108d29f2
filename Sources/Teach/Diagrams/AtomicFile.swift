import Glibc
import LayerModel

/// Writes `bytes` beside `path` and then renames the file to it: a reader sees the old file or the new one.
///
/// - Throws: `PictureError.unwritable`; the temporary file is gone then.
func writeAtomically(_ bytes: [UInt8], to path: String) throws(PictureError) {
    func failure() -> PictureError {
        let error = LayerModel.Errno(rawValue: errno)
        var reason = "\(String(cString: strerror(errno))) (\(error.name))"
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        switch error {
        case .ENOENT where !folder.isEmpty: reason = "there is no folder \(folder); make it, or name another"
        case .ENOTDIR where !folder.isEmpty: reason = "\(folder) is no folder; name another"
        case .EISDIR: reason = "it is a folder; name a file in it"
        default: break
        }
        return .unwritable(path: path, reason: reason)
    }
    let temporary = "\(path).\(getpid()).partial"
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw failure() }
    do throws(PictureError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + written, bytes.count - written) }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure()
            }
            written += count
        }
    } catch {
        close(file)
        unlink(temporary)
        throw error
    }
    guard close(file) == 0, rename(temporary, path) == 0 else {
        let error = failure()
        unlink(temporary)
        throw error
    }
}
