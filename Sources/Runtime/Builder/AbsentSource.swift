internal import Dockerfiles
internal import Glibc
internal import LayerModel
internal import Linux

extension SourceTree {
    /// Why nothing is found under a name, as the end of a sentence: the line of `.dockerignore` that excludes it, or what may
    /// have been meant; empty where neither is known.
    func absence(of written: String) -> String {
        if let file = try? openInRoot(root.number, written), let place = try? place(of: file),
            let exclusion = ignored.exclusion(of: place)
        {
            return "; \(exclusion.sentence) \(place)"
        }
        return nearest(to: written).map { "; did you mean \($0)?" } ?? ""
    }

    /// The same for a pattern.
    func absence(of pattern: PathPattern) -> String {
        guard !ignored.isEmpty, let all = try? SourceTree(path, control: control).sources(matching: pattern),
            let place = all.first?.path, let exclusion = ignored.exclusion(of: place)
        else { return "" }
        return "; \(exclusion.sentence) \(place)"
    }

    /// A path like this one: in the last directory that is there, or with the same last name elsewhere.
    private func nearest(to written: String) -> String? {
        let parts = CleanPath.of("/" + written).split(separator: "/").map(String.init)
        var found: [String] = []
        for (index, part) in parts.enumerated() {
            let directory = found.joined(separator: "/")
            guard let open = try? openInRoot(root.number, directory, O_RDONLY | O_DIRECTORY),
                let names = try? directoryNames(in: open).map(\.text)
            else { return nil }
            if names.contains(part) {
                found.append(part)
                continue
            }
            let candidates = names.filter { !ignored.ignores((found + [$0]).joined(separator: "/")) }
            // Of a letter or two every name is near, and there are many: of a short one only one letter may differ.
            if part.count > 2, let near = NearestName.of(part, among: candidates),
                NearestName.edits(from: part, to: near) <= max(1, part.count / 3)
            {
                let whole = (found + [near] + parts[(index + 1)...]).joined(separator: "/")
                return (try? source(whole)) == nil ? (found + [near]).joined(separator: "/") : whole
            }
            break
        }
        guard let last = parts.last else { return nil }
        return try? entries().map { ByteString($0.path).text }.first { $0.hasSuffix("/" + last) }
    }
}

extension IgnorePatterns.Exclusion {
    fileprivate var sentence: String { "line \(line) of .dockerignore (\(pattern)) excludes" }
}
