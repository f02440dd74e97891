import Building
package import Core
import Engine
import Files
import Glibc
import Probes
import Programs
import Proxying
import Repositories
import Scheduling
import Store
package import SystemPackage

extension Host {
    /// The real thing, for this process.
    ///
    /// Before anything is opened the process becomes the user to whom the root belongs.
    /// - Parameters:
    ///   - output: The voice.
    ///   - caller: Who asks; nil is whoever runs this process.
    ///   - setup: What a first run is told; nil demands that one has been.
    ///   - staysRoot: Root remains root.
    /// - Returns: A host whose parts all speak with this machine.
    /// - Throws: ``Failure`` with code ``FailureCode/notSetUp`` or ``FailureCode/notAllowed``.
    static func live(
        _ output: Output,
        caller: Caller? = nil,
        setup: SetupCommand? = nil,
        staysRoot: Bool = false
    ) async throws -> Host {
        let paths = Paths(root: root)
        let person = Privileges.person
        if let setup {
            try await Setup.prepareMachine(setup, paths, output)
        } else {
            try Privileges.settle(paths.root, staysRoot: staysRoot)
        }
        guard setup != nil || access(paths.database.string, F_OK) == 0 else {
            throw Failure(
                .notSetUp,
                "there is no slipway in \(paths.root)",
                why: "the database \(paths.database) is not there",
                fix: "run: slipway setup (or set SLIPWAY_ROOT)"
            )
        }
        let store = try Store.open(paths.database, migrations: Features.migrations)
        let settings = try await settings(store, setup, paths, output)
        let engine = Engine(socket: settings.engineSocket, instance: settings.instance)
        let isTracing = try await isTracing(store, output)
        if isTracing { engine.trace(by: output) }
        let owned = Programs.live.adding(Owner.variable, Owner.this.mark)
        let programs = isTracing ? owned.traced(by: output, .real) : owned
        return Host(
            store: store,
            engine: engine,
            scheduler: DockerLocal(engine: engine, network: settings.network),
            builders: Builders(engine: engine),
            repositories: Repositories(root: paths.repositories, programs: programs),
            proxy: Proxying.Nginx(layout: layout(settings, paths), programs: programs, probes: .live),
            probes: .live,
            programs: programs,
            output: output,
            time: .real,
            newID: { newIdentity() },
            paths: paths,
            settings: settings,
            caller: caller ?? .named(by: Environment.value) ?? Caller(name: person)
        )
    }

    package static var root: FilePath { FilePath(Environment.value("SLIPWAY_ROOT") ?? "/var/lib/slipway") }

    /// What `setup` wrote down; nil before the first one.
    static func presentSettings(_ paths: Paths) async throws -> HostSettings? {
        guard access(paths.database.string, F_OK) == 0 else { return nil }
        return try await Store.open(paths.database, migrations: Features.migrations).read { try HostTable.settings($0) }
    }

    private static func settings(
        _ store: Store,
        _ setup: SetupCommand?,
        _ paths: Paths,
        _ output: Output
    ) async throws -> HostSettings {
        let present = try await store.read { try HostTable.settings($0) }
        guard let setup else {
            guard let present else {
                throw Failure(.notSetUp, "the set-up of \(paths.root) was cut short", fix: "slipway setup")
            }
            return present
        }
        let wanted = setup.settings(over: present)
        if wanted.subnet.isEmpty {
            let engine = Engine(socket: wanted.engineSocket, instance: wanted.instance)
            let settled = try await Setup.takeNetwork(wanted, engine) { settled in
                try await store.write { try HostTable.save(settled, $0) }
            }
            output.step("network \(settled.network)")
            return settled
        }
        if wanted != present { try await store.write { try HostTable.save(wanted, $0) } }
        return wanted
    }

    /// Whether somebody looks for a fault: by `--trace`, by a variable, or since `trace:on`.
    private static func isTracing(_ store: Store, _ output: Output) async throws -> Bool {
        if output.isTracing || Environment.isOn("TRACE") { return true }
        return try await store.read { try HostTable.isOn(.trace, $0) }
    }

    static func layout(_ settings: HostSettings, _ paths: Paths) -> NginxLayout {
        NginxLayout(
            folder: paths.nginx,
            lock: paths.locks.appending("nginx"),
            mainConfiguration: FilePath(settings.nginxConfiguration),
            pidFile: FilePath(settings.nginxPidFile),
            httpPort: settings.httpPort,
            httpsPort: settings.httpsPort,
            bindAddress: settings.bindAddress,
            elevation: settings.isSandbox || getuid() == 0 ? [] : ["/usr/bin/sudo", "-n"],
            logFolder: settings.isSandbox ? paths.logs.appending("nginx") : "/var/log/nginx",
            errorLog: settings.isSandbox
                ? FilePath(settings.nginxConfiguration).removingLastComponent().appending("nginx/error.log")
                : "/var/log/nginx/error.log"
        )
    }

    /// How many processors this machine has for us.
    static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// What this machine calls itself.
    static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, buffer.count - 1)
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// Eight characters of time, so that names sort by age, and six of chance.
private func newIdentity() -> String {
    let digits = Array("0123456789abcdefghijklmnopqrstuv")
    var time = UInt64(Timestamp.now.milliseconds)
    var head: [Character] = []
    for _ in 0..<8 {
        head.append(digits[Int(time % 32)])
        time /= 32
    }
    let tail = (0..<6).map { _ in digits[Int.random(in: 0..<32)] }
    return String(head.reversed() + tail)
}

extension Output {
    /// Standard output and standard error of this process.
    package static func terminal(isQuiet: Bool) -> Output {
        let isTerminal = isatty(1) == 1
        let wantsQuiet = isQuiet || Environment.isOn("QUIET_OUTPUT")
        return Output(isQuiet: wantsQuiet || !isTerminal, isTerminal: isTerminal && isatty(0) == 1) { stream, text in
            writeAll(stream == .answer ? 1 : 2, text)
        }
    }

    /// The voice of a hook: a client that does not read must not hold up a deploy, so lines are dropped when the pipe
    /// is full.
    package static var hook: Output {
        _ = fcntl(2, F_SETFL, fcntl(2, F_GETFL) | O_NONBLOCK)
        return Output { _, text in
            let bytes = Array(text.utf8)
            _ = Glibc.write(2, bytes, bytes.count)
        }
    }
}

private func writeAll(_ descriptor: Int32, _ text: String) {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        sent += count
    }
}
