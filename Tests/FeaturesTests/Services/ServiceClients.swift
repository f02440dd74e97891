import Core
import FoundationEssentials
import Glibc
import Programs
import Support
import SystemPackage

@testable import Features

/// The clients of a server as small programs that say what a test wants, for what declarations of kinds run.
struct ServiceClients {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        // A client that ends without having read is an error of writing, as in the product, and not the end of the tests.
        signal(SIGPIPE, SIG_IGN)
    }

    private static let names = [
        "mariadb", "mysql", "psql", "rabbitmqctl", "mc", "redis-cli", "mongosh", "mongodump", "mongorestore",
    ]

    /// Gives every client these lines of shell.
    func say(_ lines: String) throws {
        for name in Self.names { try folder.write(name, "#!/bin/sh\n\(lines)\n", mode: 0o755) }
    }

    func run(_ name: String, _ verb: ServiceVerb, input: [UInt8]? = nil) async throws -> Finished {
        let kind = try ServiceKindReader.read(
            Array(try ServiceStage.text(name).utf8),
            name: try ServiceKindName(name)
        )
        let service = Service(
            id: try AppID("0000000001"),
            kind: kind.name,
            name: try ServiceName("db"),
            image: kind.image,
            version: kind.version,
            password: "secret",
            database: "db",
            createdAt: Timestamp(milliseconds: 0)
        )
        let values = ServiceValues(service, kind, .leaver("u_shop_1", of: service, kind)).all
        let action = try kind.action(verb)
        var variables = action.environment.mapValues { $0.filled(values) }
        variables["PATH"] = "\(folder.path):/usr/bin:/bin"
        variables["STORY"] = folder.path.appending("story").string
        let words = variables.map { "\($0.key)=\($0.value)" } + action.run.map { $0.filled(values) }
        var program = Program("/usr/bin/env", ["-i"] + words)
        program.input = input ?? action.input.map { Array($0.filled(values).utf8) } ?? []
        return try await Finished.run(program)
    }

    /// What the clients were told, by their own account.
    var story: String {
        let file = FileManager.default.contents(atPath: folder.path.appending("story").string)
        return String(decoding: file ?? Data(), as: UTF8.self)
    }

    /// Whether the clients were told these words, one after the other.
    func isTold(_ words: [String]) -> Bool {
        var rest = story[...]
        for word in words {
            guard let place = rest.firstRange(of: word) else { return false }
            rest = rest[place.upperBound...]
        }
        return true
    }
}
