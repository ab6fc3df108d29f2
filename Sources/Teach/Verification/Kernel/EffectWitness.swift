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
    private let lowers: [[ByteString: ListedFile]]
    /// Whether hard links stay joined in a copy-up.
    var hasIndex = false

    init(prefix: String?, lowers: [[ListedFile]]) {
        self.prefix = prefix
        self.lowers = lowers.map { files in
            Dictionary(files.map { (ByteString($0.path.description), $0) }, uniquingKeysWith: { $1 })
        }
    }

    /// What was seen before a call.
    struct Look {
        fileprivate var operands: [String] = []
        fileprivate var directories: [String] = []
        fileprivate var isTemporary = false
        fileprivate var held: [ByteString: LayerEntry] = [:]
        fileprivate var sources: [ByteString: Source] = [:]
        /// The nearest lower layer that holds the name.
        fileprivate var nearest: [ByteString: LayerID] = [:]
    }

    /// What a lower layer showed.
    fileprivate struct Source {
        var layer: LayerID
        var isDirectory: Bool
        var links: UInt32
    }

    func before(_ call: SystemCall, _ calls: KernelCalls) -> Look {
        var look = Look()
        look.operands = operands(of: call, calls)
        if case .open(_, let flags, _) = call, flags.contains(.temporary) { look.isTemporary = true }
        var seen: Set<ByteString> = []
        for operand in look.operands where seen.insert(ByteString(operand)).inserted { note(operand, in: &look) }
        for operand in look.operands {
            for directory in Self.ancestors(of: operand) where seen.insert(ByteString(directory)).inserted {
                look.directories.append(directory)
                note(directory, in: &look)
            }
        }
        return look
    }

    private func note(_ path: String, in look: inout Look) {
        look.held[ByteString(path)] = held(path)
        guard prefix != nil else { return }
        let found = lookup(path, redirect: nil)
        look.nearest[ByteString(path)] = found.nearest
        if look.held[ByteString(path)] == nil || look.held[ByteString(path)]?.isMetacopy == true {
            look.sources[ByteString(path)] =
                look.held[ByteString(path)] == nil ? found.shown : dataSource(path, look.held[ByteString(path)]!)
        }
    }

    /// The effects in canonical order.
    func after(_ look: Look, _ call: SystemCall, errno: LayerModel.Errno?) -> [LayerEffect] {
        guard !look.operands.isEmpty else { return [] }
        var effects = Effects(look: look, witness: self)
        for directory in look.directories { effects.directory(directory) }
        if case .rename(_, _, let flags) = call, errno == nil, look.operands.count == 2,
            ByteString(look.operands[0]) != ByteString(look.operands[1])
        {
            effects.renamed(look.operands[0], look.operands[1], exchange: flags.contains(.exchange))
        } else {
            var seen: Set<ByteString> = []
            for operand in look.operands where seen.insert(ByteString(operand)).inserted {
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
            let path = effect.path.description
            if hasIndex, look.sources[ByteString(path)].map({ $0.links > 1 }) ?? false { return nil }
            var place = "." + path
            if case .rename = call, let other = look.operands.first(where: { $0 != path }) { place = "." + other }
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

// MARK: - The names of a call

extension EffectWitness {
    /// The resolved paths that the call may change, in the order of its arguments.
    private func operands(of call: SystemCall, _ calls: KernelCalls) -> [String] {
        switch call {
        case .open(let path, let flags, _):
            guard flags.canChangeLayers else { return [] }
            let follows = !flags.contains(.noFollow) && !flags.isSuperset(of: [.create, .exclusive])
            return resolved(path, follows: follows, calls)
        case .truncate(let path, _): return resolved(path, follows: true, calls)
        case .unlink(let path), .rmdir(let path), .mkdir(let path, _), .mknod(let path, _, _, _), .bind(let path, _),
            .symlink(_, let path):
            return resolved(path, follows: false, calls)
        case .link(let old, let new, let follows):
            return resolved(old, follows: follows, calls) + resolved(new, follows: false, calls)
        case .rename(let old, let new, _):
            return resolved(old, follows: false, calls) + resolved(new, follows: false, calls)
        case .chmod(let operand, _), .chown(let operand, _, _), .utimens(let operand, _, _),
            .setxattr(let operand, _, _, _), .removexattr(let operand, _):
            return resolved(operand.path, follows: operand.follows || operand.path.demandsDirectory, calls)
        case .fchmod(let file, _), .fchown(let file, _, _): return name(of: file, calls)
        case .linkDescriptor(let file, let path):
            return name(of: file, calls) + resolved(path, follows: false, calls)
        default: return []
        }
    }

    private func name(of file: FileDescriptor, _ calls: KernelCalls) -> [String] {
        calls.name(of: file.number).map { [$0] } ?? []
    }

    /// The path without links, as the kernel tells it of what it opened; where nothing stands, the last name in its
    /// directory. Empty where the walk fails before.
    private func resolved(_ path: Path, follows: Bool, _ calls: KernelCalls) -> [String] {
        Self.resolve(path.description, follows: follows, calls, depth: 0).map { [$0] } ?? []
    }

    private static func resolve(
        _ path: String, follows: Bool, _ calls: KernelCalls, depth: Int
    ) -> String? {
        if follows, let place = place(of: path, calls) { return place }
        var components = Path(path).components.map(\.text)
        guard let last = components.popLast() else { return "/" }
        if last == "." || last == ".." { return place(of: path, calls) }
        let parent = components.isEmpty ? "" : place(of: "/" + components.joined(separator: "/") + "/", calls)
        guard let parent else { return nil }
        let name = (parent == "/" ? "" : parent) + "/" + last
        guard follows, depth < 40 else { return name }
        // A link to nothing: open(2) makes what it points at.
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(ByteString(name).cString, &buffer, buffer.count)
        guard count > 0 else { return name }
        let target = ByteString(bytes: buffer[..<count].map(UInt8.init(bitPattern:))).text
        return resolve(
            target.utf8.first == UInt8(ascii: "/") ? target : parent + "/" + target, follows: true, calls,
            depth: depth + 1)
    }

    private static func place(of path: String, _ calls: KernelCalls) -> String? {
        let number = open(ByteString(path).cString, pathOnly | O_CLOEXEC)
        guard number >= 0 else { return nil }
        defer { close(number) }
        return calls.name(of: number)
    }

    private static func ancestors(of path: String) -> [String] {
        var ancestors: [String] = []
        var place = path.utf8.startIndex
        while let next = path.utf8[path.utf8.index(after: place)...].firstIndex(of: UInt8(ascii: "/")) {
            ancestors.append(String(path[..<next]))
            place = next
        }
        return ancestors
    }
}

// MARK: - The layers

extension EffectWitness {
    /// What the writable layer holds under a resolved path.
    fileprivate func held(_ path: String) -> LayerEntry? {
        var status = stat()
        let name = ByteString("." + path).cString
        guard fstatat(AT_FDCWD, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        var entry = LayerEntry(status)
        guard let prefix, entry.kind == .directory || entry.kind == .file else { return entry }
        if entry.kind == .directory { entry.isOpaque = Self.attribute(prefix + "opaque", of: name) == Array("y".utf8) }
        entry.redirect = Self.attribute(prefix + "redirect", of: name).map(Self.redirect)
        if entry.kind == .file { entry.isMetacopy = Self.attribute(prefix + "metacopy", of: name) != nil }
        return entry
    }

    private static func attribute(_ name: String, of path: [CChar]) -> [UInt8]? {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            let count = lgetxattr(path, name, buffer.baseAddress!, buffer.count)
            return count < 0 ? nil : Array(buffer[..<count])
        }
    }

    /// What lies under a path in the lower layers that its directory merges: the nearest that holds the name at all,
    /// and the one that would be shown.
    ///
    /// - Parameter wantsData: Whether a file that has its data in yet another layer is looked through.
    fileprivate func lookup(
        _ path: String, redirect: String?, wantsData: Bool = false
    ) -> (nearest: LayerID?, shown: Source?) {
        let components = Path(path).components.map(\.text)
        var places = lowers.indices.reversed().map { (layer: $0, path: "") }
        var upper: String? = ""
        for (index, component) in components.enumerated() {
            let isLast = index == components.count - 1
            var search = places.map { (layer: $0.layer, path: $0.path + "/" + component) }
            var next: String?
            if isLast, let redirect { search = follow(redirect, from: places, below: lowers.count) }
            if !isLast, let above = upper, let entry = held(above + "/" + component) {
                guard entry.kind == .directory else { return (nil, nil) }
                next = above + "/" + component
                if entry.isOpaque { search = [] }
                if let redirect = entry.redirect { search = follow(redirect.text, from: places, below: lowers.count) }
            }
            var found: [(layer: Int, path: String, file: ListedFile)] = []
            var nearest: Int?
            var remaining = search[...]
            while let place = remaining.popFirst() {
                guard let file = lowers[place.layer][ByteString(place.path)] else { continue }
                nearest = nearest ?? place.layer
                if isWhiteout(file) { break }
                let isDirectory = file.kind == .directory
                if !isDirectory, !wantsData || file.attributes[ByteString((prefix ?? "") + "metacopy")] == nil {
                    if found.isEmpty { found.append((place.layer, place.path, file)) }
                    break
                }
                if isDirectory { found.append((place.layer, place.path, file)) }
                if let prefix, file.attributes[ByteString(prefix + "opaque")] == Array("y".utf8) { break }
                if let prefix, let value = file.attributes[ByteString(prefix + "redirect")] {
                    let parents = remaining.map {
                        (layer: $0.layer, path: String($0.path[..<$0.path.lastIndex(of: "/")!]))
                    }
                    remaining = follow(Self.redirect(value).text, from: parents, below: place.layer)[...]
                }
            }
            if isLast {
                let shown = found.first.map {
                    Source(
                        layer: .lower($0.layer + 1), isDirectory: $0.file.kind == .directory, links: $0.file.links ?? 1)
                }
                return (nearest.map { .lower($0 + 1) }, shown)
            }
            places = found.filter { $0.file.kind == .directory }.map { ($0.layer, $0.path) }
            // Beneath a directory of the writable layer alone a redirect can still lead from the root.
            if places.isEmpty, next == nil { return (nil, nil) }
            upper = next
        }
        return (nil, nil)
    }

    /// Where a redirect leads: from the root of every layer below, or to a sibling.
    private func follow(
        _ redirect: String, from parents: [(layer: Int, path: String)], below layer: Int
    ) -> [(layer: Int, path: String)] {
        guard redirect.utf8.first == UInt8(ascii: "/") else {
            return parents.map { ($0.layer, $0.path + "/" + redirect) }
        }
        var places: [(layer: Int, path: String)] = []
        var names = redirect.split(separator: "/").map(String.init)
        for number in lowers.indices.reversed() where number < layer {
            places.append((number, "/" + names.joined(separator: "/")))
            if isStopped(on: &names, in: number) { break }
        }
        return places
    }

    /// What a layer's directories on the way to a redirect's end mean to the layers beneath: what is no directory ends
    /// the search, an opaque one does after its layer, and one that is redirected itself changes the way.
    private func isStopped(on names: inout [String], in layer: Int) -> Bool {
        let (attributes, way) = (prefix ?? "", names)
        var isOpaque = false
        for (index, _) in way.dropLast().enumerated() {
            guard let directory = lowers[layer][ByteString("/" + way[...index].joined(separator: "/"))] else {
                return isOpaque
            }
            if directory.kind != .directory { return true }
            if directory.attributes[ByteString(attributes + "opaque")] == Array("y".utf8) {
                isOpaque = true
            } else if let value = directory.attributes[ByteString(attributes + "redirect")] {
                let rest = names.suffix(way.count - 1 - index)
                let told = Self.redirect(value).text
                isOpaque = isOpaque && !told.hasPrefix("/")
                names =
                    told.hasPrefix("/")
                    ? told.split(separator: "/").map(String.init) + rest
                    : names.dropLast(rest.count + 1) + [told] + rest
            }
        }
        return isOpaque
    }

    /// A redirect's value as the kernel reads it: a C string (ovl_get_redirect_xattr in fs/overlayfs/namei.c).
    private static func redirect(_ value: [UInt8]) -> ByteString { ByteString(bytes: value.prefix { $0 != 0 }) }

    private func isWhiteout(_ file: ListedFile) -> Bool {
        let isEmptyFile = file.kind == .file && file.size == 0
        return file.kind == .whiteout || isEmptyFile && file.attributes[ByteString((prefix ?? "") + "whiteout")] != nil
    }

    /// The layer that holds the data of an upper file which has its attributes alone.
    fileprivate func dataSource(_ path: String, _ entry: LayerEntry) -> Source? {
        lookup(path, redirect: entry.redirect?.text, wantsData: true).shown
    }
}

// MARK: - The effects

private struct Effects {
    let look: EffectWitness.Look
    let witness: EffectWitness
    var list: [LayerEffect] = []

    /// A directory above an operand.
    mutating func directory(_ path: String) {
        guard look.held[ByteString(path)] == nil, let source = look.sources[ByteString(path)],
            witness.held(path)?.kind == .directory
        else {
            return
        }
        add(.parentCopyUp, path, layer: source.layer)
    }

    /// An operand whose name no other operand takes over.
    mutating func name(_ path: String) {
        switch (look.held[ByteString(path)], witness.held(path)) {
        case (nil, nil): break
        case (let was?, nil): if !isWhiteout(was) { add(.remove, path) }
        case (_, let now?) where isWhiteout(now): hidden(path)
        case (nil, let now?):
            if let source = look.sources[ByteString(path)] { copied(path, source, now) } else { created(path, now) }
        case (let was?, let now?):
            if was.inode != now.inode || was.kind != now.kind {
                created(path, now)
                return
            }
            if was.isMetacopy, !now.isMetacopy, let source = look.sources[ByteString(path)] {
                add(.copyUp, path, layer: source.layer, size: now.size)
            }
            if now.isOpaque, !was.isOpaque { add(.opaque, path) }
            if let redirect = now.redirect, redirect != was.redirect { add(.redirect, path) }
        }
    }

    /// A rename that succeeded: what stood at `old` is at `new`, and the other way round in an exchange.
    mutating func renamed(_ old: String, _ new: String, exchange: Bool) {
        // One inode under two names stays as it is (rename(2)); then the layer has not changed.
        let oldNow = witness.held(old)
        let isUnchanged =
            look.held[ByteString(old)]?.inode == oldNow?.inode && look.held[ByteString(old)]?.kind == oldNow?.kind
        guard !isUnchanged, let moved = witness.held(new) else { return }
        let moves = exchange ? [(old, new, moved), (new, old, oldNow ?? moved)] : [(old, new, moved)]
        for (from, to, object) in moves {
            if look.held[ByteString(from)] == nil, let source = look.sources[ByteString(from)] {
                copied(from, source, object, isMoved: true)
            }
            created(to, object, redirect: look.held[ByteString(from)]?.redirect)
        }
        if exchange { return }
        if let oldNow, isWhiteout(oldNow) {
            hidden(old)
        } else if look.held[ByteString(old)] != nil {
            add(.remove, old)
        }
    }

    /// A filesystem that is no union has no whiteouts: there a device 0:0 is a device.
    private func isWhiteout(_ entry: LayerEntry) -> Bool { witness.prefix != nil && entry.kind == .whiteout }

    private mutating func hidden(_ path: String) {
        let was = look.held[ByteString(path)]
        if let was, isWhiteout(was) { return }
        if was != nil { add(.remove, path) }
        add(.whiteout, path, layer: look.nearest[ByteString(path)] ?? .upper)
    }

    private mutating func copied(
        _ path: String, _ source: EffectWitness.Source, _ now: LayerEntry, isMoved: Bool = false
    ) {
        add(.copyUp, path, layer: source.layer, size: now.kind == .file ? now.size : nil)
        if !source.isDirectory, source.links > 1, !witness.hasIndex { add(.linkBroken, path, layer: source.layer) }
        if !isMoved, now.redirect != nil { add(.redirect, path) }
    }

    /// - Parameter redirect: what the object had under another name: a redirect is told when it is new.
    private mutating func created(_ path: String, _ now: LayerEntry, redirect: ByteString? = nil) {
        add(.create, path, size: now.kind == .file ? now.size : nil)
        if now.isOpaque { add(.opaque, path) }
        if let new = now.redirect, new != redirect { add(.redirect, path) }
    }

    private mutating func add(
        _ kind: LayerEffect.Kind, _ path: String, layer: LayerID = .upper, size: Int64? = nil
    ) {
        list.append(LayerEffect(kind, Path(path), layer: layer, size: size))
    }
}
