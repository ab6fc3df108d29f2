import Foundation
import Testing

/// `teach graph IMAGE`.
@Suite(.serialized, .enabled(if: isRoot, "images are unpacked as root"))
struct ImageGraphTests {
    @Test func aStackShowsItsLayersAndWhoSharesThem() throws {
        let teach = try Program()
        defer { teach.remove() }
        let built = try teach.shell(
            """
            printf 'FROM busybox\\nENV A=b\\nRUN head -c 5000000 /dev/zero > /big\\nRUN rm /big\\nCMD ["true"]\\n' \\
                | docker build -q --network none -t app -
            printf 'FROM app\\nRUN echo 1 > /one\\n' | docker build -q --network none -t site -
            printf 'FROM scratch\\nENV A=b\\n' | docker build -q -t bare -
            """)
        #expect(built.status == 0, "\(built.errors)")
        let file = teach.home + "/stack.svg"
        let drawn = try teach("graph", "app", "-o", file)
        #expect(drawn.status == 0 && drawn.output == file + "\n", "\(drawn.errors)")
        let svg = try String(contentsOfFile: file, encoding: .utf8)
        for words in [
            "5,000,000 bytes wasted", "shared with site:latest", "no layer: CMD", "✕ 1",
        ] {
            #expect(svg.contains(words), "\(words)")
        }
        // The same by its id, as text.
        let id = try teach.docker("images", "-q", "app").lines[0]
        let text = try teach("graph", id, "--text").output
        #expect(text.contains("⚠ 5 MB wasted: layers above hide them"))
        #expect(text.contains("also in site:latest"))
        #expect(text.contains("┄ no layer  ENV A=b"))
        #expect(try teach("graph", "bare", "--text").output.hasPrefix("bare: no layer\n"))
    }

    @Test func aRunComesBeforeAnImageOfItsName() throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach("run", "lesson3", "--step", "1").status == 0)
        let run = try teach("graph", "lesson3", "-o", teach.home + "/x.svg")
        #expect(run.status == 64)
        #expect(
            run.errors.contains("name a folder, or one frame with --step; lesson3:latest is the image of that name"))
        #expect(try teach("graph", "lesson3:latest", "--text").output.hasPrefix("lesson3:latest: 3 layers"))
        // A number is a run's, as long as there is that run.
        #expect(try teach("graph", "1", "--step", "1", "--text").status != 64)
        let none = try teach("graph", "nosuch", "--text")
        #expect(none.status == 1)
        #expect(none.errors.hasPrefix("teach: no run and no image is called `nosuch`; "))
        #expect(try teach("graph", "nosuch:1", "--text").errors.contains("No such image: nosuch:1"))
    }

    @Test(
        arguments: [
            (["lesson3:latest", "-o", "x.jpg"], "x.jpg ends in .jpg; a picture can be svg, png, pdf or dot"),
            (["lesson3:latest", "--text", "--step", "1"], "--step and --frame choose a frame of a run"),
            (
                ["lesson3:latest"],
                "say where to: `teach graph lesson3:latest -o lesson3-latest.svg` draws it, and --text tells it here"
            ),
            (["images"], "say where to: `teach graph images -o images.svg` draws it\n"),
            (["last"], "say where to: `teach graph last -o frames` draws all frames of run 1 into a folder"),
            (["1", "--step", "1"], "say where to: `teach graph 1 --step 1 -o step1.svg` draws it"),
            (["images", "--text"], "write `teach graph images -o images.svg`"),
            (["lesson3:latest", "x.svg"], "draws one thing, and `x.svg` is a second; the file is named with -o x.svg"),
            (
                ["lesson3:latest", "-o", "/"],
                "/ is a folder, and one picture goes into a file: write -o /lesson3-latest.svg"
            ),
            (
                ["1", "--step", "1", "-o", "/usr"],
                "/usr is a folder, and one picture goes into a file: write -o /usr/step1.svg"
            ),
            (["1", "-o", "/etc/passwd"], "all frames of run 1 go into a folder, and /etc/passwd is a file"),
            (["images", "--text", "-o", "x.svg"], "leave out -o x.svg"),
        ] as [([String], String)])
    func aWrongCommandLineIsToldBeforeAnythingIsDrawn(arguments: [String], sentence: String) throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach("run", "lesson3", "--step", "1").status == 0)
        let result = try teach.run(["graph"] + arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains(sentence) && result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }
}
