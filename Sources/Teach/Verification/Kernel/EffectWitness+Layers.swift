internal import CLinux
internal import Glibc
internal import LayerModel
internal import Linux

extension EffectWitness {
    /// What the writable layer holds under a resolved path.
    func held(_ path: ByteString) -> LayerEntry? {
        var status = stat()
        let name = ByteString("." + path.text).cString
        guard fstatat(AT_FDCWD, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        var entry = LayerEntry(status)
        guard let prefix, entry.kind == .directory || entry.kind == .file else { return entry }
        if entry.kind == .directory { entry.isOpaque = Self.attribute(prefix + "opaque", of: name) == Array("y".utf8) }
        entry.redirect = Self.attribute(prefix + "redirect", of: name).map(LayerEntry.redirect)
        if entry.kind == .file { entry.isMetacopy = Self.attribute(prefix + "metacopy", of: name) != nil }
        return entry
    }

    static func attribute(_ name: String, of path: [CChar]) -> [UInt8]? {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            let count = lgetxattr(path, name, buffer.baseAddress!, buffer.count)
            return count < 0 ? nil : Array(buffer[..<count])
        }
    }

    /// What lies under a path in the lower layers that its directory merges: the nearest that holds the name at all,
    /// and the one that would be shown.
    ///
    /// - Parameter wantsData: Whether a file that has its data in yet another layer is looked through.
    func lookup(
        _ path: ByteString, redirect: String?, wantsData: Bool = false
    ) -> (nearest: LayerID?, shown: Source?) {
        let components = Path(path.text).components.map(\.text)
        var places = lowers.indices.reversed().map { (layer: $0, path: "") }
        var upper: String? = ""
        for (index, component) in components.enumerated() {
            let isLast = index == components.count - 1
            var search = places.map { (layer: $0.layer, path: $0.path + "/" + component) }
            var next: String?
            if isLast, let redirect, followsRedirects { search = follow(redirect, from: places, below: lowers.count) }
            if !isLast, let above = upper, let entry = held(ByteString(above + "/" + component)) {
                guard entry.kind == .directory else { return (nil, nil) }
                next = above + "/" + component
                if entry.isOpaque { search = [] }
                if let redirect = entry.redirect, followsRedirects {
                    search = follow(redirect.text, from: places, below: lowers.count)
                }
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
                if let prefix, followsRedirects, let value = file.attributes[ByteString(prefix + "redirect")] {
                    let parents = remaining.map {
                        (layer: $0.layer, path: String($0.path[..<$0.path.lastIndex(of: "/")!]))
                    }
                    remaining = follow(LayerEntry.redirect(value).text, from: parents, below: place.layer)[...]
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
                let told = LayerEntry.redirect(value).text
                isOpaque = isOpaque && !told.hasPrefix("/")
                names =
                    told.hasPrefix("/")
                    ? told.split(separator: "/").map(String.init) + rest
                    : names.dropLast(rest.count + 1) + [told] + rest
            }
        }
        return isOpaque
    }

    private func isWhiteout(_ file: ListedFile) -> Bool {
        let isEmptyFile = file.kind == .file && file.size == 0
        return file.kind == .whiteout || isEmptyFile && file.attributes[ByteString((prefix ?? "") + "whiteout")] != nil
    }

    /// The layer that holds the data of an upper file which has its attributes alone.
    func dataSource(_ path: ByteString, _ entry: LayerEntry) -> Source? {
        lookup(path, redirect: entry.redirect?.text, wantsData: true).shown
    }
}
