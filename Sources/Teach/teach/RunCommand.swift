import ArgumentParser
import Diagrams
import Engine
import Glibc
import Lessons
import Linux
import Recording
import Terminal

/// `teach run`.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a lesson's examples on real containers, record every step, and explain it.",
        discussion: """
            Each step is predicted by the model, run by a real shell, observed call by call, and compared. A frame of the \
            layer matrix is drawn for each into the home's frames folder, or to --output.

            With --ask the lesson waits for you: answer each question with a letter before its example runs. Where standard \
            input is no terminal, each of its lines is an answer.

            Ends with 0 when every expected fact held, no prediction was refuted and nothing is missing from the record, \
            with 1 otherwise. Your answers do not matter for that.
            """)

    @Argument(
        help: "The lesson: its id, such as lesson3, or a Markdown file.",
        completion: .custom { _, _, _ in
            (try? LessonLibrary(environment: Environment.all, program: Program.path))?.ids ?? []
        })
    var lesson: String

    @Option(
        name: .long, parsing: .unconditional,
        help: ArgumentHelp("Run the steps up to this one, and tell only of it.", valueName: "n"))
    var step: Int?

    @Flag(name: .long, help: "Ask each question before its example runs, and wait after it.")
    var ask = false

    @Flag(name: .long, help: "Print the record instead, one JSON object a line.")
    var json = false

    @OptionGroup var pictures: PictureOptions

    func validate() throws {
        if ask, json { throw ValidationError("--json prints no questions; leave out --ask") }
    }

    func run() throws {
        // Before any thread is made: the signals must be blocked in all of them.
        let interrupts = try InterruptWatch()
        let library = try LessonLibrary(environment: Environment.all, program: Program.path)
        let lesson = try library.lesson(self.lesson)
        if let step, !(1...max(lesson.steps.count, 1)).contains(step) {
            throw LibraryError("\(lesson.header.id) has \(lesson.steps.count) steps; there is no step \(step)")
        }
        let home = Home(environment: Environment.all)
        try allowOpenFiles()
        try ProcessLimit.allow()
        try refuse(HostChecks(home: home))
        do throws(SystemCallError) {
            try Folders.make(home.path)
        } catch {
            if FullDisk.isCause(of: error) { throw error }
            throw HostError(
                sentence: "the folder \(home.path) cannot be made (\(error)); name another one in TEACH_HOME")
        }
        let recording = try Recording(at: home.recordings) { complain($0) }
        // Closing the record takes a thread of libdispatch, which waits for ever where a limit allows none: after an
        // error it stays open until the process ends.
        var isSound = false
        defer { if !isSound { _ = Unmanaged.passRetained(recording) } }
        var text = RunText(style: Style(for: 1), width: terminalWidth(of: 1), only: step, lesson: lesson)
        let note = Terminal.Progress()
        var learner = Learner()
        // A lesson can be learned without its pictures: what keeps them from being drawn is said once, and at the end.
        var undrawn: PictureError?
        let runner = LessonRunner(
            lesson,
            in: .init(home: home, program: Program.path, environment: Environment.all, version: programVersion)
        ) { step in
            guard undrawn == nil else { return [] }
            do {
                return try pictures.draw(step, into: pictures.output ?? home.frames + "/\(step.run)")
            } catch let error as PictureError {
                undrawn = error
                return []
            }
        }
        // A signal from the terminal ends a step's `docker`, too, be its container made or not.
        var isInterrupted = true
        defer { if isInterrupted { try? Cleaning(home: home).removeCgroups() } }
        let report = try runner.run(
            upTo: step, recording: recording, interrupts: interrupts,
            ask: { number, step in
                guard ask, self.step ?? number == number, let question = step.question else { return .none }
                return try learner.answer(to: question, interrupts)
            },
            goesOn: { report in
                guard ask, self.step == nil else { return true }
                return try learner.goesOn(interrupts)
            }
        ) { progress in
            note.show(of: progress, only: step)
            // The other signals come from where nobody reads, or waits for nothing more.
            if case .stopping(let number, let step, SIGINT) = progress {
                complain("stopping step \(number), \(step.title); a second Ctrl-C kills it")
            }
            if !json { text.tell(progress) }
        }
        (isSound, isInterrupted) = (true, false)
        if json {
            try recording.forEachLine(ofRun: report.run) { print($0.json) }
        } else {
            text.summarize(report)
        }
        fflush(nil)
        // What was printed last may have met a closed pipe.
        if let signal = interrupts.take() { throw Interrupted(by: signal) }
        if let (step, space) = report.steps.lazy.compactMap({ step in
            step.spaceWhenFull.map { (step.recording.number, $0) }
        }).first {
            throw HostError(
                sentence: "step \(step) ran out of space: \(FullDisk.place(home)) had \(DockerWords.size(space)) free "
                    + "when it ended; \(FullDisk.cure)")
        }
        if !report.isGood { throw ExitCode(1) }
        if let undrawn { throw undrawn }
    }

    /// A lesson has a few dozen files open at once; more where it may.
    private func allowOpenFiles() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let needed: rlim_t = 64
        if limit.rlim_cur >= needed { return }
        limit.rlim_cur = min(needed, limit.rlim_max)
        if limit.rlim_cur >= needed, setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 { return }
        throw HostError(
            sentence: "this process may have \(limit.rlim_max) files open at once, and a lesson needs \(needed); "
                + "raise the limit, such as with: ulimit -n 1024")
    }

    /// Stops at once, with the cure, where the host cannot run a lesson.
    private func refuse(_ checks: HostChecks) throws {
        if let fatal = checks.run().first(where: { $0.state == .fatal }) {
            throw HostError(sentence: "\(fatal.finding); \(fatal.cure ?? "see `teach doctor`")")
        }
    }
}

/// This host cannot do what was asked.
struct HostError: StatusCarrying {
    var sentence: String
    var status: Int32 = 2
}

extension Terminal.Progress {
    /// Says what is being done while nothing is printed, and goes away before something is.
    fileprivate borrowing func show(of progress: LessonRunner.Progress, only: Int?) {
        switch progress {
        case .preparing(let image): show("preparing the image \(image)")
        case .stepBegan(let number, let count, let step) where only != nil && only != number:
            show("step \(number) of \(count) comes first: \(step.title)")
        case .noticed, .began, .stepBegan, .stopping: clear()
        case .output, .stepEnded: break
        }
    }
}
