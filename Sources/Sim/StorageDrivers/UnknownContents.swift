public import LayerModel

extension SimulatedMount {
    /// write(2) of bytes that nobody knows, as one call: the file is as long as they reach, and they take space.
    ///
    /// - Parameter file: A descriptor that was opened for writing.
    public mutating func writeUnknown(_ range: Range<Int64>, into file: FileDescriptor) -> CallAnswer {
        if overlay != nil { return overlay!.writeUnknown(range, into: file) }
        if tree != nil { return tree!.writeUnknown(range, into: file) }
        if aufs != nil { return aufs!.writeUnknown(range, into: file) }
        return CallAnswer(errno: .ENODEV)
    }
}

extension VirtualFilesystem {
    fileprivate mutating func writeUnknown(_ range: Range<Int64>, into number: FileDescriptor) -> CallAnswer {
        var account = Account()
        clock += 1
        var errno: Errno?
        do throws(Errno) {
            let file = try descriptors.file(number)
            guard file.kind == .file, file.isWritable else { throw .EBADF }
            guard range.lowerBound >= 0 else { throw .EINVAL }
            guard range.upperBound <= driver.largestFile else { throw .EFBIG }
            // What was allocated and what was written take the same blocks; the storage is told of a write.
            driver.changeData(of: file.node, at: file.dentry, touching: range, &account) { $0.allocate(range) }
            account.cost.sharesPageCache = driver.sharesPageCache(file.node)
        } catch { errno = error }
        driver.finish(&account)
        return CallAnswer(errno: errno, effects: account.sortedEffects(), cost: account.cost)
    }
}
