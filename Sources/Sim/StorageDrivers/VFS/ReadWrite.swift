internal import LayerModel

/// read(2), write(2), fallocate(2) and copy_file_range(2): the kernel's fs/read_write.c and fs/open.c.
extension VirtualFilesystem {
    /// - Parameter offset: `nil` for the descriptor's own.
    mutating func read(_ number: Descriptor, count: Int, at offset: Int64?) throws(Errno) -> [UInt8] {
        if let offset, offset < 0 { throw .EINVAL }
        let file = try descriptors.file(number)
        if offset != nil, file.kind == .fifo { throw .ESPIPE }
        guard file.isReadable else { throw .EBADF }
        guard count >= 0 else { throw .EINVAL }
        let position = offset ?? file.offset
        // rw_verify_area()
        if position.addingReportingOverflow(Int64(count)).overflow { throw .EINVAL }
        var bytes: [UInt8] = []
        switch file.kind {
        case .file: bytes = driver.data(of: file.node).read(count, at: position)
        case .directory: throw .EISDIR
        case .fifo:
            let held = pipes[file.node] ?? []
            if held.isEmpty, descriptors.isWritten(file.node), count > 0 { throw .EAGAIN }
            bytes = Array(held.prefix(count))
            pipes[file.node] = Array(held.dropFirst(count))
        case .characterDevice, .blockDevice, .whiteout:
            if MemoryDevice(file.kind, driver.device(of: file.node)) != .null {
                bytes = [UInt8](repeating: 0, count: count)
            }
        case .symlink, .socket: throw .EINVAL
        }
        if offset == nil, file.kind != .fifo { descriptors.setOffset(of: number, position + Int64(bytes.count)) }
        return bytes
    }

    mutating func write(
        _ number: Descriptor, _ bytes: [UInt8], at offset: Int64?, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) -> Int {
        if let offset, offset < 0 { throw .EINVAL }
        let file = try descriptors.file(number)
        if offset != nil, file.kind == .fifo { throw .ESPIPE }
        guard file.isWritable else { throw .EBADF }
        var position = offset ?? file.offset
        if position.addingReportingOverflow(Int64(bytes.count)).overflow { throw .EINVAL }
        switch file.kind {
        case .fifo: return try writePipe(file, bytes)
        case .characterDevice, .blockDevice, .whiteout:
            if MemoryDevice(file.kind, driver.device(of: file.node)) == .full, !bytes.isEmpty { throw .ENOSPC }
            return bytes.count
        case .file: break
        case .directory, .symlink, .socket: throw .EINVAL
        }
        if bytes.isEmpty { return 0 }
        if file.flags.contains(.append) { position = driver.size(of: file.node) }
        // Privileges go before the place is looked at.
        try removePrivileges(file, caller, &account)
        guard position < driver.largestFile else { throw .EFBIG }
        let count = Int(min(Int64(bytes.count), driver.largestFile - position))
        let written = count == bytes.count ? bytes : Array(bytes.prefix(count))
        driver.changeData(of: file.node, at: file.dentry, touching: position..<position + Int64(count), &account) {
            $0.write(written, at: position)
        }
        // AUFS opens a file on its own branch, and copies it up when it is written.
        account.cost.sharesPageCache = driver.sharesPageCache(file.node)
        if offset == nil { descriptors.setOffset(of: number, position + Int64(count)) }
        return count
    }

    private mutating func writePipe(_ file: OpenFile, _ bytes: [UInt8]) throws(Errno) -> Int {
        guard descriptors.isRead(file.node) else { throw .EPIPE }
        if bytes.isEmpty { return 0 }
        // PIPE_BUF: so much is written as a whole or not at all (pipe(7)).
        let room = 65536 - pipes[file.node, default: []].count
        guard room > 0, bytes.count > 4096 || bytes.count <= room else { throw .EAGAIN }
        let count = min(room, bytes.count)
        pipes[file.node, default: []] += bytes.prefix(count)
        return count
    }

    private mutating func removePrivileges(
        _ file: OpenFile, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        guard let change = removedPrivileges(of: file.node, caller) else { return }
        try driver.change(file.node, at: file.dentry, change, &account)
    }

    mutating func allocate(
        _ number: Descriptor, offset: Int64, length: Int64, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) {
        let file = try descriptors.file(number)
        guard offset >= 0, length > 0 else { throw .EINVAL }
        guard file.isWritable else { throw .EBADF }
        switch file.kind {
        case .file: break
        case .fifo: throw .ESPIPE
        case .directory: throw .EISDIR
        case .blockDevice: throw .EOPNOTSUPP
        case .symlink, .socket, .characterDevice, .whiteout: throw .ENODEV
        }
        let (end, overflows) = offset.addingReportingOverflow(length)
        if overflows { throw .EFBIG }
        try removePrivileges(file, caller, &account)
        guard end <= driver.largestFile else { throw .EFBIG }
        // No disk has as much, whatever its filesystem could name.
        guard length <= BackingFilesystem.ext4.largestFile else { throw .ENOSPC }
        account.isAllocation = true
        driver.changeData(of: file.node, at: file.dentry, touching: offset..<end, &account) {
            $0.allocate(offset..<end)
        }
    }

    mutating func copyRange(
        _ source: Descriptor, _ target: Descriptor, length: Int64, _ caller: Credentials, _ account: inout Account
    ) throws(Errno) -> Int {
        let (from, to) = (try descriptors.file(source), try descriptors.file(target))
        if from.kind == .directory || to.kind == .directory { throw .EISDIR }
        guard from.kind == .file, to.kind == .file else { throw .EINVAL }
        guard from.isReadable, to.isWritable, !to.flags.contains(.append) else { throw .EBADF }
        guard length >= 0 else { throw .EOVERFLOW }
        if from.offset.addingReportingOverflow(length).overflow || to.offset.addingReportingOverflow(length).overflow {
            throw .EOVERFLOW
        }
        let left = max(0, driver.size(of: from.node) - from.offset)
        var count = min(length, left)
        if count > 0 {
            guard to.offset < driver.largestFile else { throw .EFBIG }
            count = min(count, driver.largestFile - to.offset)
        }
        if from.node == to.node, to.offset < from.offset + count, from.offset < to.offset + count { throw .EINVAL }
        // MAX_RW_COUNT: no call moves more.
        count = min(count, 0x7fff_f000)
        guard count > 0 else { return 0 }
        try removePrivileges(to, caller, &account)
        let data = driver.data(of: from.node)
        driver.changeData(of: to.node, at: to.dentry, touching: to.offset..<to.offset + count, &account) {
            $0.copy(from: data, at: from.offset, to: to.offset, count: count)
        }
        descriptors.setOffset(of: source, from.offset + count)
        descriptors.setOffset(of: target, to.offset + count)
        return Int(count)
    }
}
