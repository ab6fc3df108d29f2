import Glibc

/// `make bench` runs them all; names as arguments, those alone.
@main
enum Main {
    static let all: [Benchmark] = [
        .container, .bundle, compileLoop, createStorm, recordingRate, readingBack, frameRate, .simulatedCalls,
        .build, .unpack, .pack, .memory, .images,
    ]

    static func main() {
        let names = CommandLine.arguments.dropFirst()
        let chosen = names.isEmpty ? all : all.filter { names.contains($0.name) }
        guard !chosen.isEmpty else {
            print("no such benchmark; there are: \(all.map(\.name).joined(separator: ", "))")
            exit(64)
        }
        var report = Report()
        if !Benchmark.isInside {
            print("| what | medians: ours : peer | measured | bound | kept |\n|---|---|---|---|---|")
            fflush(nil)
        }
        for benchmark in chosen {
            do { try benchmark.run(&report) } catch {
                print("\(benchmark.name) (\(benchmark.subject)) could not be measured: \(error)")
                exit(1)
            }
        }
        exit(report.isKept ? 0 : 1)
    }
}
