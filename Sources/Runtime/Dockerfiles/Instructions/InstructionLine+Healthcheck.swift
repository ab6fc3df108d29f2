extension InstructionLine {
    /// HEALTHCHECK [--interval=… --timeout=… --start-period=… --retries=…] CMD command, or NONE.
    func healthcheck() throws(Mistake) -> Healthcheck {
        let known = ["interval", "timeout", "start-period", "retries"]
        let flags = try Flags(flagWords, of: name, known: known)
        let kind = rest.prefix { !ASCII.isSpace($0) }
        let command = rest[kind.endIndex...].trimmedLeft
        switch kind.text.uppercased() {
        case "":
            throw Mistake("HEALTHCHECK requires at least one argument", cure: "write HEALTHCHECK CMD command or NONE")
        case "NONE":
            guard command.isEmpty else {
                throw Mistake(
                    "HEALTHCHECK NONE takes no arguments", cure: "remove what follows", at: command.startIndex)
            }
            return .none
        case "CMD":
            let line = try commandLine(command)
            if line == .exec([]) || line == .shell("") {
                throw Mistake(
                    "Missing command after HEALTHCHECK CMD", cure: "write a command behind CMD", at: kind.startIndex)
            }
            return .check(
                line,
                HealthcheckTiming(
                    interval: try duration("interval", flags), timeout: try duration("timeout", flags),
                    startPeriod: try duration("start-period", flags), retries: try retries(flags)))
        default:
            throw Mistake(
                "Unknown type \(quoted(kind.text)) in HEALTHCHECK (try CMD)",
                cure: "write HEALTHCHECK CMD command or NONE", at: kind.startIndex)
        }
    }

    private func duration(_ name: String, _ flags: Flags) throws(Mistake) -> GoDuration? {
        guard let flag = flags.value(name) else { return nil }
        let duration: GoDuration
        do { duration = try GoDuration(flag.text) } catch {
            throw Mistake(error.reason, cure: "write it as --\(name)=30s", at: flag.offset)
        }
        if duration.nanoseconds == 0 { return nil }
        guard duration.nanoseconds >= 1_000_000 else {
            throw Mistake(
                "Interval \(quoted(name)) cannot be less than 1ms", cure: "write at least 1ms", at: flag.offset)
        }
        return duration
    }

    private func retries(_ flags: Flags) throws(Mistake) -> Int? {
        guard let flag = flags.value("retries") else { return nil }
        guard let count = Int32(flag.text) else {
            throw Mistake(
                "strconv.ParseInt: parsing \(quoted(flag.text)): invalid syntax", cure: "write a number",
                at: flag.offset)
        }
        guard count > 0 else {
            throw Mistake(
                "--retries must be at least 1 (not \(count))", cure: "write a number above 0", at: flag.offset)
        }
        return Int(count)
    }
}
