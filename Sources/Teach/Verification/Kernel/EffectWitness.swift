internal import CLinux
internal import Glibc
internal import LayerModel
internal import Linux

/// Tells the effects of a call, and what its copies take, from what the writable layer held at the call's paths before and after it.
///
/// No rule of the model is asked. The marks are read as `EffectDerivation` of the observer reads them, and those of
/// `redirect_dir` and `metacopy` besides. Its calls are made within the union, with the writable layer as the working
/// directory.
struct EffectWitness {
    /// How overlayfs's own attributes begin; `nil` for a filesystem that is no union.
    let prefix: String?
    /// The lower layers by number less one, each by path.
    let lowers: [[ByteString: ListedFile]]
    /// Whether hard links stay joined in a copy-up.
    var hasIndex = false
    /// Whether a redirect leads anywhere; else what has one and something beneath it cannot be looked up at all.
    var followsRedirects = true

    init(prefix: String?, lowers: [[ListedFile]]) {
        self.prefix = prefix
        self.lowers = lowers.map { files in
            Dictionary(files.map { (ByteString($0.path.description), $0) }, uniquingKeysWith: { $1 })
        }
    }

    /// What was seen before a call.
    struct Look {
        /// Resolved paths, as the kernel tells them.
        var operands: [ByteString] = []
        var directories: [ByteString] = []
        var isTemporary = false
        var held: [ByteString: LayerEntry] = [:]
        var sources: [ByteString: Source] = [:]
        /// The nearest lower layer that holds the name.
        var nearest: [ByteString: LayerID] = [:]
        /// With an index, the redirects of the copies that there were of objects of several names, by inode.
        var redirects: [UInt64: ByteString] = [:]
    }

    /// What a lower layer showed.
    struct Source {
        var layer: LayerID
        var isDirectory: Bool
        var links: UInt32
    }

    func before(_ call: SystemCall, _ calls: KernelCalls) -> Look {
        var look = Look()
        look.operands = operands(of: call, calls)
        if case .open(_, let flags, _) = call, flags.contains(.temporary) { look.isTemporary = true }
        var seen: Set<ByteString> = []
        for operand in look.operands where seen.insert(operand).inserted { note(operand, in: &look) }
        for operand in look.operands {
            for directory in Self.ancestors(of: operand) where seen.insert(directory).inserted {
                look.directories.append(directory)
                note(directory, in: &look)
            }
        }
        if hasIndex, look.sources.values.contains(where: { $0.links > 1 }) {
            look.redirects = indexedRedirects()
        }
        return look
    }

    /// The redirects of what `index` in the directory of work beside the writable layer holds, by inode.
    private func indexedRedirects() -> [UInt64: ByteString] {
        guard let prefix, let index = try? Linux.Descriptor(opening: "../w/index", O_RDONLY | O_DIRECTORY) else {
            return [:]
        }
        var redirects: [UInt64: ByteString] = [:]
        for name in (try? directoryNames(in: index)) ?? [] {
            var status = stat()
            let place = ByteString("../w/index/" + name.text).cString
            guard let value = Self.attribute(prefix + "redirect", of: place), lstat(place, &status) == 0 else {
                continue
            }
            redirects[UInt64(status.st_ino)] = LayerEntry.redirect(value)
        }
        return redirects
    }

    private func note(_ path: ByteString, in look: inout Look) {
        let held = held(path)
        look.held[path] = held
        guard prefix != nil else { return }
        let found = lookup(path, redirect: nil)
        look.nearest[path] = found.nearest
        if let held {
            if held.isMetacopy { look.sources[path] = dataSource(path, held) }
        } else {
            look.sources[path] = found.shown
        }
    }

    /// The effects in canonical order.
    func after(_ look: Look, _ call: SystemCall, errno: LayerModel.Errno?) -> [LayerEffect] {
        guard !look.operands.isEmpty else { return [] }
        var effects = WitnessedEffects(look: look, witness: self)
        for directory in look.directories { effects.directory(directory) }
        if case .rename(_, _, let flags) = call, errno == nil, look.operands.count == 2,
            look.operands[0] != look.operands[1]
        {
            effects.renamed(look.operands[0], look.operands[1], exchange: flags.contains(.exchange))
        } else {
            var seen: Set<ByteString> = []
            for operand in look.operands where seen.insert(operand).inserted {
                if look.isTemporary { effects.directory(operand) } else { effects.name(operand) }
            }
        }
        return effects.list.sorted()
    }
}

// MARK: - What copies take

extension EffectWitness {
    /// What the copies of a call that only copies up take in the writable layer: `allocated` of their own and `shared`
    /// with what they were copied from, in bytes of whole blocks (st_blocks, FIEMAP).
    ///
    /// - Returns: `nil` where there are none, or where what is there does not tell: after a call that writes or cuts, and
    ///   of an object of several names that were copied up once (`index`).
    /// - Throws: `SystemCallError`
    func copies(_ look: Look, _ call: SystemCall, _ effects: [LayerEffect]) throws(SystemCallError) -> Cost? {
        switch call {
        case .open, .link, .chmod, .chown, .utimens, .setxattr, .removexattr, .fchmod, .fchown, .linkDescriptor: break
        case .rename where !hasIndex: break
        default: return nil
        }
        var cost: Cost?
        for effect in effects where effect.kind == .copyUp && effect.size != nil {
            let path = ByteString(effect.path.description)
            if hasIndex, look.sources[path].map({ $0.links > 1 }) ?? false { return nil }
            var place = "." + path.text
            if case .rename = call, let other = look.operands.first(where: { $0 != path }) { place = "." + other.text }
            var status = stat()
            guard fstatat(AT_FDCWD, ByteString(place).cString, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
            let file = try Linux.Descriptor(opening: place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            let mapped = try mappedBytes(of: file) ?? MappedBytes(all: Int64(status.st_blocks) * 512)
            cost = cost ?? Cost()
            cost!.shared += mapped.shared
            cost!.allocated += mapped.all - mapped.shared
        }
        return cost
    }
}
