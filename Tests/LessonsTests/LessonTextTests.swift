import Lessons
import Terminal
import Testing

@Suite("A lesson's text")
struct LessonTextTests {
    @Test("is read as what a terminal can show")
    func blocks() {
        let markdown = """
            ## The *upper* layer

            It holds `/etc/motd` and O_RDWR *twice*,
            see [overlayfs](https://docs.kernel.org/).

            - one
            - **two**

            1. first

            > said

            | path | layer 2 |
            |---|---|
            | `/etc/motd` | a file |
            | `/tmp` | |

            ```sh
            docker images
            ```
            """
        #expect(
            [ProseBlock](markdown: markdown).text(width: 80) == """
                The upper layer
                ---------------

                It holds `/etc/motd` and O_RDWR twice, see overlayfs.

                • one
                • two

                1. first

                │ said

                path       layer 2
                /etc/motd  a file
                /tmp

                    docker images

                """)
        #expect([ProseBlock](markdown: "").isEmpty)
    }

    @Test("a table that is too wide loses nothing")
    func wideTable() {
        let markdown =
            "| path | layer 2 | layer 3 |\n|---|---|---|\n| `/etc/motd` | a file | a newer file |\n| `/tmp` | | |\n"
        #expect(
            [ProseBlock](markdown: markdown).text(width: 30) == """
                • `/etc/motd` — layer 2: a
                  file; layer 3: a newer file
                • `/tmp`

                """)
    }
}
