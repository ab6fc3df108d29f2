import Glibc
import Lessons
import Linux

/// Who sits before the lesson: what standard input says to its questions.
struct Learner {
    private let isTerminal = isatty(STDIN_FILENO) == 1
    /// What was read and not taken yet.
    private var bytes: [UInt8] = []

    /// Asks until there is an answer. Nothing more on standard input: no answer.
    ///
    /// - Throws: `Interrupted`
    mutating func answer(
        to question: Question, _ interrupts: borrowing InterruptWatch
    ) throws -> LessonRunner.Reply {
        let letters = question.choices.indices.map { String(Question.letter($0)) }
        while true {
            guard
                let word = try word(
                    "Your answer (\(letters.joined(separator: ", ")); Enter gives none; q ends): ", interrupts)
            else { return .none }
            if word.isEmpty { return .none }
            if word == "q" { return .stop }
            if let choice = letters.firstIndex(of: word) { return .choice(choice) }
            complain(
                "`\(word.prefix(20))` is no answer here; answer with one of \(letters.joined(separator: ", ")), or q to end"
            )
        }
    }

    /// Lets somebody at a terminal read before the next step.
    ///
    /// - Throws: `Interrupted`
    mutating func goesOn(_ interrupts: borrowing InterruptWatch) throws -> Bool {
        guard isTerminal else { return true }
        return try word("\nEnter goes on, q ends: ", interrupts).map { $0 != "q" } ?? false
    }

    /// The next line in lower case and without white space; `nil` at the end of the input.
    private mutating func word(_ prompt: String, _ interrupts: borrowing InterruptWatch) throws -> String? {
        if isTerminal { print(prompt, terminator: "") }
        fflush(nil)
        while !bytes.contains(UInt8(ascii: "\n")) {
            // The signals are held back: one that came while nobody typed would wait for the next line.
            var polled = [STDIN_FILENO, interrupts.number].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            try call("poll") { poll(&polled, 2, -1) }
            if polled[1].revents != 0, let signal = interrupts.take() {
                if isTerminal { print("") }
                throw Interrupted(by: signal)
            }
            guard polled[0].revents != 0 else { continue }
            var piece = [UInt8](repeating: 0, count: 4096)
            let count = read(STDIN_FILENO, &piece, piece.count)
            guard count > 0 else {
                if isTerminal { print("") }
                guard !bytes.isEmpty else { return nil }
                bytes.append(UInt8(ascii: "\n"))
                break
            }
            bytes += piece[..<count]
        }
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        bytes.removeFirst(line.count + 1)
        return String(decoding: line, as: UTF8.self).filter { !$0.isWhitespace }.lowercased()
    }
}
