import ContentStore
import Diagrams
import Engine
import LayerModel
import Linux
import Recording

/// The disk that holds the home has no room left: one sentence, whatever was being written.
struct FullDisk: StatusCarrying {
    let home: Home
    /// What was being done.
    var cause: any Error

    /// This host cannot do it.
    var status: Int32 { 2 }

    var sentence: String {
        let free = (try? Filesystem(holding: home.path)).map { DockerWords.size($0.available) } ?? "nothing"
        return "\(Self.place(home)) is full\(what): \(free) free now\(need); \(Self.cure)"
    }

    static func place(_ home: Home) -> String { "the disk that holds TEACH_HOME (\(home.path))" }

    static let cure = "free some space, or set TEACH_HOME to a folder on another disk"

    private var what: String {
        switch cause {
        case let error as RecordingError: if case .full = error { return " (the record could not be written)" }
        case is PictureError: return " (a picture could not be written)"
        case let error as StoreError:
            if case .noSpace(let image, _) = error { return " (the image \(image) could not be made)" }
        default: break
        }
        return " (\(cause))"
    }

    private var need: String {
        if case .noSpace(_, let bytes)? = cause as? StoreError {
            return ", and the image takes \(DockerWords.size(bytes))"
        }
        return ""
    }

    /// Whether an error comes from a write that found no room, be it of the disk or of a quota.
    static func isCause(of error: any Error) -> Bool {
        switch error {
        case let error as SystemCallError: return [.ENOSPC, .EDQUOT].contains(error.errno)
        case let error as RecordingError: if case .full = error { return true } else { return false }
        case let error as StoreError: if case .noSpace = error { return true } else { return false }
        // These have put their cause into words already, and name it as SystemCallError does.
        case is EngineError, is PictureError:
            return ["ENOSPC", "EDQUOT"].contains { "\(error)".contains("(\($0))") }
        default: return false
        }
    }
}
