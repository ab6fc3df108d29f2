import Glibc
import LayerModel
import StorageDrivers

extension Benchmark {
    /// Random calls on a large union in the simulated kernel.
    static let simulatedCalls = Benchmark(
        name: "model", subject: "calls a second on 50,000 paths in 20 layers, by the model of overlay2 on one core"
    ) { report in
        let scene = SimulatedCalls.Scene(seed: 42)
        let before = SimulatedCalls.residentBytes()
        var mount = try scene.mounted()
        // Every name is looked up once: what is remembered counts.
        let looks = scene.files.map { SystemCall.stat(Operand($0)) }
        _ = SimulatedCalls.run(looks, on: &mount)
        let bytes = Double(SimulatedCalls.residentBytes() - before) / Double(scene.held)
        var rates: [Double] = []
        var succeeded = 0
        for seed in UInt64(1)...7 {
            var mount = mount
            var random = SimulatedCalls.Random(state: seed)
            var spent: Int64 = 0
            succeeded = 0
            // A call is made just before it is answered, as whoever reads a script or a record does; neither the making nor
            // the letting go is the model's, or timed.
            for _ in 0..<1000 {
                let calls = scene.calls(count: 500, using: &random)
                withExtendedLifetime(calls) {
                    let start = SimulatedCalls.nanoseconds()
                    succeeded += SimulatedCalls.run(calls, on: &mount)
                    spent += SimulatedCalls.nanoseconds() - start
                }
            }
            rates.append(500_000 / (Double(spent) / 1e9))
        }
        report.rate(
            "calls a second of the model of overlay2, 50,000 paths in 20 layers (\(succeeded / 5000) % succeed)",
            rates.sorted()[rates.count / 2], unit: "calls/s", atLeast: 1_000_000)
        report.figure("memory of a path beyond its name", bytes, unit: "bytes", atMost: 200)
    }
}

/// The scene: 20 layers, 50,000 names at depth 4, each directory in one to three layers, and calls on all names.
enum SimulatedCalls {
    struct Scene {
        /// Names that a layer holds, and as many that none does.
        private(set) var files: [Path] = []
        /// How many paths the layers hold, directories included.
        private(set) var held = 0
        private var directories: [(path: Path, layers: [Int])] = []
        private var contents: [[Path]] = Array(repeating: [], count: 20)
    }

    static func run(_ calls: [SystemCall], on mount: inout SimulatedMount) -> Int {
        let caller = Credentials.containerRoot
        var succeeded = 0
        for index in calls.indices {
            let answer = mount.answer(to: calls[index], by: caller)
            if answer.errno == nil { succeeded += 1 }
            if case .descriptor(let number) = answer.value { _ = mount.answer(to: .close(number), by: caller) }
        }
        return succeeded
    }

    static func nanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// The second number of /proc/self/statm, in pages (proc_pid_statm(5)).
    static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil, let space = line.firstIndex(of: 32) else { return 0 }
        return line[(space + 1)...].withUnsafeBufferPointer { Int(atol($0.baseAddress!)) } * sysconf(CInt(_SC_PAGESIZE))
    }

    struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }

        mutating func some(of layers: [Int]) -> [Int] {
            let kept = layers.filter { _ in Bool.random(using: &self) }
            return kept.isEmpty ? [layers[0]] : kept
        }
    }
}

extension SimulatedCalls.Scene {
    init(seed: UInt64) {
        var random = SimulatedCalls.Random(state: seed)
        for top in 0..<20 {
            // Neighbours share a layer, so that each of the 20 is used.
            let layers = (0...Int.random(in: 0...2, using: &random)).map { (top + $0) % 20 }
            directories.append((Path(components: ["directory\(top)"]), layers))
            for middle in 0..<7 {
                let some = random.some(of: layers)
                directories.append(
                    (directories.last { $0.path.components.count == 1 }!.path.appending("sub\(middle)"), some))
                let parent = directories[directories.count - 1].path
                for leaf in 0..<7 { directories.append((parent.appending("leaf\(leaf)"), random.some(of: some))) }
            }
        }
        let leaves = directories.filter { $0.path.components.count == 3 }
        held = directories.count
        for leaf in leaves {
            for number in 0..<100 {
                let path = leaf.path.appending("file\(number)")
                files.append(path)
                guard number % 2 == 0 else { continue }
                contents[leaf.layers[Int.random(in: 0..<leaf.layers.count, using: &random)]].append(path)
                held += 1
            }
        }
    }

    func mounted() throws -> SimulatedMount {
        var stack = LayerStack()
        for layer in 0..<20 {
            stack.addLayer()
            for (path, layers) in directories where layers.contains(layer) {
                try stack.makeDirectory(path, mode: 0o755)
            }
            for path in contents[layer] { try stack.makeFile(path, mode: 0o644, zeros: 1000) }
        }
        return try SimulatedMount(driver: .overlay2, layers: stack)
    }

    /// Open for write, create, unlink, rename and chmod, as often as each other, on names of which half are there.
    ///
    /// - Parameter count: A multiple of five.
    func calls(count: Int, using random: inout SimulatedCalls.Random) -> [SystemCall] {
        // Spelled out, as a script is: a table of all paths would take the model's place in the processor's cache.
        func pick() -> Path {
            let top = "directory\(Int.random(in: 0..<20, using: &random))"
            let middle = "sub\(Int.random(in: 0..<7, using: &random))"
            let leaf = "leaf\(Int.random(in: 0..<7, using: &random))"
            let file = "file\(Int.random(in: 0..<100, using: &random))"
            return Path(components: [ByteString(top), ByteString(middle), ByteString(leaf), ByteString(file)])
        }
        return (0..<count).map { number in
            switch number % 5 {
            case 0: .open(pick(), .writeOnly, mode: 0)
            case 1: .open(pick(), [.writeOnly, .create, .exclusive], mode: 0o644)
            case 2: .unlink(pick())
            case 3: .rename(pick(), pick(), [])
            default: .chmod(Operand(pick()), mode: 0o600)
            }
        }
    }
}
