import Testing

/// The layers: what each room may import (docs/architecture.md).
struct ImportTests {
    /// A room imports only rooms of a lower level.
    static let levels: [String: Int] = [
        "CGit": 0, "Core": 0, "SlipwayHooks": 0,
        "Programs": 1, "Files": 1, "Store": 1, "Probes": 1, "Engine": 1, "Terminals": 1,
        "Repositories": 2, "Plugins": 2, "Building": 2, "Scheduling": 2, "Proxying": 2,
        "Features": 3, "Serving": 4, "slipway": 5,
    ]

    @Test func `every room has a level`() {
        #expect(Set(House.sources.map(\.room)).subtracting(Self.levels.keys).isEmpty)
    }

    @Test func `a room imports only rooms below it`() {
        for file in House.sources {
            for module in file.imports {
                guard let level = Self.levels[module], let own = Self.levels[file.room] else { continue }
                #expect(level < own, "\(file.path) imports \(module)")
            }
        }
    }

    /// Modules that only some rooms know.
    @Test(
        arguments: [
            ("Subprocess", ["Programs"]), ("CGit", ["Repositories"]), ("SwiftProtobuf", ["Engine"]),
            ("AsyncHTTPClient", ["Engine", "Probes"]), ("NIOCore", ["Engine", "Probes"]),
            ("NIOPosix", ["Engine", "Probes"]), ("NIOHTTP1", ["Engine", "Probes"]), ("Hummingbird", ["Serving"]),
            ("GRDB", ["Store", "Features"]), ("ArgumentParser", ["Features", "slipway"]),
            ("Dispatch", ["Repositories", "Terminals"]), ("X509", ["Features"]), ("Crypto", ["Features"]),
        ])
    func `a library is known in its rooms alone`(_ module: String, _ rooms: [String]) {
        for file in House.sources where file.imports.contains(module) {
            #expect(rooms.contains(file.room), "\(file.path) imports \(module)")
        }
    }

    @Test func `nobody imports full Foundation`() {
        for file in House.sources + House.tests { #expect(!file.imports.contains("Foundation"), "\(file.path)") }
    }

    /// Files of nouns that name a `Database` though they hold no SQL, each with its reason.
    static let databaseInSignatures = [
        "Sources/Features/Host/Feature.swift": "`restore` on a card runs inside the transaction of a rollback",
        "Sources/Features/Host/ReportSource.swift": "a report of many apps is one transaction, handed to each noun",
        "Sources/Features/Operations/Held.swift": "a fenced write hands the transaction on",
        "Sources/Features/Nginx/Nginx.swift": "what changes with the site is written in the switch's transaction",
        "Sources/Features/Certs/Certs.swift": "as Nginx.swift",
        "Sources/Features/Domains/Domains.swift": "as Nginx.swift",
        "Sources/Features/Releases/DraftChange.swift": "asks inside a transaction whether its reading still holds",
        "Sources/Features/Ps/Addresses.swift": "chooses addresses inside the transaction that takes them",
        "Sources/Features/Git/PushQueue.swift": "waiting and leaving are one transaction",
    ]

    @Test func `tables know GRDB, the rest of a noun does not`() {
        for file in House.sources where file.room == "Features" && file.imports.contains("GRDB") {
            #expect(file.isTable || Self.databaseInSignatures[file.path] != nil, "\(file.path)")
        }
        let stale = Self.databaseInSignatures.keys.filter { path in
            !House.sources.contains { $0.path == path && $0.imports.contains("GRDB") }
        }
        #expect(stale.isEmpty, "listed, but they do not import GRDB (any more)")
    }

    @Test func `SQL stands in tables alone`() {
        for file in House.sources where file.room == "Features" && !file.isTable {
            #expect(file.places(of: "sql:").isEmpty && file.places(of: "SELECT ").isEmpty)
        }
    }

    @Test func `commands know the argument parser, what they call does not`() {
        let others = ["Sources/Features/Help/Help.swift", "Sources/Features/Explain/Explain.swift"]
        for file in House.sources where file.room == "Features" && file.imports.contains("ArgumentParser") {
            #expect(file.isCommands || file.slice == "Host" || others.contains(file.path), "\(file.path)")
        }
    }

    @Test func `variables of the process are read and set in one place each`() {
        let places = [
            "Sources/Features/Host/Environment.swift", "Sources/Features/Host/Privileges.swift",
            "Sources/slipway/ForcedCommand.swift",
        ]
        // A hook is a process of its own, and its variables are how it is told things.
        for file in House.sources where !places.contains(file.path) && file.room != "SlipwayHooks" {
            #expect(file.places(of: "getenv(").isEmpty && file.places(of: "setenv(").isEmpty)
            #expect(file.places(of: "ProcessInfo").isEmpty)
        }
    }

    /// Nouns leave the system's calls to rooms; these files say why they do not.
    static let systemCallers = [
        "Ports/Ports+Own.swift": "which ports this machine listens on is asked about this very process",
        "Certs/CertsCommands.swift": "standard input and the working directory of the caller",
        "Cron/HourZone.swift": "the time zone of this machine",
        "Doctor/Doctor+Host.swift": "the machine is what it looks at",
        "Git/ArchiveSpool.swift": "a file that is written and read in turn",
        "Git/Client.swift": "notices a closed connection on its own descriptors",
        "Git/GitCommands.swift": "descriptors of the hook",
        "Git/ImageSource.swift": "a folder named by the caller",
        "Git/ProcReceive.swift": "speaks pkt-lines on its own descriptors",
        "Git/PushContext.swift": "what git tells its hooks",
        "Host/Environment.swift": "the variables of this process",
        "Host/EnvironmentFile.swift": "whether a file is there before anything else is done",
        "Host/Host+Live.swift": "knows what is real",
        "Host/Input.swift": "standard input",
        "Host/Input+Chunks.swift": "standard input",
        "Host/Privileges.swift": "becomes another user",
        "Operations/Faults.swift": "makes itself die, in test builds",
        "Operations/Owner+Children.swift": "ends processes, and is one",
        "Operations/Owner+This.swift": "which process this is",
        "Report/Report.swift": "the machine is what it reports",
        "Setup/Machine.swift": "the machine is what it sets up",
        "Setup/Machine+Account.swift": "the machine is what it sets up",
        "Setup/Setup+Machine.swift": "must be root",
        "Setup/SetupCommands.swift": "must be root",
        "Setup/Shipped.swift": "what lies beside this very program",
        "Storage/StorageFolder.swift": "owners and modes of folders that are mounted",
    ]

    @Test func `nouns that call the system are listed with a reason`() {
        for file in House.sources where file.room == "Features" && file.imports.contains("Glibc") {
            let short = file.path.split(separator: "/").dropFirst(2).joined(separator: "/")
            #expect(Self.systemCallers[short] != nil, "\(file.path)")
        }
    }
}
