import Foundation
import Testing

/// `teach run dockerfile`, and builds in lessons at large: what is recorded of them, as root and without.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct DockerfileLessonTests {
    /// What a run recorded, without what differs between two runs: ids, process and descriptor numbers, times, places.
    private func facts(of events: [[String: Any]]) -> [String] {
        let kinds: Set = ["operation", "effect", "verdict", "layer", "expectation", "warning", "hole"]
        return events.filter { kinds.contains($0["kind"] as? String ?? "") }.map { event in
            [
                "step", "kind", "syscall", "path", "errno", "effect", "layer", "size", "allocated", "shared", "verdict",
                "text", "held", "reason",
            ].map { key in "\(event[key] ?? "")" }.map { $0.hasPrefix("fd ") ? "fd" : $0 }.joined(separator: " ")
        }
    }

    /// What each instruction of a Dockerfile left, and that a later rm saves nothing.
    @Test func theLessonOnDockerfilesRunsAndEverythingHolds() throws {
        let teach = try Program()
        defer { teach.remove() }
        let first = try teach("run", "dockerfile")
        #expect(first.status == 0, "\(first.output.suffix(2000)) \(first.errors)")
        #expect(first.errors.isEmpty)
        // One stand-in, whatever images of this run stand on it.
        #expect(first.lines.count { $0.hasPrefix("! ") } == 1, "\(first.output)")
        let told = first.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(told.contains("`WORKDIR /usr/src/myapp` left nothing behind, and so made no layer."))
        #expect(
            told.contains(
                "The 2,097,152 bytes that it hid or replaced stay in layer 2, made by `RUN dd if=/dev/zero of=/big "
                    + "bs=1024 count=2048 2>/dev/null`: the image is no smaller."))

        #expect(
            told.contains(
                "The images and containers that this run made were its own, and are gone; `teach docker build` and "
                    + "`teach docker run` make yours."))
        // A heredoc as a shell shows it.
        #expect(first.output.contains("\n$ cat > Dockerfile <<'END'\n> FROM busybox\n> RUN dd "))
        #expect(first.output.contains("\n> RUN rm /big\n> END\n$ docker build "))

        let events = try teach.events()
        #expect(!events.contains { ["refuted", "unmodelled"].contains($0["verdict"] as? String ?? "") })
        #expect(!events.contains { $0["kind"] as? String == "hole" })
        // The second build found all of its instructions in the cache: nothing has run.
        #expect(!events.contains { $0["step"] as? Int == 2 && $0["kind"] as? String == "operation" })

        let shown = try teach("show", "last", "--step", "3")
        #expect(shown.output.contains("unlink(\"/big\") → whiteout over layer 2"))
        #expect(try teach("show", "--follow", "/big").output.contains("whiteout"))
        let picture = teach.home + "/frame.svg"
        #expect(try teach("graph", "last", "--step", "3", "-o", picture).status == 0)
        let svg = try String(contentsOfFile: picture, encoding: .utf8)
        #expect(svg.contains("RUN dd if=/dev/zero of=/big") && svg.contains("whiteout"))

        // A second run builds anew, and records the same.
        #expect(try teach("run", "dockerfile").status == 0)
        #expect(try facts(of: teach.events("1")) == facts(of: teach.events("2")))
    }

    /// A lesson's names are its own, also one that the user has given to another image; also when it is killed.
    @Test(arguments: [false, true]) func theUsersNamesAndStoreAreAsTheyWere(isKilled: Bool) throws {
        let teach = try Program()
        defer { teach.remove() }
        let run =
            isKilled
            ? """
            teach run dockerfile > said 2>&1 & run=$!
            # Until the run has an image `hello` of its own.
            own() { TEACH_IMAGES=$(echo "$TEACH_HOME"/runs/*) docker images -q --no-trunc hello 2> /dev/null; }
            for i in $(seq 1000); do case $(own) in ''|$(docker images -q --no-trunc hello)) sleep 0.02 ;; *) break ;; esac; done
            [ "$(own)" != "$(docker images -q --no-trunc hello)" ] || echo "nothing was built yet"
            kill -9 $run; wait $run 2> /dev/null
            """ : "teach run dockerfile > said 2>&1 || tail -40 said"
        let result = try teach.bash(
            """
            for name in hello fat lean busybox; do
                printf "FROM scratch\nLABEL mine=$name\n" | docker build -q -t $name - > /dev/null
            done
            names() { docker images -a --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}'; }
            store() { ls "$TEACH_HOME/layers" "$TEACH_HOME/images/blobs/sha256"; }
            names > names; store > store
            \(run)
            names | cmp names - && echo names
            teach clean > cleaned
            store | cmp store - && ls "$TEACH_HOME/runs" | wc -l
            """)
        #expect(result.lines.map { $0.trimmingCharacters(in: .whitespaces) } == ["names", "0"], "\(result.output)")
        let cleaned = try String(contentsOfFile: teach.home + "/cleaned", encoding: .utf8)
        #expect(cleaned.contains("what run 1 had left") == isKilled)
    }

    /// A build does not outlive the process that records it, and what it was making is found.
    @Test func aBuildEndsWithItsRecordingProcess() throws {
        let teach = try Program()
        defer { teach.remove() }
        let lesson = """
            ---
            id: slow
            title: Slow
            summary: A build that takes its time.
            slides: [27]
            image: busybox
            ---

            # Slow

            ## Build

            ```sh run slow
            printf 'FROM busybox\\nRUN echo half > /x; : > /running; exec sleep 61271\\n' > Dockerfile
            docker build --network none .
            ```
            """
        try lesson.write(toFile: teach.home + "/slow.md", atomically: false, encoding: .utf8)
        let result = try teach.bash(
            """
            teach run slow.md > said 2>&1 & run=$!
            find_upper() { find "$TEACH_HOME/layers" -path '*/upper/running' 2> /dev/null | grep -q .; }
            for i in $(seq 1000); do find_upper && break; sleep 0.02; done
            find_upper && echo running
            kill -9 $run
            left() { grep -l "TEACH_RECORD=$TEACH_HOME/" /proc/[0-9]*/environ; pgrep -x -f 'sleep 61271'; }
            for i in $(seq 500); do left 2> /dev/null | grep -q . || break; sleep 0.02; done
            left 2> /dev/null | wc -l
            teach clean > /dev/null
            find "$TEACH_HOME" -name '.partial-*' | wc -l
            ls "$TEACH_HOME/runs" | wc -l
            """)
        #expect(result.lines.map { $0.trimmingCharacters(in: .whitespaces) } == ["running", "0", "0", "0"])
    }

    @Test func aBuildsFactsAreThoseOfRoot() throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach("run", "dockerfile").status == 0)
        let roots = facts(of: try teach.events())
        #expect(roots.count > 50)
        for identifiers in OrdinaryUser.Identifiers.allCases {
            let user = try OrdinaryUser(identifiers)
            defer { user.remove() }
            let result = try user("run", "dockerfile")
            #expect(result.status == 0, "\(identifiers): \(result.output.suffix(2000)) \(result.errors)")
            let users = facts(of: try user.events())
            #expect(users.difference(from: roots).isEmpty, "\(identifiers): \(users.difference(from: roots))")
        }
    }
}
