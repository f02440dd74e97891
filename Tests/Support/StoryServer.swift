import FoundationEssentials
import Glibc
import Programs
package import SystemPackage

/// A server that a story needs beside the sandbox: a process of its own on a free loopback port.
package final class StoryServer: Sendable {
    package let folder: TemporaryFolder
    package let port: Int
    private let process: Int32

    /// `127.0.0.1:PORT`.
    package var address: String { "127.0.0.1:\(port)" }

    private init(_ folder: TemporaryFolder, _ port: Int, _ program: Program) async throws {
        self.folder = folder
        self.port = port
        process = try Programs.live.detach(program, folder.path.appending("log"))
        try await eventually("\(program.name) listens on \(port)", within: .seconds(20)) { try Self.listens(port) }
    }

    /// Ends it; to be called once, whatever came of the story.
    package func stop() async throws {
        kill(process, SIGTERM)
        try await eventually("nobody listens on \(port) any more", within: .seconds(20)) { try !Self.listens(port) }
    }

    /// Where a web server finds its files.
    package var files: FilePath { folder.path.appending("www") }

    /// An nginx that shows the files of ``files`` to whoever has this name and password, and those of `open` below
    /// them to everybody.
    package static func web(user: String, password: String) async throws -> StoryServer {
        let (folder, port) = (try TemporaryFolder(), try freePort())
        let hash = try await Programs.live.succeed(
            Program("/usr/bin/openssl", ["passwd", "-apr1", "-stdin"], input: Array(password.utf8))
        ).text
        try folder.write("htpasswd", "\(user):\(hash)")
        try folder.write("www/open/hello", "hello\n")
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(folder.path)/\($0);" }.joined(separator: "\n")
        try folder.write(
            "nginx.conf",
            """
            \(getuid() == 0 ? "user root;" : "")
            pid \(folder.path)/pid;
            daemon off;
            events {}
            http {
                access_log off;
                \(temporary)
                server {
                    listen 127.0.0.1:\(port);
                    root \(folder.path)/www;
                    auth_basic story;
                    auth_basic_user_file \(folder.path)/htpasswd;
                    location /open/ { auth_basic off; }
                }
            }

            """
        )
        let words = ["-p", folder.path.string, "-e", "\(folder.path)/log", "-c", "\(folder.path)/nginx.conf"]
        return try await StoryServer(folder, port, Program("/usr/sbin/nginx", words))
    }

    /// A registry of images that lets this name and password in.
    package static func registry(user: String, password: String) async throws -> StoryServer {
        let (folder, port) = (try TemporaryFolder(), try freePort())
        let line = try await Programs.live.succeed(
            Program("/usr/bin/htpasswd", ["-Bni", user], input: Array(password.utf8))
        ).text
        try folder.write("htpasswd", line)
        try folder.write(
            "config.yml",
            """
            version: 0.1
            storage:
              filesystem:
                rootdirectory: \(folder.path)/data
            http:
              addr: 127.0.0.1:\(port)
            auth:
              htpasswd:
                realm: story
                path: \(folder.path)/htpasswd

            """
        )
        let program = Program("/usr/bin/docker-registry", ["serve", "\(folder.path)/config.yml"])
        return try await StoryServer(folder, port, program)
    }

    /// One below the range from which the kernel gives clients theirs.
    private static func freePort() throws -> Int {
        while true {
            let port = Int.random(in: 20000..<32000)
            if try !listens(port) { return port }
        }
    }

    /// Whether a socket listens there: state 0A of proc(5), net/tcp.
    private static func listens(_ port: Int) throws -> Bool {
        let wanted = String(port, radix: 16, uppercase: true)
        let text = try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)
        return text.split(separator: "\n").dropFirst().contains { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            return words.count > 3 && words[3] == "0A" && words[1].hasSuffix(":\(wanted)")
        }
    }
}
