/// How Docker's classic builder words an instruction in an image's history (moby, builder/dockerfile), so that a stand-in's
/// reads like that of the image on Docker Hub.
enum ClassicHistory {
    /// - Parameter instruction: As a Dockerfile has it: `RUN true`, `COPY a /b`, `CMD ["x" "y"]`.
    static func words(_ instruction: String) -> String {
        let keyword = instruction.prefix { $0 != " " }
        let rest = instruction.dropFirst(keyword.utf8.count + 1)
        switch keyword {
        case "RUN": return "/bin/sh -c \(rest)"
        case "ADD", "COPY":
            let words = rest.split(separator: " ")
            return "/bin/sh -c #(nop) \(keyword) \(words.dropLast().joined(separator: " ")) in \(words.last ?? "/") "
        default: return "/bin/sh -c #(nop)  \(instruction)"
        }
    }
}
