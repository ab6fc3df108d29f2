import Foundation
import Testing

/// A step's commands in a lesson's output stand as in a terminal: `> ` before each line that goes on.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root")) struct ShellPromptTests {
    /// As an interactive bash prompts for the same lines.
    private static let told = #"""
        $ cat <<EOF | wc -l
        > for x
        > EOF
        $ cat <<EOF |
        > if
        > EOF
        > wc -l
        $ for word in a b  # c
        > do
        >   if [ $word = a ]; then
        >     echo if then "for
        > do" | cat
        >   else
        >     case $word in
        >       b | c) echo done;;
        >       *) ( true
        >       ) ;;
        >     esac
        >   fi
        > done
        $ while false; do true; done; echo "$#" if &&
        > # a comment
        > echo {
        $ f() { echo for
        > }
        $ f; echo 'done' $(
        >   echo x
        > ) 2>&1 \
        > for; cat <<A - <<-'B'
        > {
        > A
        > 	(
        > 	B
        $ ! { false; }; echo ${#word}; docker run --rm lesson3 true
        """#

    @Test func eachLineThatGoesOnHasTheSecondPrompt() throws {
        let teach = try Program()
        defer { teach.remove() }
        let commands = Self.told.split(separator: "\n", omittingEmptySubsequences: false).map { $0.dropFirst(2) }
        let lesson = """
            ---
            id: prompts
            title: Prompts
            summary: Lines that go on.
            slides: [57]
            image: lesson3
            columns: [/etc/motd]
            ---

            # Prompts

            ## Lines

            ```sh run lines
            \(commands.joined(separator: "\n"))
            ```

            """
        let file = teach.home + "/prompts.md"
        try lesson.write(toFile: file, atomically: true, encoding: .utf8)
        let result = try teach("run", file)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("\n" + Self.told + "\n"), "\(result.output)")
    }
}
