import Foundation
import Testing

/// The store under what happens to it: a full disk, a kill, several commands at once, an archive that lies.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root, and a tmpfs is mounted"))
struct DockerStoreTests {
    /// A home without images, and beside it an archive of lesson3 with busybox's layer.
    private func prepared() throws -> Program {
        let teach = try Program()
        #expect(try teach("run", "lesson3", "--step", "1").status == 0)
        let saved = try sh(
            teach, "docker save -o a.tar lesson3; docker rmi lesson3 busybox > /dev/null; teach clean; docker images -q"
        )
        #expect(saved.output == "nothing was left\n")
        return teach
    }

    private func sh(_ teach: Program, _ script: String) throws -> Program.Result { try teach.bash(script) }

    @Test func aFullDiskLeavesTheStoreAsItWas() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            """
            exec 2> errors
            unshare -m --propagation private sh -e -c '
                mount -t tmpfs -o size=80m tmpfs "$TEACH_HOME"
                mkdir small; head -c 100000 /dev/urandom > small/f; tar -C small -c . | docker import - small:1 > /dev/null
                list() { find "$TEACH_HOME" -path "*/runs*" -o -print | sort; cat "$TEACH_HOME/images/index.json"; }
                list > before
                for room in 1000 3000 6000 20000 36000; do
                    used=$(df -k --output=used "$TEACH_HOME" | tail -1)
                    mount -o remount,size=$((used + room))k "$TEACH_HOME"
                    docker load -i a.tar && echo loaded || echo $?
                    list | cmp - before
                done
                mount -o remount,size=120m "$TEACH_HOME"
                docker load -i a.tar; docker run --rm lesson3 cat /etc/motd
            '
            """)
        let errors = try String(contentsOfFile: teach.home + "/errors", encoding: .utf8).split(separator: "\n")
        #expect(result.status == 0, "\(errors)")
        #expect(
            result.lines == ["125", "125", "125", "125", "125", "Loaded image: lesson3:latest"]
                + ["Welcome. This line comes from layer 3 and hides that of layer 2."], "\(result.output)")
        #expect(errors.count == 5 && errors.allSatisfy { $0.contains("the disk that holds TEACH_HOME") }, "\(errors)")
    }

    @Test func aKillAtAnyMomentLeavesAllOrNothing() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            """
            exec 2> errors
            for delay in 01 03 05 08 12 16 20 25 30 40 50 70; do
                docker load -i a.tar > /dev/null & victim=$!
                sleep 0.$delay; kill -9 $victim; wait $victim 2> /dev/null
                images=$(docker images -q | wc -l)
                if [ $images = 1 ]; then docker run --rm lesson3 cat /etc/motd | cut -c1-7; else echo $images; fi
                docker load -i a.tar > /dev/null; docker tag lesson3 again; docker rmi again > /dev/null
                docker rmi lesson3 > /dev/null & victim=$!
                sleep 0.$delay; kill -9 $victim; wait $victim 2> /dev/null
                [ -z "$(docker images -q)" ] || docker run --rm lesson3 cat /etc/motd | cut -c1-7
                docker rmi -f lesson3 > /dev/null; teach clean > /dev/null; ls home/layers home/images/blobs/sha256 | grep -v :
            done
            docker load -i a.tar > /dev/null
            for delay in 02 05 10 20; do
                docker save -o b.tar lesson3 & victim=$!
                sleep 0.$delay; kill -9 $victim; wait $victim 2> /dev/null
                [ ! -e b.tar ] || cmp b.tar a.tar; ls -A | grep temp; rm -f b.tar
            done
            docker rmi lesson3 > /dev/null; teach clean
            """)
        #expect(result.lines.last == "nothing was left")
        #expect(Set(result.lines.dropLast()).isSubset(of: ["0", "Welcome"]), "\(result.output)")
        #expect(result.lines.count > 12)
    }

    /// A build that is under way keeps a removal from freeing anything; it does so itself when it ends.
    @Test func whatIsRemovedBesideABuildIsFreedWhenThatEnds() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            """
            docker load -i a.tar > /dev/null
            printf 'FROM lesson3\nRUN echo 1 > /x\n' | docker build -q --network none -t blob - > /dev/null
            layer=$(docker inspect -f '{{.GraphDriver.Data.UpperDir}}' blob); ls -d $layer | wc -l
            printf 'FROM lesson3\nRUN sleep 3\n' | docker build --network none - > said & build=$!
            until grep -q 'Running in' said; do sleep 0.05; done
            docker rmi blob > /dev/null; ls -d $layer | wc -l
            wait $build; ls -d $layer 2> /dev/null | wc -l; ls "$TEACH_HOME/locks" | grep -c unswept
            """)
        #expect(result.lines == ["1", "1", "0", "0"], "\(result.output)")
    }

    @Test func severalCommandsAtOnceDoNotDisturbEachOther() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            """
            work() {
                for round in 1 2 3; do
                    docker load -q -i a.tar > /dev/null || echo load
                    docker tag lesson3 t$1:$round && docker run --rm t$1:$round cat /etc/motd | cut -c1-7
                    docker rmi t$1:$round lesson3 > /dev/null
                done
            }
            for worker in 1 2 3 4; do work $worker & done 2> errors; wait
            docker rmi -f $(docker images -q) > /dev/null 2>&1; teach clean > /dev/null
            grep -v -e 'No such image' errors; ls home/layers home/images/blobs/sha256 | grep -v :
            docker load -i a.tar && docker run --rm lesson3 cat /etc/motd | cut -c1-7
            """)
        #expect(Set(result.lines) == ["Welcome", "Loaded image: lesson3:latest"], "\(result.output)")
        #expect(result.errors.isEmpty)
    }

    @Test func anArchiveThatLiesIsRefusedWithItsReason() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            """
            exec 2>&1
            mkdir s; tar xf a.tar -C s; big=$(ls -S s/blobs/sha256 | head -1)
            printf X | dd of=s/blobs/sha256/$big bs=1 seek=100 conv=notrunc 2> /dev/null; tar cf bad.tar -C s .; docker load -i bad.tar
            head -c 900000 a.tar > cut.tar; docker load -i cut.tar; tar xf a.tar -C s
            mkdir -p l/d; echo x > l/d/f; tar -P -cf l.tar --transform 's|^l/d|../../escaped|' l/d/f; docker import l.tar
            mkdir n; mknod n/mark c 0 0; tar cf n.tar -C n .; docker import n.tar; rm -r n
            docker images -aq; ls home/layers home/images/blobs/sha256 | grep -v :; ls home | grep escaped
            """)
        #expect(result.lines.count == 4, "\(result.output)")
        #expect(result.lines.allSatisfy { $0.hasPrefix("Error response from daemon: ") })
        for (line, reason) in zip(result.lines, ["is damaged", "", "climbs with ..", "take for a deletion"])
        where !reason.isEmpty {
            #expect(line.contains(reason))
        }
    }
}
