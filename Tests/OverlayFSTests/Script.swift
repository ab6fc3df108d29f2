import LayerModel
import Linux
import TestSupport

/// A stack of layers and the calls on it, as values: what a difference is shrunk to, and what is replayed.
struct Script: Equatable {
    /// The read-only layers from the bottom up.
    var layers: [[LayerLine]]
    var steps: [ScriptStep]
}

extension Script: Shrinkable {
    var operations: [ScriptStep] {
        get { steps }
        set { steps = newValue }
    }
}

/// One line of a layer.
enum LayerLine: Equatable {
    case directory(Path, mode: UInt16)
    case file(Path, mode: UInt16, size: Int64)
    case symlink(Path, target: ByteString)
    case hardlink(Path, Path)
    case owner(Path, uid: UInt32, gid: UInt32)
    case device(Path, NodeKind, DeviceNumber, mode: UInt16)
    case fifo(Path, mode: UInt16)
    case socket(Path, mode: UInt16)
    case whiteout(Path)
    case opaque(Path)
    case xattr(Path, name: String)
}

enum ScriptStep: Equatable {
    case call(CallStep)
    /// The union is unmounted and mounted again.
    case remount
}

/// One call: who makes it, in which of its forms.
struct CallStep: Equatable {
    var caller: Caller
    var umask: UInt16
    var operation: FileOperation
    var form: CallForm
}

/// How a call is spelled.
struct CallForm: Equatable {
    var syscall: Syscall
    /// For the -at forms: whether paths are relative to an open directory.
    var isRelative = false
}

/// What the scripts' extended attributes hold: the name tells the value, so that a copy can be held against it.
func attributeValue(_ name: String) -> [UInt8] {
    // struct vfs_cap_data of revision 2 with CAP_NET_RAW (capabilities(7), "File capabilities").
    if name == "security.capability" { return [0, 0, 0, 2, 0, 0x20] + [UInt8](repeating: 0, count: 14) }
    return Array("value of \(name.prefix(40))".utf8)
}
