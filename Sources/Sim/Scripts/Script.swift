public import LayerModel

/// A script of the simulator: layers, and operations through the union of them. docs/scripts.md tells the language.
public struct Script: Hashable, Sendable {
    /// The read-only layers from the bottom up; at least one.
    public var layers: [[LayerLine]]
    public var operations: [OperationLine]

    public init(layers: [[LayerLine]], operations: [OperationLine]) {
        self.layers = layers
        self.operations = operations
    }

    /// The most layers that overlayfs mounts (OVL_MAX_STACK of the kernel's fs/overlayfs/params.h); one more is EINVAL.
    public static let mostLayers = 500
    /// The most layers that Docker's overlay2 makes (maxDepth of its daemon/graphdriver/overlay2/overlay.go).
    public static let mostDockerLayers = 128
}

/// One line of a layer.
public enum LayerLine: Hashable, Sendable {
    /// A directory; one that exists gets the mode.
    case directory(Path, mode: UInt16)
    case file(Path, mode: UInt16, Contents)
    case symlink(Path, target: ByteString)
    case hardlink(Path, to: Path)
    case owner(Path, uid: UInt32, gid: UInt32)
    /// A device with its number, or a FIFO without one. A character device 0:0 is written as a whiteout.
    case device(Path, NodeKind, DeviceNumber?, mode: UInt16)
    case whiteout(Path)
    case opaque(Path)
    case xattr(Path, name: String, value: [UInt8])
}

/// What a file of a layer holds.
public enum Contents: Hashable, Sendable {
    case bytes([UInt8])
    /// Zeros that take no space.
    case sparse(size: Int64)
    /// Zeros that were written, and take space as any data does.
    case zeros(size: Int64)

    /// The largest file of ext4 with its usual blocks (Documentation/filesystems/ext4): what a layer can hold where most
    /// layers lie. Operations are bounded by the filesystem that answers them.
    public static let largest: Int64 = 0xFFFF_FFFF * 4096
    /// The largest one that takes space: the block drivers keep account of each chunk.
    public static let largestFull: Int64 = 4 << 30

    /// In bytes.
    public var size: Int64 {
        switch self {
        case .bytes(let bytes): Int64(bytes.count)
        case .sparse(let size), .zeros(let size): size
        }
    }
}

/// One line after `run`.
public struct OperationLine: Hashable, Sendable {
    /// The line in the script's text, from 1.
    public var number: Int
    /// The whole line, as it was written.
    public var text: String
    public var expectation: Expectation?
    public var operation: Operation

    public enum Expectation: Hashable, Sendable {
        case success
        case failure(Errno)
    }

    public init(number: Int, text: String, expectation: Expectation? = nil, operation: Operation) {
        self.number = number
        self.text = text
        self.expectation = expectation
        self.operation = operation
    }

    /// What the line asks for.
    public enum Operation: Hashable, Sendable {
        /// open(2), then the words in order; it is closed, or kept under a number.
        case open(Path, OpenFlags, mode: UInt16, [OpenWord], keepAs: Descriptor?)
        /// A call by path.
        case call(SystemCall)
        /// A call on a descriptor that the script keeps under a number; the call's own descriptors are the script's numbers.
        case descriptorCall(SystemCall)
        /// The whole file from offset 0.
        case readWhole(Descriptor)
        /// As `rm -r` does it, call by call.
        case removeTree(Path)
        case remount([MountOption])
        /// No capabilities unless both are 0.
        case user(uid: UInt32, gid: UInt32)
    }

    /// What `open` does with its descriptor before it closes it.
    public enum OpenWord: Hashable, Sendable {
        case read
        case write([UInt8])
    }
}

extension OperationLine.Operation {
    /// The file that it gives another name.
    var linkedFile: Path? {
        guard case .call(.link(let file, _, _)) = self else { return nil }
        return file
    }
}
