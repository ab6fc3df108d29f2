import Glibc

extension Benchmark {
    /// From the start of `teach image` in a terminal to the last line of its first screen, once with the layers unpacked and
    /// not yet looked at, once with the store's listings of them.
    static let images = Benchmark(
        name: "images", subject: "the first screen of `teach image`, 100,000 files in 20 layers"
    ) { report in
        let scratch = try Scratch()
        defer { withExtendedLifetime(scratch) {} }
        let image = try SampleImage.ofManyFiles(in: scratch)
        let home = scratch.path + "/home"
        setenv("TEACH_HOME", home, 1)
        setenv("TERM", "xterm", 1)
        defer { unsetenv("TEACH_HOME") }
        let teach = try besideUs("teach")
        try Log(in: scratch).run([teach, "docker", "load", "-i", image.archive])
        func firstScreen() throws -> Int64 {
            let began = now()
            let browser = try TerminalProgram([teach, "image", image.name])
            // The keys stand in the last line.
            try browser.wait(until: "q end")
            let time = now() - began
            browser.end(with: "q")
            return time
        }
        let new = try (0..<7).map { _ in
            try spawn(["sh", "-c", "rm -f \(home)/layers/*/listing"])
            return try firstScreen()
        }
        report.figure(
            "the first screen of `teach image`, 100,000 files in 20 layers, just unpacked", Double(new.median) / 1e6,
            unit: "ms", atMost: 1000)
        let again = try (0..<15).map { _ in try firstScreen() }
        report.figure("the same, from the store's listings", Double(again.median) / 1e6, unit: "ms", atMost: 300)
    }
}

extension SampleImage {
    /// 100,000 files in 20 layers; of every layer a fifth takes the place of the one beneath.
    ///
    /// - Throws: `BenchmarkError`
    fileprivate static func ofManyFiles(in scratch: Scratch) throws -> SampleImage {
        var files = SampleFiles(seed: 100)
        let perLayer = 5000
        var folders: [String] = []
        for layer in 0..<20 {
            let folder = "\(scratch.path)/tree/\(layer)"
            folders.append(folder)
            for number in 0..<perLayer {
                let directory = "\(folder)/opt/part\((layer * perLayer * 4 / 5 + number) / 50)"
                if number % 50 == 0 { try spawn(["mkdir", "-p", directory]) }
                try files.write(size: 100, to: "\(directory)/file\(number % 50)")
            }
        }
        return try SampleImage("many", of: folders, compressed: false, in: scratch.path)
    }
}
