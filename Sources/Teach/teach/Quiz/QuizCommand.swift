import ArgumentParser
import Exercises
import Glibc
import LayerModel
import Scripts
import StorageDrivers
import Terminal

/// `teach quiz`.
struct QuizCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quiz",
        abstract: "Exercises without end: what does the upper layer hold, and what made it?",
        discussion: """
            Each question shows the layers of a small image, and asks what an operation leaves in the upper layer, or which \
            operation left it so. Answer with a letter; q ends. Where standard input is no terminal, each of its lines is an \
            answer. The same seed and level ask the same questions on every machine.

            \(ExerciseLevel.allCases.map { "Level \($0.number): \($0.summary)." }.joined(separator: " "))

            Exit status: 1 when the kernel disagrees with the model (--verify); 2 when this host cannot ask the kernel.
            """)

    @Argument(help: "What the questions are about: overlay or aufs.")
    var topic: String

    @Option(help: ArgumentHelp("Where the questions come from; by default another number each time.", valueName: "n"))
    var seed: UInt64?

    @Option(help: ArgumentHelp("How hard, from 1 to 5.", valueName: "l"))
    var level = 1

    @Option(help: ArgumentHelp("How many questions; by default until you end.", valueName: "k"))
    var count: Int?

    @Flag(help: "Ask the kernel too: each question is run on a real overlay.")
    var verify = false

    @Flag(help: "Print the questions with their answers, and ask nothing.")
    var answers = false

    @Flag(help: "Print one JSON object for each question, and ask nothing.")
    var json = false

    func validate() throws {
        guard let driver = Self.topics[topic] else {
            let cure = NearestName.suggestion(for: topic, among: Self.topics.keys.sorted())
            let reason =
                StorageDriverKind(rawValue: topic) == nil
                ? cure : "its layers are whole trees without marks; there are overlay and aufs"
            throw ValidationError("there is no topic `\(topic)`: \(reason)")
        }
        if verify, driver == .aufs {
            throw ValidationError("no kernel of today has aufs, so that it cannot be asked; leave out --verify")
        }
        guard ExerciseLevel(level) != nil else {
            throw ValidationError(
                "there is no level \(level); the levels go from \(ExerciseLevel.range.lowerBound) to "
                    + "\(ExerciseLevel.range.upperBound)")
        }
        if let count, count < 1 { throw ValidationError("--count takes a number from 1 on, not \(count)") }
        if json, answers { throw ValidationError("--json holds the answers too; leave out --answers") }
    }

    /// The unions whose upper layer is asked about.
    private static let topics: [String: StorageDriverKind] = [
        "overlay": .overlay2, "overlay2": .overlay2, "aufs": .aufs,
    ]

    func run() throws {
        guard let level = ExerciseLevel(level), let driver = Self.topics[topic] else { return }
        // Short enough to be typed again.
        let seed = seed ?? UInt64.random(in: 1...99_999)
        let generator = ExerciseGenerator(seed: seed, level: level, driver: driver)
        let text = QuizText(style: Style(for: STDOUT_FILENO), width: terminalWidth(of: STDOUT_FILENO))
        var verification = QuizVerification()
        var faults = 0
        func check(_ exercise: Exercise) throws {
            guard verify else { return }
            if let fault = try verification.differences(of: exercise).first {
                faults += 1
                complain(text.fault(fault, seed: seed, level: level, number: exercise.number))
            }
        }
        if json || answers {
            for number in 1...(count ?? 10) {
                let exercise = try generator.exercise(number)
                try check(exercise)
                if json {
                    print(exercise.json(seed: seed, level: level, explanation: text.explanation(of: exercise)))
                } else {
                    try text.ask(exercise)
                    text.solve(exercise)
                }
            }
        } else {
            print(text.opening(seed: seed, level: level))
            var score = QuizScore()
            var number = 0
            while number < count ?? .max {
                number += 1
                let exercise = try generator.exercise(number)
                try check(exercise)
                try text.ask(exercise)
                guard let choice = QuizAnswers.next(of: exercise.choices.count) else { break }
                score.add(choice == exercise.answer)
                text.judge(choice, exercise)
                // The next question would push the verdict off the screen before it is read.
                guard number < count ?? .max, QuizAnswers.waitsForReader() else { break }
                print("")
            }
            print(text.closing(score))
        }
        if verify, !json {
            let scripts = verification.scripts == 1 ? "1 script was" : "\(verification.scripts) scripts were"
            let questions = faults == 1 ? "1 question differs" : "\(faults) questions differ"
            print(
                "\(scripts) run on the kernel, and "
                    + (faults == 0 ? "it agrees with the model" : "\(questions) from the model"))
        }
        if faults > 0 { throw ExitCode(1) }
    }
}

/// How many answers were right.
struct QuizScore {
    private(set) var right = 0
    private(set) var asked = 0

    mutating func add(_ isRight: Bool) {
        asked += 1
        if isRight { right += 1 }
    }
}

/// The answers that standard input gives.
enum QuizAnswers {
    /// Waits until the reader wants the next question, where standard input is a terminal.
    ///
    /// - Returns: Whether there is to be one: not at the end of the input, and not after `q`.
    static func waitsForReader() -> Bool {
        guard isatty(STDIN_FILENO) == 1 else { return true }
        print("Enter for the next question, q to end: ", terminator: "")
        fflush(nil)
        guard let line = readLine() else {
            print("")
            return false
        }
        return !["q", "quit"].contains(line.filter { !$0.isWhitespace }.lowercased())
    }

    /// The index of the next answer; `nil` at the end of the input, and for `q`.
    static func next(of count: Int) -> Int? {
        let letters = "abcdefghijklmnopqrstuvwxyz".prefix(count)
        let isTerminal = isatty(STDIN_FILENO) == 1
        while true {
            if isTerminal {
                print("Your answer (\(letters.map(String.init).joined(separator: ", ")); q ends): ", terminator: "")
            }
            fflush(nil)
            guard let line = readLine() else {
                if isTerminal { print("") }
                return nil
            }
            let word = line.filter { !$0.isWhitespace }.lowercased()
            if word == "q" || word == "quit" { return nil }
            if word.count == 1, let letter = word.first, let index = letters.firstIndex(of: letter) {
                return letters.distance(from: letters.startIndex, to: index)
            }
            if word.isEmpty { continue }
            complain(
                "`\(word.prefix(20))` is no answer here; answer with one of \(letters.map(String.init).joined(separator: ", ")), "
                    + "or q to end")
        }
    }
}
