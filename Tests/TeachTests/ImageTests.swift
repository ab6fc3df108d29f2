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
        #expect(files.contains("✕                       old.conf"))
        #expect(files.contains { $0.hasPrefix("⊘") && $0.hasSuffix("cache/") })
        let story = try teach("image", "lesson3", "--path", "/app/cache/a").output
        #expect(story.contains("layer 2  + adds a file of 18 bytes"))
        #expect(story.contains("layer 3  ⊘ makes /app/cache opaque, which hides it"))
        #expect(story.hasSuffix("A container sees nothing there.\n"))
        let above = try teach("image", "lesson3", "--cat", "/etc/motd").output
        #expect(above == "Welcome. This line comes from layer 3 and hides that of layer 2.\n")
        #expect(try teach("image", "lesson3", "--cat", "/etc/motd", "--layer", "2").output.contains("from layer 2.\n"))
        let hidden = try teach("image", "lesson3", "--cat", "/app/old.conf")
        #expect(hidden.status == 1 && hidden.errors.contains("--path /app/old.conf` tells why"))
        #expect(try teach("image", "lesson3", "--layer", "4").errors.contains("has layers 1 to 3"))
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
