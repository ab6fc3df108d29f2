import Containers
import Glibc
import LayerModel
import Linux
import RuntimeBundle

/// The runtime as a program of its own: small and static, for whoever brings a bundle.
@main
enum Main {
    static func main() {
        do {
            switch try Request(Array(CommandLine.arguments.dropFirst())) {
            case .help: write(Request.usage, to: 1)
            case .version: write("teach-runc \(programVersion)\nspec: \(RuntimeBundle.specification)\n", to: 1)
            case .spec(let bundle): try writeSpec(bundle)
            case .run(let bundle, let id): exit(try run(bundle, id))
            }
        } catch let error as UsageError {
            say(error.sentence + "; teach-runc --help tells more")
            exit(64)
        } catch {
            say("\(error)")
            exit((error as? ContainerError)?.exitStatus ?? 125)
        }
    }

    private static func run(_ directory: String, _ id: String) throws -> Int32 {
        let bundle = try RuntimeBundle(directory, id: id)
        for warning in bundle.warnings { say("warning: " + warning) }
        let finished = try bundle.spec.run(inForeground: true)
        for warning in finished.warnings { say("warning: " + warning) }
        return finished.status.shellStatus
    }

    private static func writeSpec(_ directory: String) throws {
        let path = directory + "/config.json"
        let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard number >= 0 else {
            if errno == EEXIST { throw Refusal("\(path) is there already and stays as it is: move it away first") }
            throw SystemCallError(call: "open", subject: path, errno: .init(rawValue: errno))
        }
        write(RuntimeBundle.defaultConfig, to: number)
        close(number)
    }

    private static func say(_ sentence: String) { write("teach-runc: \(sentence)\n", to: 2) }

    /// All of it, or as much as the reader takes.
    private static func write(_ text: String, to descriptor: CInt) {
        var text = text
        text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return }
                done += count
            }
        }
    }
}

private struct Refusal: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
