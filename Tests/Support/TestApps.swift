/// Small repositories on `slipway/base:busybox`, each of which behaves in one way.
///
/// Where a story holds a time against a fact, the app writes a line `fact N` when the fact comes true, N being the
/// seconds since the machine started (`/proc/uptime` is the host's inside a container too).
package enum TestApps {
    /// Serves `hello VERSION` at `/`, its environment at `/cgi-bin/env`, and `done VERSION` after N seconds at
    /// `/cgi-bin/slow?N`.
    package static func hello(_ version: String) -> [String: String] {
        image(web: "httpd -f -p \"$PORT\" -h /www").merging(page(version)) { $1 }
    }

    /// What changes when only the version of ``hello(_:)`` does.
    package static func page(_ version: String) -> [String: String] {
        [
            "www/index.html": "hello \(version)\n",
            "www/cgi-bin/env": cgi("env"),
            "www/cgi-bin/slow": cgi("sleep \"${QUERY_STRING:-10}\"; echo 'done \(version)'"),
        ]
    }

    /// Two types: ``hello(_:)`` and a worker that only stays alive.
    package static func withWorker(_ version: String) -> [String: String] {
        hello(version).merging([
            "Procfile": "web: /serve\nworker: /work\n",
            "work": script("echo working; \(forever)"),
        ]) { $1 }
    }

    /// Speaks RFC 6455 as far as a client can tell: answers the handshake, and gives back every byte it is sent.
    package static var echoes: [String: String] {
        let key = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        let shake = """
            key=
            while read -r line; do
                line=$(printf %s "$line" | tr -d '\\r')
                [ -n "$line" ] || break
                case $line in [Ss]ec-[Ww]eb[Ss]ocket-[Kk]ey:*) key=${line#*: } ;; esac
            done
            if [ -z "$key" ]; then
                printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\nConnection: close\\r\\n\\r\\nyes'
                exit 0
            fi
            accept=$(printf %s "${key}\(key)" | sha1sum | cut -c -40 | xxd -r -p | base64)
            printf 'HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n'
            printf 'Sec-WebSocket-Accept: %s\\r\\n\\r\\n' "$accept"
            exec cat
            """
        return image(web: "nc -ll -p \"$PORT\" -e /shake").merging(["shake": script(shake)]) { $1 }
    }

    package static var exitsAtOnce: [String: String] {
        image(web: "true").merging(["serve": script("\(fact)\necho 'no settings file' >&2\nexit 7")]) { $1 }
    }

    /// Takes more memory than any limit allows; give it a limit.
    package static var outOfMemory: [String: String] {
        image(web: "true").merging(["serve": script("\(fact)\nexec tail /dev/zero")]) { $1 }
    }

    package static var failsToBuild: [String: String] {
        var files = hello("broken")
        files["Dockerfile", default: ""] += "RUN \(fact); echo 'compiler says no' >&2; exit 9\n"
        return files
    }

    /// The build takes `seconds`, and then works or fails; no step of it is cached for another `version`.
    package static func slowBuild(_ version: String, seconds: Int, fails: Bool = false) -> [String: String] {
        var files = hello(version)
        files["Dockerfile", default: ""] += "RUN sleep \(seconds)\(fails ? "; exit 9" : "")\n"
        return files
    }

    package static var failsRelease: [String: String] {
        var files = hello("unreleased")
        files["Procfile"] = "web: /serve\nrelease: /migrate\n"
        files["migrate"] = script("\(fact)\necho 'table users is locked' >&2\nexit 3")
        return files
    }

    /// Listens where nobody asked it to.
    package static var wrongPort: [String: String] { image(web: "\(fact)\nhttpd -f -p 8099 -h /www") }

    package static var loopbackOnly: [String: String] {
        image(web: "\(fact)\nhttpd -f -p \"127.0.0.1:$PORT\" -h /www")
    }

    package static var neverListens: [String: String] { image(web: "\(fact)\nsleep 86400") }

    /// The first number of a `fact` line that stands anywhere in a transcript, in seconds since the machine started.
    package static func fact(in transcript: [String]) -> Double? {
        for line in transcript {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let place = words.firstIndex(of: "fact"), place + 1 < words.endIndex else { continue }
            if let number = Double(words[place + 1]) { return number }
        }
        return nil
    }

    private static let fact = "echo \"fact $(cut -d ' ' -f 1 /proc/uptime)\""
    /// The shell stays process 1 and ends at SIGTERM; busybox programs themselves ignore it there.
    private static let forever = "trap 'kill $!' TERM; sleep 86400 & wait $!"

    /// An image whose web process runs the lines of `web`, the last of them in the background until SIGTERM.
    private static func image(web: String) -> [String: String] {
        [
            "Dockerfile": """
            FROM slipway/base:busybox
            COPY . /
            CMD ["/serve"]

            """,
            "Procfile": "web: /serve\n",
            "serve": script("trap 'kill $!' TERM\n\(web) &\nwait $!"),
            "www/index.html": "hello\n",
        ]
    }

    private static func script(_ lines: String) -> String { "#!/bin/sh\n\(lines)\n" }

    private static func cgi(_ lines: String) -> String {
        script("printf 'Content-Type: text/plain\\r\\n\\r\\n'\n\(lines)")
    }
}
