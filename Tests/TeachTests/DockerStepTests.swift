import Foundation
import Testing

/// The images of a build's steps, as a user meets them; `make parity` asks a real engine the same and more.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct DockerStepTests {
    /// Builds `app` of three steps on busybox, and says the ids of its history, the newest first.
    private let build = """
        build() { printf "$1" | docker build --network none -t "$2" - >/dev/null; }
        step() { docker history -q --no-trunc app | sed -n "$1p"; }
        build 'FROM busybox\\nENV A=1\\nRUN echo one > /one\\nCMD ["cat", "/one"]\\n' app

        """

    private func lines(_ script: String) throws -> (lines: [String], errors: [String]) {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.bash(build + script)
        // What the stand-in says of itself is not compared.
        return (result.lines, result.errors.split(separator: "\n").map(String.init).filter { $0.contains("daemon") })
    }

    @Test func aStepIsRunTaggedSavedAndBuiltOn() throws {
        let (lines, errors) = try lines(
            """
            mid=$(step 2); short=$(echo $mid | cut -c8-16)
            docker run --rm --net none $mid cat /one
            test "$(docker inspect -f '{{.Parent}}' $short)" = "$(step 3)" && echo parent
            build "FROM $short\\nCOPY --from=$(step 1) /one /two\\n" other
            test "$(docker history -q --no-trunc other | sed -n 2p)" = "$mid" && docker run --rm --net none other cat /two
            docker save -o saved.tar $mid; docker tag $mid mid; docker rmi other app | grep -c Deleted
            docker history -q mid | head -2 | wc -l; docker rmi mid | grep -c Deleted; docker images -a -q | wc -l
            docker load -q -i saved.tar | cut -c1-15; docker images --format '{{.Repository}}'; docker history -q $mid | sort -u
            echo $mid | cut -c8-19
            """)
        #expect(lines.prefix(5) == ["one", "parent", "one", "3", "2"], "both, and what was copied")
        #expect(lines.dropFirst(5).prefix(2) == ["3", "1"], "the step, its layer, and the one beneath: busybox stays")
        #expect(lines.dropFirst(7).prefix(3) == ["Loaded image ID", "<none>", "busybox"])
        #expect(Set(lines.dropFirst(10).prefix(2)) == ["<missing>", lines.last ?? ""])
        #expect(errors.isEmpty)
    }

    @Test func onlyAllImagesHoldWhatOthersWereMadeOf() throws {
        let (lines, errors) = try lines(
            """
            build 'FROM busybox\\nENV A=1\\nRUN echo one > /one\\nRUN false\\n' failed
            docker images --format '{{.Repository}}' | sort | uniq -c | tr -s ' '; docker images -a -q | wc -l
            build 'FROM busybox\\nENV A=1\\nRUN echo one > /one\\nCMD ["other"]\\n' app
            docker images -q -f dangling=true | wc -l; docker images -a -q -f dangling=true | wc -l
            docker info -f '{{.Images}}'; docker system df --format '{{.TotalCount}}' | head -1; docker image prune -f | grep -c deleted
            docker rmi $(step 2); docker rmi -f $(step 3); docker rmi busybox | wc -l; docker images -a -q | wc -l
            docker rmi app | grep -c Deleted; docker images -a -q | wc -l; ls $TEACH_HOME/built $TEACH_HOME/layers | wc -w
            """)
        // The build that failed came to a step that the image stands on.
        #expect(lines.prefix(3) == [" 1 app", " 1 busybox", "4"])
        #expect(lines.dropFirst(3).prefix(5) == ["1", "1", "5", "3", "1"], "the image whose name moved on")
        #expect(errors.count == 2)
        #expect(errors.allSatisfy { $0.hasSuffix("(cannot be forced) - image has dependent child images") })
        // Two layers, two steps, the image and busybox; what is left are the names of two folders.
        #expect(lines.dropFirst(8) == ["1", "4", "6", "0", "2"], "\(lines)")
    }

    @Test func withoutPruningWhatAnImageWasMadeOfStays() throws {
        let (lines, errors) = try lines(
            """
            before=$(docker images -aq | wc -l); parent=$(step 2); layers=$(ls "$TEACH_HOME/layers" | wc -l)
            docker rmi --no-prune app | wc -l
            echo $((before - $(docker images -aq | wc -l))) $((layers - $(ls "$TEACH_HOME/layers" | wc -l)))
            docker inspect -f '{{.Id}}' $parent | grep -c $parent
            """)
        // CMD alone went, which has no layer; the step before it is a dangling image now.
        #expect(lines == ["2", "1 0", "1"] && errors.isEmpty, "\(lines) \(errors)")
    }

    @Test func theCacheHasWhatIsThere() throws {
        let (lines, _) = try lines(
            """
            uses() { printf "$1" | docker build --network none -t $2 - | grep -c 'Using cache'; }
            uses 'FROM busybox\\nENV A=1\\nRUN echo one > /one\\nCMD ["cat", "/one"]\\n' app
            docker tag $(step 3) kept; docker rmi app >/dev/null
            uses 'FROM busybox\\nENV A=1\\nRUN echo one > /one\\n' app
            docker rmi app kept >/dev/null; uses 'FROM busybox\\nENV A=1\\n' app
            docker create --name box $(step 1) true >/dev/null; docker commit box committed >/dev/null
            docker rm box; docker rmi app; docker history -q committed | grep -vc missing; docker rmi committed | grep -c Deleted
            """)
        #expect(lines.prefix(3) == ["3", "1", "0"])
        #expect(lines.dropFirst(3).prefix(3) == ["box", "Untagged: app:latest", "3"], "\(lines)")
    }

    /// As Docker has it: a step names what it stood on; what was committed or imported does not name an id there.
    @Test func aStepNamesTheImageThatItStoodOn() throws {
        let (lines, errors) = try lines(
            """
            printf 'FROM busybox\\nENV A=1\\nRUN echo one > /one\\n' | docker build -q --network none -t app - > /dev/null
            docker inspect -f '{{.Config.Image}}' app; docker inspect -f '{{.Parent}}' app
            docker inspect -f '{{.Config.Image}}' $(docker history -q app | sed -n 2p); docker inspect -f '{{.Id}}' busybox
            docker inspect -f '[{{.Config.Image}}]' busybox
            docker create --name box app > /dev/null; docker inspect -f '{{.Config.Image}}' box
            docker commit box committed > /dev/null; docker inspect -f '{{len .Parent}} [{{.Config.Image}}]' committed
            """)
        try #require(lines.count == 7, "\(lines) \(errors)")
        #expect(lines[0].hasPrefix("sha256:") && lines[0] == lines[1] && lines[2] == lines[3])
        #expect(lines[4...] == ["[]", "app", "71 []"])
    }
}
