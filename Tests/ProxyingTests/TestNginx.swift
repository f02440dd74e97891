import Core
import Files
import Glibc
import Probes
import Programs
import SystemPackage

@testable import Proxying

/// An nginx of one test: own folder, own loopback addresses, ended with the test.
///
/// Every test listens on addresses of its own inside 127.0.0.0/8, so fixed ports cannot meet.
final class TestNginx: Sendable {
    let folder: FilePath
    let layout: NginxLayout
    let nginx: Nginx
    /// Where instances answer: one address each, on port 5000.
    let instances: [String]

    init() throws {
        let network = "127.\(Int.random(in: 1...254)).\(Int.random(in: 1...254))"
        folder = FilePath("/tmp/slipway-proxying-\(getpid())-\(UInt32.random(in: 0 ... .max))")
        instances = (11...14).map { "\(network).\($0)" }
        layout = NginxLayout(
            folder: folder.appending("nginx"),
            lock: folder.appending("lock"),
            mainConfiguration: folder.appending("nginx.conf"),
            pidFile: folder.appending("nginx.pid"),
            httpPort: 8080,
            httpsPort: 8443,
            bindAddress: "\(network).1",
            logFolder: folder.appending("logs"),
            errorLog: folder.appending("error.log")
        )
        nginx = Nginx(layout: layout)
        try makeFolder(layout.logFolder)
        try write(layout.mainConfiguration, main(pid: layout.pidFile, layout.includeLine))
        try makeFolder(folder.appending("own"))
    }

    deinit {
        for name in ["nginx.pid", "instances.pid"] { try? stop(folder.appending(name)) }
        try? removeTree(folder)
    }

    /// Starts nginx, puts ours into it, and starts the instances: each answers its own address and what it was sent.
    func start() async throws {
        try await launch(layout.mainConfiguration)
        try await nginx.install()
        let servers = instances.map { address in
            """
            server {
                listen \(address):5000;
                location / { return 200 "\(address)"; }
                location /headers { return 200 "$http_host|$http_connection|$http_upgrade|$http_x_forwarded_for|$http_x_forwarded_proto|$http_x_forwarded_port|$http_proxy"; }
                location /slow { limit_rate 800; root \(folder); }
            }
            """
        }
        try write(folder.appending("slow"), String(repeating: "x", count: 4000))
        let path = folder.appending("instances.conf")
        try write(path, main(pid: folder.appending("instances.pid"), servers.joined(separator: "\n")))
        try await launch(path)
    }

    /// nginx answers once its parent has ended: it forks after it has bound its sockets.
    private func launch(_ configuration: FilePath) async throws {
        let outcome = try await Programs.live.run(Program("/usr/sbin/nginx", ["-c", configuration.string]))
        guard outcome.ending.isSuccess else {
            throw Failure(.programFailed, "nginx does not start", why: outcome.errorText)
        }
    }

    func stopNginx() throws { try stop(layout.pidFile) }

    private func stop(_ pidFile: FilePath) throws {
        guard let bytes = try readFile(pidFile), let pid = Int32(String(decoding: bytes, as: UTF8.self).trimmed)
        else { return }
        kill(pid, SIGTERM)
        // It is not our child; its pid file goes away with it.
        for _ in 0..<200 where kill(pid, 0) == 0 && access(pidFile.string, F_OK) == 0 { usleep(5_000) }
    }

    func write(_ path: FilePath, _ text: String) throws { try writeFile(path, Array(text.utf8)) }

    private func main(pid: FilePath, _ content: String) -> String {
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(folder)/temp-\($0);" }.joined(separator: "\n")
        let user = getuid() == 0 ? "user root;" : ""
        return """
            \(user) worker_processes 2; pid \(pid); error_log \(folder)/error.log;
            events { worker_connections 256; }
            http { access_log off; \(temporary)
            \(content)
            }
            """
    }

    func site(
        _ title: String,
        to instances: [Int] = [0],
        tls: Bool = false,
        options: [String: String] = [:]
    ) -> Site {
        let upstream = instances.map { "\(self.instances[$0]):5000" }
        let files = CertificateFiles(certificate: Fixture.path("shop.pem"), key: Fixture.path("shop.key"))
        return Site(
            id: title + "0001",
            title: title,
            names: ["\(title).example.com"],
            certificate: tls ? files : nil,
            mappings: [Mapping(scheme: .http, hostPort: 80, upstream: upstream)]
                + (tls ? [Mapping(scheme: .https, hostPort: 443, upstream: upstream)] : []),
            options: options,
            includes: folder.appending("own").appending(title)
        )
    }

    func ask(_ title: String, _ path: String = "/", headers: [String: String] = [:]) async throws -> HTTPAnswer {
        try await Probes.live.get(
            HTTPQuestion(
                address: layout.generationAddress,
                port: Port(layout.httpPort),
                path: path,
                host: "\(title).example.com",
                headers: headers,
                limit: .seconds(20)
            )
        )
    }
}
