import OCI
import Testing

@Suite("Image references, by Docker's grammar")
struct ImageReferenceTests {
    static let digest = "sha256:" + String(repeating: "ab", count: 32)

    @Test(
        "What is left out is taken by default, and what Docker leaves out is left out again",
        arguments: [
            ("busybox", "docker.io/library/busybox:latest", "busybox:latest"),
            ("busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36"),
            ("docker.io/busybox", "docker.io/library/busybox:latest", "busybox:latest"),
            ("index.docker.io/library/busybox", "docker.io/library/busybox:latest", "busybox:latest"),
            ("user/app:v1.0-rc_2", "docker.io/user/app:v1.0-rc_2", "user/app:v1.0-rc_2"),
            ("localhost/app", "localhost/app:latest", "localhost/app:latest"),
            ("localhost:5000/a/b/c:x", "localhost:5000/a/b/c:x", "localhost:5000/a/b/c:x"),
            ("app:5000", "docker.io/library/app:5000", "app:5000"),
            ("ghcr.io/o/p__q/r-s.t", "ghcr.io/o/p__q/r-s.t:latest", "ghcr.io/o/p__q/r-s.t:latest"),
            ("[2001:db8::1]:5000/a", "[2001:db8::1]:5000/a:latest", "[2001:db8::1]:5000/a:latest"),
            ("busybox@\(digest)", "docker.io/library/busybox@\(digest)", "busybox@\(digest)"),
            ("busybox:a@\(digest)", "docker.io/library/busybox:a@\(digest)", "busybox:a@\(digest)"),
            ("HOST/app", "HOST/app:latest", "HOST/app:latest"),
        ])
    func parses(text: String, canonical: String, familiar: String) throws {
        let reference = try ImageReference(text)
        #expect(reference.canonical == canonical)
        #expect("\(reference)" == familiar)
        #expect(try ImageReference(reference.canonical) == reference)
        #expect(try ImageReference("\(reference)") == reference)
    }

    @Test(
        "What is no reference is refused in Docker's words",
        arguments: [
            ("", "invalid reference format"),
            (":tag", "invalid reference format"),
            ("a b", "invalid reference format"),
            ("-a", "invalid reference format"),
            ("a-", "invalid reference format"),
            ("a..b", "invalid reference format"),
            ("a___b", "invalid reference format"),
            ("a//b", "invalid reference format"),
            ("a/", "invalid reference format"),
            ("../a", "invalid reference format"),
            ("a:", "invalid reference format"),
            ("a:-tag", "invalid reference format"),
            ("a:" + String(repeating: "t", count: 129), "invalid reference format"),
            ("a@sha256:abc", "invalid reference format"),
            ("a.b:/x", "invalid reference format"),
            ("BusyBox", "invalid reference format: repository name must be lowercase"),
            ("user/App", "invalid reference format: repository name must be lowercase"),
            (
                String(repeating: "0", count: 64),
                "invalid repository name (\(String(repeating: "0", count: 64))), "
                    + "cannot specify 64-byte hexadecimal strings"
            ),
            (
                "a/" + String(repeating: "x", count: 250),
                "repository name must not be more than 255 characters"
            ),
        ])
    func refuses(text: String, words: String) {
        #expect(throws: FormatError(words)) { try ImageReference(text) }
    }
}
