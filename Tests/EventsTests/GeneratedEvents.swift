import Events
import LayerModel

/// Random numbers that a seed repeats (SplitMix64, Steele, Lea and Flood 2014).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// Values of every shape that the vocabulary allows, extremes included.
struct EventGenerator {
    var numbers: SeededNumbers
    init(seed: UInt64) { numbers = SeededNumbers(state: seed) }

    mutating func number<Number: FixedWidthInteger>(_: Number.Type = Number.self) -> Number {
        switch Int.random(in: 0..<5, using: &numbers) {
        case 0: .max
        case 1: .min
        case 2: 0
        default: Number.random(in: .min ... .max, using: &numbers)
        }
    }
    mutating func flag() -> Bool { Bool.random(using: &numbers) }
    mutating func maybe<Value>(_ make: (inout Self) -> Value) -> Value? { flag() ? make(&self) : nil }
    mutating func some<Value>(_ make: (inout Self) -> Value) -> [Value] {
        (0..<Int.random(in: 0..<4, using: &numbers)).map { _ in make(&self) }
    }
    mutating func choice<Choice>(_ choices: [Choice]) -> Choice {
        choices[Int.random(in: 0..<choices.count, using: &numbers)]
    }
    mutating func text() -> String {
        choice(["", "a", "etc", "ключ", "a b\n\u{0}\"", String(repeating: "x", count: 300)])
    }
    mutating func path() -> Path {
        let names = some { ByteString($0.text()) }
        return Path(components: names, demandsDirectory: flag())
    }
    mutating func layer() -> LayerID { choice([.upper, .lower(1), .lower(127), .lower(128), .lower(.max)]) }
    mutating func errno() -> Errno { Errno(rawValue: number()) }
    mutating func device() -> DeviceNumber { DeviceNumber(major: number(), minor: number()) }
    mutating func operand() -> Operand { Operand(path(), choice([.follow, .noFollow, .descriptor])) }

    mutating func entry() -> LayerEntry {
        LayerEntry(
            kind: choice(NodeKind.allCases), permissions: number(), uid: number(), gid: number(), size: number(),
            links: number(), inode: number(), target: maybe { ByteString($0.text()) }, device: maybe { $0.device() },
            isOpaque: flag(), redirect: maybe { ByteString($0.text()) }, isMetacopy: flag(),
            attributes: maybe { $0.some { ByteString($0.text()) } })
    }
    mutating func row() -> Evidence.Row {
        Evidence.Row(path: path(), layer: layer(), entry: maybe { $0.entry() })
    }

    /// One call of each kind.
    mutating func calls() -> [FileOperation] {
        [
            .open(path(), OpenFlags(rawValue: number()), mode: number()), .truncate(path(), size: number()),
            .unlink(path()), .rmdir(path()), .mkdir(path(), mode: number()),
            .mknod(path(), choice(NodeKind.allCases), mode: number(), device: maybe { $0.device() }),
            .symlink(target: ByteString(text()), path()), .link(path(), path(), followsSource: flag()),
            .rename(path(), path(), RenameFlags(rawValue: number())), .chmod(operand(), mode: number()),
            .chown(operand(), uid: maybe { $0.number() }, gid: maybe { $0.number() }),
            .utimens(operand(), choice(TimeChange.allCases)),
            .setxattr(operand(), name: text(), XattrFlags(rawValue: number())),
            .removexattr(operand(), name: text()), .setFileFlags(operand()), .bind(path(), mode: number()),
            .stat(operand()), .access(operand(), mode: number()), .readlink(path()), .readdir(path()),
            .linkDescriptor(.named(path()), path(), choice(DescriptorTarget.Spelling.allCases)),
            .linkDescriptor(.nameless(entry(), isLinkable: flag()), path(), choice(DescriptorTarget.Spelling.allCases)),
        ]
    }

    mutating func operation(_ call: FileOperation?) -> ObservedOperation {
        ObservedOperation(
            sequence: number(), pid: number(), program: text(), syscall: text(), call: call,
            arguments: some { $0.text() }, flags: text(),
            credentials: Credentials(
                uid: number(), gid: number(), groups: some { $0.number() }, capabilities: number()),
            errno: maybe { $0.errno() }, value: number(), nanoseconds: number(),
            resolved: some { $0.maybe { $0.path() } }, answer: maybe { $0.layer() },
            evidence: Evidence(rows: some { $0.row() }, listed: some { $0.path() }), after: some { $0.row() },
            effects: LayerEffect.Kind.allCases.map { kind in
                ObservedEffect(
                    LayerEffect(kind, path(), layer: layer(), size: maybe { $0.number() }),
                    allocated: maybe { $0.number() }, shared: maybe { $0.number() })
            })
    }

    /// At least one event of every case, with every kind of call, entry, container and process event.
    mutating func events() -> [Event] {
        var events: [Event] = ContainerEvent.Kind.allCases.map { kind in
            .container(
                ContainerEvent(
                    kind: kind, name: text(), image: text(), command: some { $0.text() },
                    exitStatus: maybe { $0.number() }))
        }
        events += ProcessEvent.Kind.allCases.map { kind in
            .process(
                ProcessEvent(
                    kind: kind, pid: number(), parent: maybe { $0.number() }, program: maybe { $0.text() },
                    arguments: some { $0.text() }, exitStatus: maybe { $0.number() }))
        }
        events.append(
            .layer(
                StackedLayer(
                    layer: layer(), diffID: maybe { $0.text() }, chainID: maybe { $0.text() }, createdBy: text(),
                    size: number())))
        events.append(
            .setup(
                SetupStep(
                    index: number(), name: text(), detail: text(), errno: maybe { $0.errno() },
                    nanoseconds: number())))
        for call in calls() { events.append(.operation(operation(call))) }
        events.append(.operation(operation(nil)))
        events.append(
            .hole(
                Hole(
                    pid: maybe { $0.number() }, syscall: maybe { $0.text() }, path: maybe { $0.text() },
                    reason: text())))
        events.append(.sample(ResourceSample(name: text(), value: number())))
        events.append(.warning(text()))
        return events.shuffled(using: &numbers)
    }
}
