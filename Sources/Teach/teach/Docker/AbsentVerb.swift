/// Docker's verbs that are not here: why, and what does the same or nearly so.
enum AbsentVerb {
    /// - Parameter group: In which it is looked for, such as `image`; `nil`: in none.
    /// - Returns: a sentence's end, after what is not there; `nil` for a verb that Docker has not either.
    static func cure(for verb: String, in group: String?) -> String? {
        switch verb {
        case "prune" where group == "system": "write `docker container prune`, and then `docker image prune`"
        case "pull", "push", "login", "logout", "search", "manifest", "trust":
            "no registry is asked yet; `docker run`, `docker create` and FROM make alpine, busybox, debian, gcc, nginx, node "
                + "and ubuntu from Debian's packages when they are needed, and `docker load -i FILE` takes an archive"
        case "exec", "attach", "logs", "stop", "kill", "restart", "pause", "unpause", "wait", "top", "stats", "port",
            "update", "rename", "events":
            "containers run in the foreground and end with their command; `docker ps -a` lists them"
        case "volume":
            "a container's own volumes go with it, and others are not there yet; `docker run -v FOLDER:PATH` shows a folder "
                + "of the host"
        case "network": "there are no networks yet; `docker run --network none` and `--network host` are there"
        case "builder", "buildx": "write `docker build`"
        case "compose", "stack", "swarm", "service", "node", "config", "secret", "context", "plugin", "checkpoint":
            "one container at a time is run here, on this host; write `docker run`"
        default: nil
        }
    }
}
