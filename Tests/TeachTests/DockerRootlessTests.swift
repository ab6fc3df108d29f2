import Foundation
import Testing

/// The image verbs as a user without privilege, with subordinate ids and without.
@Suite(.serialized, .enabled(if: isRoot, "root makes the user"))
struct DockerRootlessTests {
    @Test(arguments: OrdinaryUser.Identifiers.allCases)
    func imagesComeAndGo(identifiers: OrdinaryUser.Identifiers) throws {
        let user = try OrdinaryUser(identifiers)
        defer { user.remove() }
        let made = try user("run", "lesson3", "--step", "1")
        #expect(made.status == 0, "\(made.errors)")
        let script = """
            set -e
            docker() { teach docker "$@"; }
            docker run --name box lesson3 sh -c 'rm /etc/motd; rm -r /srv/www; mkdir /srv/www; echo n > /srv/www/new'
            docker commit box new:1 > /dev/null; docker save -o a.tar new:1; docker rmi new:1 | head -1
            docker load -i a.tar; docker run --rm new:1 ls -A /srv/www /etc | grep -v :
            echo hi > f; docker cp f box:/f; docker cp box:/f g; cat g; stat -c '%U' g
            docker export box | tar t | grep -E '^(srv/www/new|etc/motd)$'; docker inspect -f '{{.State.Status}}' box
            docker export box | docker import - flat:1 > /dev/null; docker run --rm flat:1 cat /srv/www/new
            docker run --rm -v "$PWD:/mnt:ro" busybox cat /mnt/f
            docker rm box; docker rmi -f new:1 flat:1 lesson3 busybox > /dev/null; docker images -q
            ls "$HOME/.local/share/teach/layers" "$HOME/.local/share/teach/images/blobs/sha256" | grep -v : || true
            """
        let result = try user.run(["sh", "-c", script])
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
        #expect(
            result.lines == [
                "Untagged: new:1", "Loaded image: new:1", "group", "nsswitch.conf", "passwd", "shadow", "shells", "new",
                "hi",
                "learner", "srv/www/new", "exited", "n", "hi", "box",
            ])
    }
}
