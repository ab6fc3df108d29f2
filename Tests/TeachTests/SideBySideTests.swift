import Foundation
import Testing

/// Several teach processes in one home do not disturb each other.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct SideBySideTests {
    @Test func twoLessonsAtOnceAndACleanInTheMiddle() throws {
        let teach = try Program()
        defer { teach.remove() }
        // The home is new: both want to make the record and the image. `clean` is called all the while.
        let result = try teach.shell(
            """
            cd "$TEACH_HOME/.."
            teach run lesson3 > one 2>&1 & first=$!
            teach run lesson3 > two 2>&1 & second=$!
            while kill -0 $first 2> /dev/null || kill -0 $second 2> /dev/null; do
                teach clean; docker ps -a > /dev/null
            done | sort | uniq -c > cleaned
            wait $first; echo "first $?"
            wait $second; echo "second $?"
            """)
        func text(_ name: String) throws -> String {
            try String(contentsOfFile: "\(teach.home)/\(name)", encoding: .utf8)
        }
        let ends = try text("one").suffix(500) + text("two").suffix(500)
        #expect(result.lines == ["first 0", "second 0"], "\(ends)")
        #expect(result.errors.isEmpty, "nobody says that something was left: \(result.errors)")
        let cleaned = try text("cleaned").split(separator: "\n")
        #expect(cleaned.count == 1, "\(cleaned)")
        #expect(cleaned.first?.hasSuffix(" nothing was left") == true, "\(cleaned)")
        let counts = try ["1", "2"].map { try teach.events($0).count }
        #expect(counts[0] == counts[1])
        #expect(counts[0] > 1000)
    }
}
