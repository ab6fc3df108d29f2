import Foundation
import Testing

/// `teach quiz`, as a user runs it.
struct QuizTests {
    @Test func theSameSeedAsksTheSameInEachProcess() throws {
        let teach = try Program()
        defer { teach.remove() }
        for level in 1...5 {
            let words = ["quiz", "overlay", "--seed", "42", "--level", "\(level)", "--count", "5", "--json"]
            let first = try teach.run(words)
            #expect(first.status == 0, "\(first.errors)")
            #expect(first.lines.count == 5)
            #expect(try teach.run(words).output == first.output)
        }
        let one = try teach("quiz", "overlay", "--seed", "42", "--count", "3", "--json")
        #expect(try teach("quiz", "overlay", "--seed", "43", "--count", "3", "--json").output != one.output)
    }

    @Test func answersComeFromStandardInput() throws {
        let teach = try Program()
        defer { teach.remove() }
        let questions = try teach("quiz", "overlay", "--seed", "5", "--level", "2", "--count", "4", "--json").lines.map
        {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        let right = try questions.map { try #require($0["answer"] as? String) }
        let quiz = "teach quiz overlay --seed 5 --level 2 --count 4"
        let all = try teach.shell("printf '%s\\n' \(right.joined(separator: " ")) | \(quiz)")
        #expect(all.status == 0 && all.output.hasSuffix("4 of 4 right\n"), "\(all.output.suffix(500)) \(all.errors)")
        #expect(all.output.components(separatedBy: "✓ right").count == 5)

        let wrong = right.map { $0 == "a" ? "b" : "a" }
        let none = try teach.shell("printf '%s\\n' \(wrong.joined(separator: " ")) | \(quiz)")
        #expect(none.output.hasSuffix("0 of 4 right\n"))
        for letter in right { #expect(none.output.contains("✗ no: \(letter) is right")) }
        // Why: where the answer departs from what happens, and what happens, from its effects.
        #expect(none.output.contains("departs from that") || none.output.contains("would leave something else"))
        #expect(none.output.contains("Cost: "))

        let ended = try teach.shell("printf '%s\\nx\\nq\\n' \(right[0]) | \(quiz)")
        #expect(ended.status == 0 && ended.output.hasSuffix("1 of 1 right\n"))
        #expect(ended.errors.contains("`x` is no answer here; answer with one of a, b, c, d, or q to end"))
        let unanswered = try teach.shell("\(quiz) < /dev/null")
        #expect(unanswered.status == 0 && unanswered.output.hasSuffix("0 of 0 right\n"))
    }

    @Test func aufsIsAskedAboutToo() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach("quiz", "aufs", "--seed", "7", "--level", "3", "--count", "6", "--answers")
        #expect(result.status == 0)
        #expect(result.output.components(separatedBy: "\nAnswer ").count == 7, "\(result.output)")
        // Marks are told as what they mean, and AUFS's own names not at all.
        #expect(!result.output.contains(".wh.") && result.output.contains("whiteout"))
        #expect(!result.output.contains("redirect_dir") && !result.output.lowercased().contains("overlayfs"))
        let json = try teach("quiz", "aufs", "--seed", "7", "--count", "1", "--json")
        #expect(json.output.contains("\"topic\":\"aufs\""))
    }

    @Test func answersAreShownWhenAskedFor() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach("quiz", "overlay", "--seed", "9", "--level", "3", "--count", "3", "--answers")
        #expect(result.status == 0)
        #expect(result.output.components(separatedBy: "\nAnswer ").count == 4, "\(result.output)")
        // The state is drawn as the layer matrix.
        #expect(result.output.contains("▲ upper (rw)") && result.output.contains("merged"))
    }

    @Test func refusalsAreOneSentence() throws {
        let teach = try Program()
        defer { teach.remove() }
        let topic = try teach("quiz", "networks")
        #expect(
            topic.status == 64 && topic.errors.contains("there is no topic `networks`: known are `aufs`, `overlay`"))
        #expect(try teach("quiz", "overlya").errors.contains("write `overlay`, if that was meant"))
        let tree = try teach("quiz", "btrfs")
        #expect(tree.status == 64 && tree.errors.contains("its layers are whole trees without marks"))
        #expect(try teach("quiz", "aufs", "--verify").errors.contains("no kernel of today has aufs"))
        for level in ["0", "6"] {
            let refused = try teach("quiz", "overlay", "--level", level)
            #expect(refused.status == 64)
            #expect(refused.errors.contains("there is no level \(level); the levels go from 1 to 5"))
        }
        #expect(try teach("quiz", "overlay", "--count", "0").status == 64)
    }

    @Test func theExplanationSaysWhenTheAttributesAloneAreCopied() throws {
        let teach = try Program()
        defer { teach.remove() }
        let words = ["quiz", "overlay", "--level", "5", "--seed", "3", "--count", "1", "--answers"]
        let told = try teach.run(words, environment: ["COLUMNS": "300"]).output
        #expect(told.contains("Overlayfs copied the attributes of /root/todo up from layer 1, where its 5 bytes stay."))
        guard isRoot else { return }
        let verified = try teach.run(words + ["--verify"])
        #expect(verified.lines.last == "1 script was run on the kernel, and it agrees with the model")
    }

    @Test(.enabled(if: isRoot, "mounting an overlay takes root"))
    func theKernelIsAskedToo() throws {
        let teach = try Program()
        defer { teach.remove() }
        for level in 1...5 {
            let result = try teach.run(
                ["quiz", "overlay", "--seed", "11", "--level", "\(level)", "--count", "4", "--json", "--verify"])
            #expect(result.status == 0 && result.lines.count == 4, "\(result.errors)")
        }
    }
}
