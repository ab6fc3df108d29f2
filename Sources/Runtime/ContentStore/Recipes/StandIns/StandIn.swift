internal import OCI

/// An image that stands in for one of Docker Hub, as data: made here from the packages of Debian's archive, so that an
/// example needs no Hub. It says so in its labels and in its history.
public struct StandIn: Sendable {
    /// Such as `alpine`.
    public var repository: String
    /// The tags that name it; the first is the one that a base is asked for by.
    public var tags: [String]
    var base: Base
    /// From the bottom up.
    var layers: [StandInLayer]
    var config: ExecutionConfig
    /// The instructions that changed the config alone, oldest first.
    var metadata: [String]
    /// About the bytes of the disk that making it takes, without its base.
    var room: Int64
    /// How it differs from what it stands in for, in words.
    var differences: String

    enum Base: Sendable {
        case scratch
        indirect case standIn(StandIn)
    }

    /// The names that it has, `alpine:3.7`.
    public var names: [String] { tags.map { "\(repository):\($0)" } }

    /// The stand-ins that are made on first need.
    public static let all: [StandIn] = [alpine, debian, gcc, nginx, node, ubuntu]

    static func named(_ reference: ImageReference) throws(FormatError) -> StandIn? {
        for standIn in all {
            for name in standIn.names where try ImageReference(name) == reference { return standIn }
        }
        return nil
    }
}

/// One layer of a stand-in.
struct StandInLayer: Sendable {
    /// The instruction, as `docker history` shows it.
    var createdBy: String
    /// What is unpacked into it.
    var packages: PackageSelection?
    /// What is written over that.
    var entries: [RecipeEntry] = []
    var derived: [DerivedFiles] = []
}

extension StandInLayer {
    /// The packages that are asked for by name.
    var wanted: [String] {
        var names = packages?.roots ?? []
        for files in derived {
            switch files {
            case .busybox: names.append("busybox-static")
            case .apkRepository(let packages):
                for package in packages where !names.contains(package.debian) { names.append(package.debian) }
            case .dpkgDatabase: break
            }
        }
        return names
    }
}

/// Files that follow from the packages.
enum DerivedFiles: Sendable {
    /// A static busybox and its names, without those that the layer's own entries have.
    case busybox
    /// What dpkg(1) knows of the packages in this layer and in those beneath it.
    case dpkgDatabase
    /// A repository for `apk`.
    case apkRepository([ApkPackage])
}

/// Keys of the labels by which a stand-in says what it is.
enum StandInLabel {
    static let prefix = "teach.stand-in"
    /// The image that it stands in for.
    static let image = prefix
    /// `NAME=VERSION`, with spaces between, of all layers' packages.
    static let packages = prefix + ".packages"
    /// What is not as in the image that it stands in for.
    static let differences = prefix + ".differences"
    /// Where the packages come from.
    static let source = prefix + ".source"

    /// The whole name of an image of Docker Hub's library.
    static func hub(_ repository: String) -> String { "docker.io/library/\(repository)" }
}
