internal import LayerModel

extension FileOperation {
    /// The operands in the order of the arguments: how the last symbolic link of each is treated, and whether the
    /// call can depend on what a directory there holds.
    var operands: EvidenceCollector.Operands {
        switch self {
        case .open(let path, let flags, _):
            let isExclusive = flags.isSuperset(of: [.create, .exclusive]) && !flags.contains(.path)
            let follows = !flags.contains(.noFollow) && !isExclusive
            return [(path, follows ? .follow : .noFollow, false)]
        case .truncate(let path, _), .readdir(let path): return [(path, .follow, false)]
        case .rmdir(let path): return [(path, .name, true)]
        case .unlink(let path), .mkdir(let path, _), .mknod(let path, _, _, _), .symlink(_, let path),
            .bind(let path, _):
            return [(path, .name, false)]
        case .readlink(let path): return [(path, .noFollow, false)]
        case .link(let old, let new, let follows):
            return [(old, follows ? .follow : .noFollow, false), (new, .name, false)]
        case .linkDescriptor(.named(let old), let new, _): return [(old, .name, false), (new, .name, false)]
        case .linkDescriptor(.nameless, let new, _): return [(new, .name, false)]
        case .rename(let old, let new, _): return [(old, .name, true), (new, .name, true)]
        case .chmod(let operand, _), .chown(let operand, _, _), .utimens(let operand, _), .setxattr(let operand, _, _),
            .removexattr(let operand, _), .setFileFlags(let operand), .stat(let operand), .access(let operand, _):
            switch operand.resolution {
            case .follow: return [(operand.path, .follow, false)]
            case .noFollow: return [(operand.path, .noFollow, false)]
            case .descriptor: return [(operand.path, .name, false)]
            }
        }
    }

    /// What the call is given beside its paths, in words: its flags, the mode of chmod, the ids of chown.
    var flagsInWords: String {
        switch self {
        case .open(_, let flags, _): flags.description
        case .mknod(_, _, let mode, _), .chmod(_, let mode): "0" + String(mode, radix: 8)
        case .rename(_, _, let flags): flags.isEmpty ? "" : flags.description
        case .chown(_, let uid, let gid): "\(uid.map(String.init) ?? "-1"):\(gid.map(String.init) ?? "-1")"
        case .setxattr(_, let name, _), .removexattr(_, let name): name
        default: ""
        }
    }

    /// Whether the call gives a name to an open file.
    var isAboutOpenFile: Bool { if case .linkDescriptor = self { true } else { false } }

    /// Whether the call depends on which extended attributes there are.
    var isAboutAttributes: Bool {
        switch self {
        case .setxattr, .removexattr: true
        default: false
        }
    }
}
