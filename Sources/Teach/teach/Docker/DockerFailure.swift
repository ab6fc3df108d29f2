import ContentStore
import Engine
import OCI

/// A failure in the words of Docker's client, which names no program before them.
struct DockerFailure: StatusCarrying {
    let sentence: String
    var status: Int32 = 1

    /// What the daemon would answer.
    static func daemon(_ sentence: String) -> DockerFailure {
        DockerFailure(sentence: "Error response from daemon: \(sentence)")
    }
}

extension DockerCommand {
    /// Does what Docker's client would ask its daemon for, and says its refusals as that client does.
    static func asDaemon<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch  where FullDisk.isCause(of: error) {
            throw error
        } catch let error as EngineError {
            if error.kind == .client { throw DockerFailure(sentence: error.description) }
            throw DockerFailure.daemon(error.description)
        } catch let error as StoreError {
            throw DockerFailure.daemon(error.description)
        } catch let error as FormatError {
            throw DockerFailure.daemon(error.description)
        }
    }

    /// Does the same with each of `names`, says what went wrong with some, and ends with status 1 if anything did.
    ///
    /// - Parameter kind: what is missing where a name is unknown: `image`, `container`.
    static func forEach(
        _ names: [String], _ kind: String, ignoresMissing: Bool = false, _ body: (String) throws -> Void
    )
        throws
    {
        var failures: [String] = []
        var isFatal = false
        for name in names {
            do {
                try asDaemon {
                    do { try body(name) } catch let error as EngineError where error.kind == .notFound {
                        throw DockerFailure(sentence: "Error: No such \(kind): \(name)")
                    }
                }
            } catch let failure as DockerFailure {
                failures.append(failure.sentence)
                if !failure.sentence.hasPrefix("Error: No such") { isFatal = true }
            }
        }
        if failures.isEmpty { return }
        let sentence = failures.joined(separator: "\n")
        if isFatal || !ignoresMissing { throw DockerFailure(sentence: sentence) }
        say(sentence, on: 2)
    }
}
