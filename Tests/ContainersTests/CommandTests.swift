import Containers
import Events
import Glibc
import Linux
import Testing

/// Commands that cannot be run, and what is said about them.
@Suite(.enabled(if: isRoot, "containers need root on this host"))
struct CommandTests {
    @Test(arguments: [
        ("nowhere", "nowhere is in no directory of the image's PATH, /usr/local/bin:/bin"),
        ("/opt/nowhere", "/opt/nowhere is not in the image"),
        ("", "the command is empty: name a program"),
        (
            "/opt/python",
            "/opt/python cannot be executed: the interpreter that its first line names, "
                + "/usr/bin/python9, is not in the image; add it"
        ),
        (
            "dynamic",
            "/usr/local/bin/dynamic cannot be executed: its program loader, \(loader), "
                + "is not in the image; add it and the libraries, or link the program statically"
        ),
        ("/deleted", "/deleted is not in the image"),
    ])
    func notFound(_ command: String, _ sentence: String) throws {
        try expect(command, 127, sentence)
    }

    @Test(arguments: [
        (
            "plain",
            "/usr/local/bin/plain cannot be executed: its mode is 0644 (EACCES); set the bit with: chmod +x "
                + "/usr/local/bin/plain"
        ),
        ("/opt", "/opt cannot be executed: it is a directory"),
        ("/opt/text", "/opt/text cannot be executed: it is neither a program nor a script with a #! line (ENOEXEC)"),
        ("/opt/foreign", "/opt/foreign cannot be executed: it was built for another kind of machine (ENOEXEC)"),
    ])
    func notExecutable(_ command: String, _ sentence: String) throws {
        try expect(command, 126, sentence)
    }

    private static let loader: String = {
        #if arch(x86_64)
            "/lib64/ld-linux-x86-64.so.2"
        #else
            "/lib/ld-linux-aarch64.so.1"
        #endif
    }()

    private func expect(_ command: String, _ status: Int32, _ sentence: String) throws {
        let scene = try Scene()
        scene.addLayer(
            "mkdir opt && printf '#!/usr/bin/python9 -u\\n' > opt/python && chmod +x opt/python; echo > deleted")
        // /usr/local is a link, as in images that merge directories.
        scene.addLayer(
            """
            mkdir -p usr/real opt && ln -s ../usr/real usr/local && mkdir usr/real/bin && cp /bin/ls usr/real/bin/dynamic
            echo true > usr/real/bin/plain; echo true > opt/text; chmod +x opt/text; mknod deleted c 0 0
            { printf '\\177ELF\\2\\1\\1'; head -c 9 /dev/zero; printf '\\2\\0\\377\\77'; head -c 200 /dev/zero; } > opt/foreign
            chmod +x opt/foreign
            """)
        let error = #expect(throws: ContainerError.self) { try scene.run(scene.spec(command)) }
        #expect(error?.description == sentence)
        #expect(error?.exitStatus == status)
        #expect(error?.steps.last?.name == "exec")
        #expect(scene.names(scene.directory) == ["layer0", "layer1", "output"])
    }
}

/// Images that try to lead the set-up astray.
@Suite(.enabled(if: isRoot, "containers need root on this host"))
struct HostileImageTests {
    @Test(arguments: ["proc", "dev", "sys"])
    func aMountPointThatIsALinkIsRefused(_ name: String) throws {
        let scene = try Scene()
        scene.addLayer("ln -s /tmp \(name)")
        let error = #expect(throws: ContainerError.self) { try scene.run(scene.spec("true")) }
        let sentence = try #require(error?.description)
        #expect(sentence.contains("(ELOOP); the image's /\(name) is a symbolic link"))
        #expect(error?.exitStatus == 125)
    }

    @Test func aMountPointThatIsAFileIsRefused() throws {
        let scene = try Scene()
        scene.addLayer("echo > proc")
        let error = #expect(throws: ContainerError.self) { try scene.run(scene.spec("true")) }
        #expect(error?.description.contains("(ENOTDIR); the image's /proc is not a directory") == true)
    }

    @Test func aWorkingDirectoryThroughALeakedDescriptorIsRefused() throws {
        let scene = try Scene()
        let leak = try Descriptor(opening: "/", O_RDONLY | O_DIRECTORY)
        var spec = scene.spec("true")
        spec.workingDirectory = "/proc/self/fd/\(leak.number)"
        let error = #expect(throws: ContainerError.self) { try scene.run(spec) }
        #expect(error?.description.contains("it leads out of the container") == true)
    }
}
