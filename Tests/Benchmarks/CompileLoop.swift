/// What a lesson does: a few processes, each with a few calls that stop.
let compileLoop = Benchmark(
    name: "compile", subject: "20 compiles in a container, observed and recorded, against bare and strace"
) { report in
    let containers = try ObservedContainers("mkdir -p srv", CompileLoop.source)
    let loop = ["sh", "-c", "i=0; while [ $i -lt 20 ]; do gcc -o hello hello.c || exit 1; i=$((i + 1)); done"]
    var (bare, ours, peer) = ([Int64](), [Int64](), [Int64]())
    for round in 0...7 {
        let times = (
            try containers.bare(loop), try containers.observed(loop, judged: true), try containers.underStrace(loop)
        )
        if round == 0 { continue }  // the caches are cold
        bare.append(times.0)
        ours.append(times.1)
        peer.append(times.2)
    }
    report.ratio("20 compiles, observed and recorded : bare", ours: ours.median, peer: bare.median, bound: 1.10)
    report.ratio(
        "what observing adds to 20 compiles : what strace adds", ours: ours.median - bare.median,
        peer: peer.median - bare.median, bound: 0.5)
}

enum CompileLoop {
    static let source = """
        mkdir -p srv && cat > srv/hello.c <<'END'
        #include <stdio.h>
        int main(void) {
            puts("hello");
            return 0;
        }
        END
        """
}
