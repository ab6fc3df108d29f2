extension StackedLayer {
    /// The instruction as a Dockerfile would have it: `created_by` without the shell that Docker's history puts before
    /// it, and with short digests.
    public var instruction: String {
        let shell = "/bin/sh -c "
        guard createdBy.hasPrefix(shell) else { return createdBy }
        let command = createdBy.dropFirst(shell.count)
        guard command.hasPrefix("#(nop)") else { return "RUN " + command }
        return command.dropFirst("#(nop)".count).split(separator: " ").map { word in
            let parts = word.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, ["file", "dir", "multi"].contains(parts[0]), parts[1].utf8.count == 64 else {
                return String(word)
            }
            return "\(parts[0]):\(parts[1].prefix(12))"
        }.joined(separator: " ")
    }
}
