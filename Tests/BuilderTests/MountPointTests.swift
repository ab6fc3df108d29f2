import Builder
import ContentStore
import Glibc
import Testing

/// What the mounts of a RUN are mounted on, and what of it the image gets: nothing.
@Suite struct MountPointTests {
    @Test func theImageGetsNoMountPoints() throws {
        let scene = try Scene()
        try scene.file("f", "1\n")
        let outcome = try scene.build(
            """
            FROM busybox
            RUN mkdir -p /opt/a && chmod 1750 /opt/a && chown 3:4 /opt/a && touch -d '2001-02-03 04:05:06' /opt/a /opt
            RUN --mount=type=tmpfs,target=/opt/a/deep/er --mount=type=cache,target=/new/c --mount=source=f,target=/opt/g \\
                --mount=type=bind,target=/ctx cat /opt/g /ctx/f && stat -c '%a %u:%g %Y' /opt/a && touch /new/c/x /opt/a/deep/er/y
            RUN find / -xdev | grep -E '^/(opt|new|ctx)' | sort; stat -c '%a %u:%g %Y' /opt/a /opt
            RUN --mount=type=tmpfs,target=/opt/a/t touch /opt/a/kept
            RUN stat -c '%a %u:%g' /opt/a && ls /opt/a
            """)
        #expect(outcome.error == nil)
        #expect(
            outcome.output == [
                "1", "1", "1750 3:4 981173106", "/opt", "/opt/a", "1750 3:4 981173106", "755 0:0 981173106", "1750 3:4",
                "kept",
            ], "\(outcome.output)")
    }

    @Test func aMountIsNotLedAstrayByALink() throws {
        let outcome = try Scene().build(
            """
            FROM busybox
            RUN mkdir /real && ln -s /real /link
            RUN --mount=type=tmpfs,target=/link/t true
            """)
        #expect("\(outcome.error as Any)".contains("a mount on it would land elsewhere"), "\(outcome.error as Any)")
    }

    @Test func aSecretHasTheModeAndTheOwnerAskedFor() throws {
        let scene = try Scene()
        try scene.file("key", "word\n", mode: 0o644)
        let dockerfile = """
            FROM busybox
            RUN --mount=type=secret,id=k stat -c '%a %u:%g' /run/secrets/k
            RUN --mount=type=secret,id=k,target=/etc/k,mode=0440,uid=5,gid=6 stat -c '%a %u:%g' /etc/k && cat /etc/k
            RUN ls -A /run/secrets /etc/k 2>/dev/null | wc -l
            """
        let outcome = try scene.build(dockerfile) { $0.secrets = ["k": scene.context + "/key"] }
        #expect(outcome.error == nil)
        #expect(outcome.output == ["400 0:0", "440 5:6", "word", "0"], "\(outcome.output)")
    }

    /// The host's files are mounted over the volume, as Docker does it.
    @Test func aVolumeForEtcHidesNoResolver() throws {
        let outcome = try Scene().build(
            "FROM busybox\nVOLUME /etc\nRUN cmp /etc/hosts /proc/self/root/etc/hosts && grep -c ' /etc/hosts ' /proc/mounts\n"
        )
        #expect(outcome.error == nil)
        #expect(outcome.output.first == "1", "\(outcome.output)")
    }
}
