import Exercises
import LayerModel
import Lessons
import Pictures
import Scripts
import StorageDrivers
import Terminal
import Verification

/// What `teach quiz` prints for people.
struct QuizText {
    let style: Style
    let width: Int

    func opening(seed: UInt64, level: ExerciseLevel) -> String {
        wrapped("Level \(level.number): \(level.summary). Seed \(seed).")
    }

    func closing(_ score: QuizScore) -> String {
        "\n" + style.apply(.bold, to: "\(score.right) of \(score.asked) right")
    }

    // MARK: - A question

    func ask(_ exercise: Exercise) throws {
        print(style.apply(.bold, to: "── \(exercise.number) ──"))
        print(try QuizPicture(exercise).matrix().text(width: width, style: style, columns: .max), terminator: "")
        if !exercise.options.isEmpty {
            print(wrapped("Mounted with \(exercise.options.map(\.description).joined(separator: ","))."))
        }
        for sentence in exercise.hardLinks { print(wrapped(sentence)) }
        switch exercise.direction {
        case .upper:
            list(exercise.before, "The upper layer holds now")
            print(wrapped("Someone wants to \(exercise.deed):"))
            if let line = exercise.script.operations.last { print("    " + style.apply(.bold, to: line.text)) }
            print("What will the upper layer hold after this?")
        case .operation:
            list(exercise.before, "The upper layer before")
            list(exercise.outcome.upper, "The upper layer after")
            print("Which operation made this?")
        }
        for (index, choice) in exercise.choices.enumerated() { tell(choice, String(Question.letter(index)), exercise) }
    }

    private func list(_ names: [UpperName], _ title: String) {
        print(wrapped("\(title): \(names.words)", indent: "    ", first: ""))
    }

    private func tell(_ choice: Exercise.Choice, _ letter: String, _ exercise: Exercise) {
        let sentence: String
        switch choice {
        case .operation(let operation, let deed, _): sentence = "\(operation)  (\(deed))"
        case .outcome(let outcome): sentence = words(outcome, before: exercise.before)
        }
        print(wrapped("\(letter)) \(sentence)", indent: "   ", first: ""))
    }

    private func words(_ outcome: UpperOutcome, before: [UpperName]) -> String {
        guard let errno = outcome.errno else { return outcome.upper.words }
        return "\(errno.name): it is refused, and the upper layer "
            + (outcome.upper == UpperOutcome(upper: before).upper ? "stays as it is" : "holds \(outcome.upper.words)")
    }

    // MARK: - An answer

    func judge(_ choice: Int, _ exercise: Exercise) {
        if choice == exercise.answer {
            print(style.apply(.green, to: "✓ right"))
        } else {
            print(style.apply(.red, to: "✗ no: \(Question.letter(exercise.answer)) is right"))
            print(wrapped(objection(to: choice, exercise)))
        }
        print(wrapped(explanation(of: exercise).joined(separator: " ")))
    }

    func solve(_ exercise: Exercise) {
        print("Answer \(Question.letter(exercise.answer))")
        print(wrapped(explanation(of: exercise).joined(separator: " ")))
    }

    /// What the operation does, from its effects and its cost.
    func explanation(of exercise: Exercise) -> [String] {
        let report = exercise.report
        var sentences: [String] = []
        if let errno = report.errno {
            sentences.append(
                "The kernel refuses it with \(errno.name)"
                    + (QuizReasons.reason(errno, under: exercise.driver).map { ": \($0)" } ?? "") + ".")
        }
        if report.effects.isEmpty {
            sentences.append(
                report.errno != nil
                    ? "No layer changes."
                    : exercise.before == exercise.outcome.upper
                        ? "No name of the upper layer changes."
                        : "What changes lies in the upper layer already, and nothing is copied.")
        } else {
            for effect in report.effects {
                sentences.append(
                    effect.clause(under: exercise.driver, exercise.options, cost: report.cost, linked: report.linked)
                        .sentence)
            }
        }
        if let cost = report.cost.words { sentences.append("Cost: \(cost).") }
        return sentences
    }

    /// Where a wrong answer departs from what happens.
    private func objection(to index: Int, _ exercise: Exercise) -> String {
        let choice = exercise.choices[index]
        let departures = Self.departures(choice.outcome, from: exercise.outcome)
        switch choice {
        case .operation(let operation, _, let leads):
            if let errno = leads.errno { return "`\(operation)` is refused here with \(errno.name)." }
            return "`\(operation)` would leave something else: \(departures.joined(separator: "; "))."
        case .outcome:
            return "Your answer departs from that: \(departures.joined(separator: "; "))."
        }
    }

    private static func departures(_ other: UpperOutcome, from right: UpperOutcome) -> [String] {
        var departures: [String] = []
        switch (other.errno, right.errno) {
        case (let errno?, nil): departures.append("the call is not refused with \(errno.name)")
        case (nil, let errno?): departures.append("the call is refused with \(errno.name)")
        case (let one?, let errno?) where one != errno: departures.append("the error is \(errno.name), not \(one.name)")
        default: break
        }
        for path in Set(other.upper.map(\.path) + right.upper.map(\.path)).sorted() where other[path] != right[path] {
            switch (other[path], right[path]) {
            case (let name?, nil): departures.append("\(name) does not belong there")
            case (nil, let name?): departures.append("\(name) is missing")
            case (let name?, let real?): departures.append("\(real), not \(name)")
            case (nil, nil): break
            }
        }
        return departures
    }

    /// A question on which model and kernel differ.
    func fault(_ difference: ScriptDifference, seed: UInt64, level: ExerciseLevel, number: Int) -> String {
        "question \(number) of seed \(seed) at level \(level.number) is not to be trusted: the kernel does not do what the "
            + "model says, which is a fault of the model to be reported. \(difference)"
    }

    private func wrapped(_ text: String, indent: String = "", first: String? = nil) -> String {
        var lines: [String] = []
        for word in text.printable.split(separator: " ") {
            let start = lines.isEmpty ? first ?? indent : indent
            if let last = lines.last, last.displayWidth + word.count + 1 <= max(width, 40) {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(start + word)
            }
        }
        return lines.joined(separator: "\n")
    }
}

/// Why the kernel refuses, where the errno alone does not say it.
enum QuizReasons {
    static func reason(_ errno: Errno, under driver: StorageDriverKind) -> String? {
        switch errno {
        case .EXDEV where driver == .aufs: "a directory that shows names of another branch would leave them behind"
        case .EXDEV: "without redirect_dir nothing in the upper layer can point at a directory of a lower one"
        case .ENOTEMPTY: "the directory shows names"
        case .EEXIST: "the name is taken"
        case .ENOENT: "the name is not there"
        case .EINVAL: "a directory cannot lie beneath itself"
        default: nil
        }
    }
}

extension Exercise {
    /// Which names of the layers are one file: no cell of the matrix tells it.
    fileprivate var hardLinks: [String] {
        script.layers.enumerated().flatMap { index, lines in
            lines.compactMap { line in
                guard case .hardlink(let new, let old) = line else { return nil }
                return "In layer \(index + 1), \(old) and \(new) are two names of one file."
            }
        }
    }
}

extension String {
    /// A clause as a sentence: with a full stop, and a capital unless it begins with a path.
    fileprivate var sentence: String {
        guard let first else { return self }
        return first.uppercased() + dropFirst() + "."
    }
}
