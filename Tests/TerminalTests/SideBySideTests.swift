import Pictures
import Terminal
import Testing

/// Drivers side by side, in terminals of any width.
struct SideBySideTests {
    private static let comparison = DriverComparison(
        title: "slide59: simulated", drivers: ["overlay2", "aufs", "devicemapper", "btrfs", "zfs", "vfs"],
        rows: [
            .init(
                line: nil, operation: "make the container",
                outcomes: [
                    .done(.init(), hidden: 0), .done(.init(), hidden: 0),
                    .done(.init(copied: 61_400, stored: 65_536), hidden: 0), .done(.init(stored: 16_384), hidden: 0),
                    .done(.init(), hidden: 0), .done(.init(copied: 327_680, stored: 339_968), hidden: 0),
                ]),
            .init(
                line: 112, operation: #"open /a/rather/long/path/to/a/file O_WRONLY|O_APPEND 0 write "something""#,
                outcomes: [
                    .done(.init(copied: 327_680, stored: 331_776), hidden: 2), .refused("EOVERFLOW"), .notRun,
                    .done(.init(shared: 999_000_000), hidden: 0), .done(.init(stored: -4096), hidden: 0),
                    .done(.init(copied: 123_456), hidden: 0),
                ]),
        ],
        totals: Array(repeating: .init(copied: 327_680, stored: 331_776), count: 6))

    @Test("no number is cut at any width", arguments: [20, 30, 40, 60, 72, 80, 100, 120, 132, 200])
    func numbersAreWhole(width: Int) {
        let text = Self.comparison.text(width: width)
        #expect(!text.contains("…"))
        for word in [
            "60 KiB", "64 KiB", "16 KiB", "320 KiB", "332 KiB", "324 KiB", "953 MiB", "4 KiB", "121 KiB", "EOVERFLOW",
            "2 whiteouts", "not run", "112",
        ] {
            #expect(text.contains(word), "\(word) at \(width)")
        }
        let longest = text.split(separator: "\n").map(\.displayWidth).max() ?? 0
        // Only a word of the script itself may be longer than the terminal.
        #expect(longest <= max(width, 39))
    }

    @Test func wideTerminalsHaveWordsAndNarrowOnesMarksWithTheirMeaning() {
        let wide = Self.comparison.text(width: 132)
        #expect(wide.contains("copied 60 KiB") && !wide.contains("M 60 KiB"))
        let narrow = Self.comparison.text(width: 80)
        #expect(narrow.contains("M 60 KiB") && !narrow.contains("copied 60 KiB"))
        for definition in ["M copied: ", "= shared: ", "+ stored: ", "− freed: "] {
            #expect(narrow.contains(definition))
        }
        // Six columns stand beside each other in 80.
        #expect(narrow.split(separator: "\n").contains { $0.contains("overlay2") && $0.contains("vfs") })
    }

    @Test func whatWasMeasuredIsMarkedInATableToo() {
        let matrix = DriverMatrix(
            title: "uses", subtitle: "● measured on Linux",
            columns: ["overlay2", "aufs"].map { .init(name: $0, note: "") },
            rows: [
                .init(
                    label: "write a little into a big file", note: "4.1 KB into 268 MB",
                    cells: [
                        .init(.bad, "268 MB", detail: "copied in 1.5 s", source: .measured),
                        .init(.good, "0 B", detail: "copied nothing"),
                    ])
            ])
        for width in [24, 40, 80, 120] {
            let text = matrix.text(width: width)
            #expect(text.contains("● ✗ 268 MB") && text.contains("✓ 0 B") && !text.contains("● ✓ 0 B"))
            #expect(text.contains("● measured here"))
        }
        #expect(
            matrix.sentences.contains(
                "overlay2: 268 MB, copied in 1.5 s, measured; aufs: 0 B, copied nothing, simulated"))
    }
}
