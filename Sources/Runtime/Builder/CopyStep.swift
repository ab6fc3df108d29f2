internal import Dockerfiles
internal import OCI

/// COPY and ADD, as far as they are alike.
struct CopyStep {
    let verb: String
    let sources: CopySources
    let destination: ShellWord
    let origin: CopyOrigin?
    let ownership: CopyOwnership

    enum Found {
        case file(SourceTree.Source)
        case document(name: String, text: String)
        case remote(RemoteFile)
    }
}

/// The digests of all that one COPY or ADD takes.
struct CopyDigest {
    private var words: [String] = []
    /// Of each file, by its path.
    private(set) var files: [String: String] = [:]

    /// What the history calls the sources.
    var word: String {
        words.count == 1 ? words[0] : "multi:" + Digest(of: words.joined(separator: ",").utf8).hex
    }

    mutating func add(_ source: SourceDigest) {
        words.append(source.word)
        files.merge(source.files) { $1 }
    }

    mutating func add(document name: String, _ text: String) {
        let digest = Digest(of: "\(name)\u{0}\(text)".utf8).hex
        words.append("file:" + digest)
        files["<<" + name] = digest
    }

    mutating func add(_ remote: RemoteFile) {
        let digest = Digest(of: "\(remote.name ?? RemoteFile.unnamed)\u{0}\(remote.digest.hex)".utf8).hex
        // Docker tells these without a word before them.
        words.append(digest)
        files[remote.place] = digest
    }
}
