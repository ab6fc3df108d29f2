internal import OCI

extension ContainerRecord {
    /// What the user should know where the image has volumes, which a container has none of here: a sentence. A folder of the
    /// host in a volume's place is what stands there in Docker, too.
    public var volumeNotice: String? {
        let bound = Set((host?.binds ?? []).map { Self.clean($0.target) })
        let places = (config?.volumes ?? []).filter { !bound.contains(Self.clean($0)) }.sorted()
        guard let last = places.last else { return nil }
        if places.count == 1 { return "the image's volume \(last) is no volume here yet: \(Self.consequence)" }
        let list = places.dropLast().joined(separator: ", ") + " and " + last
        return "the image's volumes \(list) are no volumes here yet: \(Self.consequence)"
    }

    private static let consequence =
        "what is written there is in the container's layer, so that docker diff and docker commit have it"

    private static func clean(_ path: String) -> Substring {
        let end = path.lastIndex { $0 != "/" }
        return end.map { path[...$0] } ?? "/"
    }
}
