import ArgumentParser
import Core

enum ServicesCommands {
    static let all: [any HostCommand.Type] = [
        ServicesAppLinks.self, ServicesBackup.self, ServicesBackupSchedule.self, ServicesBackupUnschedule.self,
        ServicesBackups.self, ServicesClone.self, ServicesConnect.self, ServicesCreate.self, ServicesDestroy.self,
        ServicesEnter.self, ServicesExists.self, ServicesExport.self, ServicesExpose.self, ServicesImport.self,
        ServicesInfo.self, ServicesKinds.self, ServicesLink.self, ServicesLinked.self, ServicesLinks.self,
        ServicesList.self, ServicesLogs.self, ServicesPause.self, ServicesPromote.self, ServicesReport.self,
        ServicesRestart.self, ServicesSet.self, ServicesStart.self, ServicesStop.self, ServicesUnexpose.self,
        ServicesUnlink.self, ServicesUpgrade.self,
    ]
}

extension ServiceKindName: ExpressibleByArgument {}
extension ServiceName: ExpressibleByArgument {}

/// A service by its kind and its name.
struct ServiceArgument: ParsableArguments {
    @Argument(help: "Kind of service, as postgres") var kind: ServiceKindName
    @Argument(help: "Its name") var service: ServiceName

    func find(_ host: Host) async throws -> Service { try await Services(on: host).find(kind, service) }
}

/// A verb of one kind of service; plugins are told of it as a verb of that kind.
protocol KindCommand: HostCommand {
    /// Nil where it is about all kinds.
    var kindInWords: ServiceKindName? { get }
}

/// A verb of one service.
protocol ServiceCommand: KindCommand {
    var service: ServiceArgument { get }
}

extension ServiceCommand {
    var kindInWords: ServiceKindName? { service.kind }
}

/// What a new server may be given.
struct ServiceMakingOptions: ParsableArguments {
    @Option(name: [.customShort("c"), .long], parsing: .unconditional, help: "Further words for the server's command")
    var configOptions: String?
    @Option(
        name: [.customShort("C"), .long],
        parsing: .unconditional,
        help: "Further variables of the server: \"A=1;B=2\""
    )
    var customEnv: String?
    @Option(name: [.customShort("i"), .long], help: "Image instead of the kind's own") var image: String?
    @Option(name: [.customShort("I"), .long], help: "Version of the image") var imageVersion: String?
    @Option(name: [.customShort("m"), .long], help: "Memory it may use: 512 or 512m") var memory: String?
    @Option(name: [.customShort("p"), .long], help: "Password of the server; seen by everybody on the host")
    var password: String?
    @Option(name: [.customShort("r"), .long], help: "The same as --password") var rootPassword: String?
    @Flag(help: "Read the password from standard input") var passwordStdin = false

    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` or ``FailureCode/usage``.
    func apply(to wish: inout ServiceWish, _ output: Output) throws {
        wish.image = try image.map { try ImageName($0).text } ?? wish.image
        wish.version = imageVersion ?? wish.version
        if let memory { wish.memory = try ResourceAmount.memory(memory) }
        if let configOptions { wish.options = try ShellWords.split(configOptions) }
        if let customEnv { wish.environment = try ServiceProperty.variables(customEnv) }
        if let given = password ?? rootPassword {
            output.warn("a password among the arguments can be read by everybody on the host: use --password-stdin")
            wish.password = given
        }
        if passwordStdin {
            try Input.refuseTerminal("the password")
            wish.password = String(decoding: try Input.read(limit: 1024), as: UTF8.self).trimmed
        }
    }
}

// MARK: Making and ending

struct ServicesCreate: ServiceCommand, SecretiveCommand {
    static let configuration = CommandConfiguration.verb(
        "services:create",
        "Make a service: a server with a network, a password and a volume of its own",
        examples: ["services:create postgres db", "services:create redis cache --memory 256m"],
        details: "Also: slipway postgres:create db. The password has 128 random bits unless one is given."
    )
    static let permission = Permission.administer
    @OptionGroup var options: ServiceMakingOptions
    @OptionGroup var service: ServiceArgument

    static func shown(_ words: [String]) -> [String] { ServiceWords.masked(words) }

    func run(on host: Host) async throws {
        var wish = ServiceWish(kind: service.kind, name: service.service)
        try options.apply(to: &wish, host.output)
        let made = try await Services(on: host).create(wish)
        host.output.step("\(made.kind) container created: \(made.name) (\(made.reference))")
        host.output.detail("slipway \(made.kind):link \(made.name) APP gives it to an app")
    }
}

struct ServicesClone: ServiceCommand, SecretiveCommand {
    static let configuration = CommandConfiguration.verb(
        "services:clone",
        "Make a service with the data of another",
        examples: ["services:clone postgres db db-staging", "services:clone redis cache cache-two"],
        details: "Links are not copied: the copy has users and passwords of its own."
    )
    static let permission = Permission.administer
    @OptionGroup var options: ServiceMakingOptions
    @OptionGroup var service: ServiceArgument
    @Argument(help: "Name of the new one") var newService: ServiceName

    static func shown(_ words: [String]) -> [String] { ServiceWords.masked(words) }

    func run(on host: Host) async throws {
        let source = try await service.find(host)
        var change = ServiceWish(kind: source.kind, name: newService)
        try options.apply(to: &change, host.output)
        let wanted = change
        let made = try await Services(on: host).clone(source, as: newService) { wish in
            wish.image = wanted.image ?? wish.image
            wish.version = wanted.version ?? wish.version
            wish.memory = wanted.memory ?? wish.memory
            wish.password = wanted.password
            if !wanted.options.isEmpty { wish.options = wanted.options }
            if !wanted.environment.isEmpty { wish.environment = wanted.environment }
        }
        host.output.step("Cloned \(source.title) to \(made.name)")
    }
}

struct ServicesDestroy: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:destroy",
        "Destroy a service with its data and its backups",
        examples: ["services:destroy postgres db", "services:destroy redis cache --force"],
        details: "While an app is linked to it, it is refused."
    )
    static let permission = Permission.administer
    @Flag(name: .shortAndLong, help: "Do not ask") var force = false
    @Option(help: "The name once more, in place of an answer") var confirm: String?
    @OptionGroup var service: ServiceArgument

    func run(on host: Host) async throws {
        let found = try await service.find(host)
        try Services.refuseLinked(found, try await Services(on: host).links(of: found))
        try Confirmation.demand(found.name.text, isForced: force, given: confirm, of: "service", host.output)
        try await Services(on: host).destroy(found)
        host.output.step("\(found.kind) service \(found.name) destroyed, with its data")
    }
}

struct ServicesUpgrade: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:upgrade",
        "Bring a service to another version; a failure leaves the old one serving",
        examples: ["services:upgrade postgres db", "services:upgrade postgres db --image-version 17"],
        details: """
            Without a version it is the one of the kind's declaration. Where files of two versions differ a new server is
            filled from a dump, and apps wait while that is done: nothing they write is lost. Where they are the same a
            backup is made first, since the old version may not read what the new one has written. Databases and users
            that were made at the server by hand are in no dump: where there are any they are named, and nothing is done.
            """
    )
    static let permission = Permission.administer
    @Flag(name: .shortAndLong, help: "Leave behind what was made at the server by hand") var force = false
    @Option(name: [.customShort("i"), .long], help: "Another image") var image: String?
    @Option(name: [.customShort("I"), .long], help: "Version of the image") var imageVersion: String?
    @OptionGroup var service: ServiceArgument

    func run(on host: Host) async throws {
        let found = try await service.find(host)
        let image = try image.map { try ImageName($0).text }
        let now = try await ServiceUpgrade(on: host).run(found, image: image, version: imageVersion, isForced: force)
        host.output.step("\(now.title) is \(now.reference) now, was \(found.reference)")
    }
}

// MARK: Running

struct ServicesStart: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:start",
        "Start a service that was stopped",
        examples: ["services:start postgres db", "services:start redis cache"]
    )
    static let permission = Permission.administer
    @OptionGroup var service: ServiceArgument

    func run(on host: Host) async throws {
        let found = try await service.find(host)
        let isNew = try await Services(on: host).start(found)
        host.output.step(isNew ? "\(found.title) runs" : "\(found.title) runs already: unchanged")
    }
}

struct ServicesStop: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:stop",
        "Stop a service and remove its container; its data stays",
        examples: ["services:stop postgres db", "services:stop redis cache"]
    )
    static let permission = Permission.administer
    @OptionGroup var service: ServiceArgument

    func run(on host: Host) async throws {
        let found = try await service.find(host)
        let isNew = try await Services(on: host).stop(found)
        host.output.step(isNew ? "\(found.title) is stopped" : "\(found.title) is stopped already: unchanged")
    }
}

struct ServicesPause: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:pause",
        "Stop a service and leave its container",
        examples: ["services:pause postgres db", "services:pause redis cache"]
    )
    static let permission = Permission.administer
    @OptionGroup var service: ServiceArgument

    func run(on host: Host) async throws {
        let found = try await service.find(host)
        let isNew = try await Services(on: host).pause(found)
        host.output.step(isNew ? "\(found.title) is paused" : "\(found.title) is stopped already: unchanged")
    }
}

struct ServicesRestart: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:restart",
        "Make the container of a service anew, with what was set",
        examples: ["services:restart postgres db", "services:restart redis cache"]
    )
    static let permission = Permission.administer
    @OptionGroup var service: ServiceArgument

    func run(on host: Host) async throws {
        let found = try await service.find(host)
        try await Services(on: host).change(found, "restart", isMaking: true) { $0.isStopped = false }
        host.output.step("\(found.title) was restarted")
    }
}

/// What of a command line is nobody's business.
enum ServiceWords {
    /// Variables and words of a server may be passwords too.
    private static let secret: Set = [
        "-p", "--password", "-r", "--root-password", "-c", "--config-options", "-C", "--custom-env",
    ]

    static func masked(_ words: [String]) -> [String] {
        var result = words
        for (index, word) in words.enumerated() {
            if index > 0, secret.contains(words[index - 1]) { result[index] = "******" }
            if let mark = word.firstIndex(of: "="), secret.contains(String(word[..<mark])) {
                result[index] = "\(word[..<mark])=******"
            }
        }
        return result
    }
}
