public import OCI

/// What an image's labels say where it stands in for one of Docker Hub, or was built on one that does.
public struct StandInNotice: Hashable, Sendable {
    /// The repository of Docker Hub that it, or its base, stands in for, such as `alpine`.
    public var repository: String
    /// Where its packages come from, such as `Debian bookworm`.
    public var source: String
    /// `NAME=VERSION` of all packages that it is made from, by name.
    public var packages: [String]
    /// What is another than in the original, such as `has no apt and no perl`.
    public var difference: String

    /// - Returns: `nil` for an image that stands in for none.
    public init?(_ config: ImageConfig) {
        let labels = config.config?.labels ?? [:]
        guard let image = labels[StandInLabel.image] else { return nil }
        repository = image.split(separator: "/").last.map(String.init) ?? image
        source = labels[StandInLabel.source] ?? "packages"
        packages = (labels[StandInLabel.packages] ?? "").split(separator: " ").map(String.init)
        difference = String((labels[StandInLabel.differences] ?? "holds other packages").prefix { $0 != ";" })
    }

    /// Whether the image of that name is the stand-in itself, and not one that was built on it.
    public func describes(_ reference: ImageReference) -> Bool { reference.familiarName == repository }

    /// What a notice says of the stand-in, whatever image it was said of: once told of one, it need not be told of all that
    /// stand on the same. Of any other sentence the whole.
    public static func topic(of sentence: String) -> String {
        guard let start = sentence.firstRange(of: mark)?.lowerBound, let end = sentence.lastIndex(of: ";") else {
            return sentence
        }
        return start < end ? String(sentence[start..<end]) : sentence
    }

    private static let mark = " a stand-in for Docker Hub's "

    /// Says of an image that it is a stand-in, or stands on one, and from which packages that is made: those that were
    /// asked for by name with their versions, the others counted.
    ///
    /// - Parameter name: What the image is called, such as `alpine:3.7`.
    public func sentence(of name: String) -> String {
        let isItself = (try? ImageReference(name)).map(describes) ?? false
        return
            "\(name) \(isItself ? "is" : "stands on")\(Self.mark)\(repository), made from \(source): " + ingredients
            + "; `docker inspect \(name)` lists packages and versions, and what differs"
    }

    /// Says of a command that was not found that the original may have it.
    public var absence: String {
        "a command that is not found here may be in Docker Hub's \(repository): the stand-in for it \(difference)"
    }

    private var ingredients: String {
        let recipe = StandIn.all.first { $0.repository == repository }
        let wanted = Set(recipe.map { $0.layers.flatMap(\.wanted) } ?? [])
        let told = packages.filter { wanted.contains(String($0.prefix { $0 != "=" })) }
        let words = (packages.count <= 3 ? packages : told).map { $0.replacing("=", with: " ", maxReplacements: 1) }
        if packages.count <= 3 { return words.joined(separator: ", ") }
        return "\(packages.count) packages" + (words.isEmpty ? "" : ", among them \(words.joined(separator: ", "))")
    }
}
