import Glibc
import LayerModel
import Scripts
import StorageDrivers

// libFuzzer's own names (compiler-rt's fuzzer_no_main library and FuzzerInterface.h).
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// Feeds libFuzzer's inputs to the scripts' parser and to the simulated kernel, with `TEACH_FUZZ=dockerfile` to the
/// reader of Dockerfiles, with `TEACH_FUZZ=layer` to the reader of layers. What traps is found; `make fuzz`.
@main
enum Fuzzing {
    static func main() {
        switch getenv("TEACH_FUZZ").map({ String(cString: $0) }) {
        case "dockerfile": run { DockerfileReading.test($0) }
        case "layer":
            guard let scratch = getenv("TEACH_FUZZ_SCRATCH") else {
                preconditionFailure("TEACH_FUZZ_SCRATCH says where: Tests/Fuzzing/layers sets it")
            }
            let unpacking = LayerUnpacking(in: String(cString: scratch))
            run { unpacking.test($0) }
        default: run { test($0) }
        }
    }

    private static func run(_ body: @escaping ([UInt8]) -> Void) -> Never {
        Self.body = body
        var count = CommandLine.argc
        var arguments = CommandLine.unsafeArgv
        let status = runDriver(&count, &arguments) { bytes, count in
            guard let bytes else { return 0 }
            Fuzzing.body(Array(UnsafeBufferPointer(start: bytes, count: count)))
            return 0
        }
        exit(status)
    }

    /// What is tested: libFuzzer calls a C function, which knows nothing else.
    nonisolated(unsafe) private static var body: ([UInt8]) -> Void = { _ in }

    /// The first byte tells what the others are: a script's text, or choices that a script is made of.
    private static func test(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let text = first & 0x80 == 0 ? Array(input.dropFirst()) : ScriptChoices(input.dropFirst()).text
        guard let script = try? Script(parsing: text) else {
            precondition(first & 0x80 == 0, "a script that is made of choices can be read")
            return
        }
        checkWriting(script)
        simulate(script, setup: Int(first & 0x7F))
    }

    /// What is written reads back as the same script.
    private static func checkWriting(_ script: Script) {
        let numbered = script.numbered
        guard let again = try? Script(parsing: script.text) else {
            preconditionFailure("a written script is read again")
        }
        precondition(again == numbered, "a written script is the same")
    }

    /// Runs a script under one of the drivers and some options, and asks for everything that can be asked for.
    private static func simulate(_ script: Script, setup: Int) {
        let drivers = StorageDriverKind.allCases
        // overlay2 more often: it has the options.
        let driver = setup % 8 < drivers.count ? drivers[setup % 8] : .overlay2
        let backings = BackingFilesystem.allCases
        let names = ["redirect_dir", "index", "metacopy", "xino"]
        let chosen = names.enumerated().filter { setup >> (3 + $0.offset) & 1 == 1 }.map {
            MountOption($0.element, "on")
        }
        guard let layers = try? LayerStack(script.layers),
            let mount = try? SimulatedMount(
                driver: driver, options: driver == .overlay2 ? chosen : [], layers: layers,
                host: HostSettings(backing: backings[script.operations.count % backings.count]))
        else { return }
        var runner = ScriptRunner(script, on: mount)
        var effects = 0
        while let report = try? runner.next() { effects += report.effects.count + report.json.utf8.count }
        for listing in Listing.allCases {
            guard let files = try? runner.listing(listing) else { continue }
            effects += listing.json(files).utf8.count
        }
    }
}
