import Foundation
import Testing

/// `teach image`, on the image of lesson 3: a file of each effect.
@Suite(.serialized, .enabled(if: isRoot, "images are unpacked as root"))
struct ImageTests {
    private func prepared() throws -> Program {
        let teach = try Program()
        #expect(try teach("run", "lesson3", "--step", "1").status == 0)
        return teach
    }

    @Test func layersFilesStoriesAndContentsAreTold() throws {
        let teach = try prepared()
        defer { teach.remove() }
        // The second time what was kept of each layer answers.
        for _ in 1...2 {
            let text = try teach("image", "lesson3", "--text")
            #expect(text.output.contains("Efficiency 99.9 %"))
            #expect(text.output.contains("layer 3 makes /app/cache opaque"))
        }
        let files = try teach("image", "lesson3", "--layer", "3").lines
        #expect(files.contains("✕                        old.conf"))
        #expect(files.contains { $0.hasPrefix("M⊘  d755") && $0.hasSuffix("cache/") })
        let story = try teach("image", "lesson3", "--path", "/app/cache/a").output
        #expect(story.contains("layer 2  + adds a file of 18 bytes"))
        #expect(story.contains("layer 3  ⊘ makes /app/cache opaque, which hides it"))
        #expect(story.hasSuffix("A container sees nothing there.\n"))
        let above = try teach("image", "lesson3", "--cat", "/etc/motd").output
        #expect(above == "Welcome. This line comes from layer 3 and hides that of layer 2.\n")
        #expect(try teach("image", "lesson3", "--cat", "/etc/motd", "--layer", "2").output.contains("from layer 2.\n"))
        #expect(try teach("image", "lesson3", "--layer", "4").errors.contains("has layers 1 to 3"))
    }

    @Test func whyThereIsNoFileToReadIsTold() throws {
        let teach = try prepared()
        defer { teach.remove() }
        for (arguments, sentence) in [
            (
                ["/app/old.conf"],
                "/app/old.conf is hidden: layer 3 of lesson3 holds a whiteout there, which hides the file of layer 2; "
                    + "`--layer 2` reads that one"
            ),
            (
                ["/app/old.conf", "--layer", "3"],
                "/app/old.conf is hidden: layer 3 of lesson3 holds a whiteout there, which hides the file of layer 2; "
                    + "`--layer 2` reads that one"
            ),
            (
                ["/app/cache/a"],
                "/app/cache/a is hidden: layer 3 of lesson3 makes /app/cache opaque, which hides the file of layer 2; "
                    + "`--layer 2` reads that one"
            ),
            (
                ["/srv/current"],
                "/srv/current is a symbolic link to www in layer 2 of lesson3, and --cat reads regular files"
            ),
            (["/app"], "/app is a directory in layer 3 of lesson3, and --cat reads regular files"),
            (["/app/VERSION", "--layer", "1"], "layer 1 of lesson3 holds nothing at /app/VERSION; layer 3 of it does"),
            (["/nosuch"], "no layer of lesson3 holds /nosuch; paths are as a container sees them: /etc/passwd"),
            (["/app", "--layer", "4"], "lesson3 has layers 1 to 3; there is no layer 4"),
        ] {
            let result = try teach.run(["image", "lesson3", "--cat"] + arguments)
            #expect(result.status == 1 && result.output.isEmpty)
            #expect(result.errors == "teach: \(sentence)\n")
        }
    }

    @Test func anArchiveIsNoImageYet() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try teach.bash(
            """
            docker save -o ./app.tar lesson3
            for command in "image app.tar" "image ./app.tar" "graph ./app.tar --text" "graph app.tar --text"; do
                teach $command 2>&1; echo $?
            done
            """)
        #expect(result.lines.count == 8 && result.lines.count { $0 == "1" } == 4, "\(result.output)")
        #expect(result.lines.count { $0.contains("app.tar is a file") && $0.contains("`teach docker load -i ") } == 4)
    }

    /// A save and a load lose what of times is below a second, and nothing that is told.
    @Test func anImageIsToldAsItWasAfterALoad() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.bash(
            """
            printf 'FROM busybox\\nRUN mkdir -p /a/b /c && echo 1 > /a/b/f && ln -s f /a/l\\n' > Dockerfile
            printf 'RUN echo 2 > /a/b/g; touch /a/b/f; chmod 700 /c\\nRUN rm /a/l; touch -d @1000000000 /c\\n' >> Dockerfile
            docker build -q --network none -t app . > /dev/null
            tell() { teach image app --text; for n in 2 3 4; do teach image app --layer $n; done; teach image app --path /c; teach image app --json --layer 1; }
            tell > before
            grep -c '^M .* c/  *other time$' before; grep -c 'M gives the directory another mode: mode 700, owner 0:0' before
            docker save -o app.tar app && docker rmi app > /dev/null && teach clean > /dev/null && docker load -q -i app.tar
            tell | diff before -
            """)
        #expect(result.output == "1\n1\nLoaded image: app:latest\n", "\(result.output) \(result.errors)")
    }

    /// In a small terminal the column with the selection has it all, and names come before the rest.
    @Test(arguments: [(40, 10), (50, 12), (24, 5), (18, 3), (80, 24), (200, 60)])
    func aSmallTerminalShowsNames(columns: Int, rows: Int) throws {
        let teach = try prepared()
        defer { teach.remove() }
        let browsed = try teach.shell(
            "(sleep 1; printf '\\t\\033[B'; sleep 1; printf 'qq') | TERM=xterm script -qec "
                + "\"stty cols \(columns) rows \(rows); '\(Program.path)' image lesson3\" /dev/null")
        #expect(browsed.status == 0)
        let screens = browsed.output.split(separator: "\u{1B}[H").dropFirst()
        #expect(screens.count >= 2)
        for screen in screens {
            let lines = screen.split(separator: "\u{1B}[J")[0].split(separator: "\r\n")
            #expect(lines.count <= rows)
            for line in lines {
                let text = line.replacing(#/\e\[[0-9;]*[mK]/#, with: "")
                #expect(text.count <= columns, "\(text)")
            }
        }
        let last = try #require(screens.last)
        #expect(last.contains("VERSION") && (rows < 7 || last.contains("app/")), "\(last)")
    }

    @Test func jsonAndThresholds() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let line = try teach("image", "lesson3", "--json").output
        let image = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(image["hidden_bytes"] as? Int == 133)
        #expect((image["layers"] as? [[String: Any]])?.map { $0["removed"] as? Int } == [0, 0, 1])
        let kept = try teach("image", "lesson3", "--ci")
        #expect(kept.status == 0 && kept.lines.allSatisfy { $0.hasPrefix("✓") })
        let broken = try teach("image", "lesson3", "--ci", "--max-hidden", "100")
        #expect(broken.status == 1 && broken.output.contains("✗ hidden 133 B, at most 100 B"))
        #expect(try teach("image", "lesson3", "--ci", "--min-efficiency", "2").status == 64)
    }

    @Test func aTerminalIsBrowsedAndGivenBack() throws {
        let teach = try prepared()
        defer { teach.remove() }
        // Files, down to /app/VERSION, its contents, back, its story, back, the end.
        let browsed = try teach.shell(
            "(sleep 1; printf '\\t\\033[B\\r'; sleep 1; printf 'qs'; sleep 1; printf 'qq') "
                + "| TERM=xterm script -qec \"'\(Program.path)' image lesson3\" /dev/null")
        #expect(browsed.status == 0)
        #expect(browsed.output.contains("/app/VERSION in layer 3"))
        #expect(browsed.output.contains("The story of /app/VERSION"))
        #expect(browsed.output.contains("\u{1B}[?1049l"))
    }
}
