import LayerModel

// File operations: a tag, then the fields in the order of the case. A new case gets the next tag.

extension WireWriter {
    mutating func call(_ call: FileOperation) {
        switch call {
        case .open(let path, let flags, let mode):
            tagged(0, path)
            unsigned(flags.rawValue)
            unsigned(mode)
        case .truncate(let path, let size):
            tagged(1, path)
            signed(size)
        case .unlink(let path): tagged(2, path)
        case .rmdir(let path): tagged(3, path)
        case .mkdir(let path, let mode):
            tagged(4, path)
            unsigned(mode)
        case .mknod(let path, let kind, let mode, let device):
            tagged(5, path)
            choice(kind)
            unsigned(mode)
            optional(device) { $0.device($1) }
        case .symlink(let target, let path):
            tagged(6, path)
            string(target.text)
        case .link(let old, let new, let followsSource):
            tagged(7, old)
            path(new)
            flag(followsSource)
        case .rename(let old, let new, let flags):
            tagged(8, old)
            path(new)
            unsigned(flags.rawValue)
        case .chmod(let operand, let mode):
            tagged(9, operand)
            unsigned(mode)
        case .chown(let operand, let uid, let gid):
            tagged(10, operand)
            optional(uid) { $0.unsigned($1) }
            optional(gid) { $0.unsigned($1) }
        case .utimens(let operand, let change):
            tagged(11, operand)
            choice(change)
        case .setxattr(let operand, let name, let flags):
            tagged(12, operand)
            string(name)
            unsigned(flags.rawValue)
        case .removexattr(let operand, let name):
            tagged(13, operand)
            string(name)
        case .setFileFlags(let operand): tagged(14, operand)
        case .bind(let path, let mode):
            tagged(15, path)
            unsigned(mode)
        case .stat(let operand): tagged(16, operand)
        case .access(let operand, let mode):
            tagged(17, operand)
            unsigned(mode)
        case .readlink(let path): tagged(18, path)
        case .readdir(let path): tagged(19, path)
        case .linkDescriptor(.named(let old), let new, let spelling):
            tagged(20, old)
            path(new)
            choice(spelling)
        case .linkDescriptor(.nameless(let entry, let isLinkable), let new, let spelling):
            tagged(21, new)
            self.entry(entry)
            flag(isLinkable)
            choice(spelling)
        }
    }

    private mutating func tagged(_ tag: UInt8, _ path: Path) {
        bytes.append(tag)
        self.path(path)
    }

    private mutating func tagged(_ tag: UInt8, _ operand: Operand) {
        tagged(tag, operand.path)
        string(operand.resolution.rawValue)
    }
}

extension WireReader {
    mutating func call() throws(EventWireError) -> FileOperation {
        switch try byte() {
        case 0:
            .open(
                try path(), OpenFlags(rawValue: try unsigned(UInt32.self)), mode: try unsigned(UInt16.self))
        case 1: .truncate(try path(), size: try signed(Int64.self))
        case 2: .unlink(try path())
        case 3: .rmdir(try path())
        case 4: .mkdir(try path(), mode: try unsigned(UInt16.self))
        case 5:
            .mknod(
                try path(), try choice(NodeKind.self), mode: try unsigned(UInt16.self),
                device: try optional { reader throws(EventWireError) in try reader.device() })
        case 6: try symlink()
        case 7: .link(try path(), try path(), followsSource: try flag())
        case 8: .rename(try path(), try path(), RenameFlags(rawValue: try unsigned(UInt32.self)))
        case 9: .chmod(try operand(), mode: try unsigned(UInt16.self))
        case 10: .chown(try operand(), uid: try id(), gid: try id())
        case 11: .utimens(try operand(), try choice(TimeChange.self))
        case 12: .setxattr(try operand(), name: try string(), XattrFlags(rawValue: try unsigned(UInt32.self)))
        case 13: .removexattr(try operand(), name: try string())
        case 14: .setFileFlags(try operand())
        case 15: .bind(try path(), mode: try unsigned(UInt16.self))
        case 16: .stat(try operand())
        case 17: .access(try operand(), mode: try unsigned(UInt8.self))
        case 18: .readlink(try path())
        case 19: .readdir(try path())
        case 20: .linkDescriptor(.named(try path()), try path(), try choice(DescriptorTarget.Spelling.self))
        case 21: try linkNameless()
        default: throw malformed("an unknown call")
        }
    }

    private mutating func linkNameless() throws(EventWireError) -> FileOperation {
        let path = try path()
        let file = DescriptorTarget.nameless(try entry(), isLinkable: try flag())
        return .linkDescriptor(file, path, try choice(DescriptorTarget.Spelling.self))
    }

    private mutating func symlink() throws(EventWireError) -> FileOperation {
        let path = try path()
        return .symlink(target: ByteString(try string()), path)
    }

    private mutating func operand() throws(EventWireError) -> Operand {
        let path = try path()
        guard let resolution = Operand.Resolution(rawValue: try string()) else {
            throw malformed("an unknown way of resolution")
        }
        return Operand(path, resolution)
    }

    private mutating func id() throws(EventWireError) -> UInt32? {
        try optional { reader throws(EventWireError) in try reader.unsigned(UInt32.self) }
    }
}
