/// Nothing but calls that stop: 20,000 files made and removed.
let createStorm = Benchmark(
    name: "storm", subject: "20,000 creates and unlinks, observed and recorded, against strace"
) { report in
    let containers = try ObservedContainers("mkdir -p srv/storm", CreateStorm.program)
    let storm = ["/bin/storm"]
    var (bare, ours, unrecorded, peer) = ([Int64](), [Int64](), [Int64](), [Int64]())
    for round in 0...7 {
        let times = (
            try containers.bare(storm, on: .first), try containers.observed(storm, judged: false),
            try containers.observed(storm, judged: false, recorded: false),
            try containers.underStrace(storm, on: .first)
        )
        if round == 0 { continue }  // the caches are cold
        bare.append(times.0)
        ours.append(times.1)
        unrecorded.append(times.2)
        peer.append(times.3)
    }
    // Ours pins caller and tracer by itself; what makes events and writes them runs beside.
    report.ratio(
        "20,000 creates and unlinks, observed and recorded : under strace (bare: \(bare.median / 1_000_000) ms)",
        ours: ours.median, peer: peer.median, bound: 1)
    report.ratio(
        "the same, evidence and effects made but not written : under strace", ours: unrecorded.median,
        peer: peer.median, bound: 1)
}

enum CreateStorm {
    /// Compiles the storm into the layer that the script runs in.
    static let program = """
        mkdir -p bin && gcc -O2 -static -x c -o bin/storm - <<'END'
        #include <fcntl.h>
        #include <stdio.h>
        #include <unistd.h>
        int main(void) {
            char name[64];
            for (int i = 0; i < 20000; i++) {
                snprintf(name, sizeof name, "/srv/storm/file%d", i);
                int file = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);
                if (file < 0 || close(file) < 0 || unlink(name) < 0) return 1;
            }
            return 0;
        }
        END
        """
}
