internal import Glibc
internal import LayerModel

/// The subvolumes of a Btrfs (btrfs-subvolume(8)): trees of their own, of which a snapshot shares all data.
public enum Subvolume {
    /// Makes an empty one, as a directory with this name.
    ///
    /// - Throws: `SystemCallError`
    public static func create(_ name: String, in directory: borrowing Descriptor) throws(SystemCallError) {
        try request("BTRFS_IOC_SUBVOL_CREATE", 0x5000_940E, name, of: 0, in: directory)
    }

    /// Makes a writable copy of the subvolume `source`.
    ///
    /// - Throws: `SystemCallError`
    public static func snapshot(
        of source: borrowing Descriptor, as name: String, in directory: borrowing Descriptor
    ) throws(SystemCallError) {
        try request("BTRFS_IOC_SNAP_CREATE", 0x5000_9401, name, of: source.number, in: directory)
    }

    /// Removes a subvolume with all that it holds.
    ///
    /// - Throws: `SystemCallError`
    public static func remove(_ name: String, in directory: borrowing Descriptor) throws(SystemCallError) {
        try request("BTRFS_IOC_SNAP_DESTROY", 0x5000_940F, name, of: 0, in: directory)
    }

    /// What the Btrfs that holds `directory` uses, data and its own records, in bytes: by the last transaction, so it has to
    /// be written out before (syncfs(2)).
    ///
    /// - Throws: `SystemCallError`
    public static func usedBytes(in directory: borrowing Descriptor) throws(SystemCallError) -> Int64 {
        // struct btrfs_ioctl_space_args of linux/btrfs.h: how many spaces there is room for, how many there are, and then
        // of each its flags, what it takes of the disk, and what of that is used.
        let number = directory.number
        let room = 64
        var words = [UInt64](repeating: 0, count: 2 + 3 * room)
        words[0] = UInt64(room)
        try call("ioctl BTRFS_IOC_SPACE_INFO") {
            words.withUnsafeMutableBytes { ioctl(number, UInt(0xC010_9414), $0.baseAddress!) }
        }
        let count = min(Int(words[1]), room)
        // The global reserve (flag 1 << 49) is kept back within another space.
        return (0..<count).filter { words[2 + 3 * $0] & 1 << 49 == 0 }.reduce(0) { $0 + Int64(words[4 + 3 * $1]) }
    }

    /// struct btrfs_ioctl_vol_args of linux/btrfs.h: a descriptor, and the name in the rest of 4096 bytes.
    private static func request(
        _ name: String, _ request: UInt, _ subvolume: String, of source: CInt, in directory: borrowing Descriptor
    ) throws(SystemCallError) {
        let number = directory.number
        var arguments = withUnsafeBytes(of: Int64(source)) { Array($0) } + Array(subvolume.utf8)
        guard arguments.count < 4096 else {
            throw SystemCallError(call: "ioctl \(name)", subject: subvolume, errno: .ENAMETOOLONG)
        }
        arguments += [UInt8](repeating: 0, count: 4096 - arguments.count)
        try call("ioctl \(name)", subvolume) {
            arguments.withUnsafeMutableBytes { ioctl(number, request, $0.baseAddress!) }
        }
    }
}
