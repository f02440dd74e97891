import ArgumentParser
import Core

enum MaintenanceCommands: Noun {
    static var feature: Feature { .maintenance }
    static let all: [any HostCommand.Type] = [
        MaintenanceEnable.self, MaintenanceDisable.self, MaintenanceCustomPage.self,
        SetProperty<MaintenanceCommands>.self, ReportCommand<MaintenanceCommands>.self,
    ]

    static func set(_ property: Property, to value: String?, of app: App?, on host: Host) async throws -> Bool {
        try await Maintenance(on: host).set(property, to: value, of: app)
    }
}

struct MaintenanceEnable: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "maintenance:enable",
        "Answer every request for an app with 503 and its page, until it is disabled",
        examples: ["maintenance:enable shop", "maintenance:enable api"],
        details: "The app goes on running, deploys go on too; only people are told to come back later."
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        guard try await Maintenance(on: host).turn(true, found) else {
            return host.output.heading("maintenance of \(app) is unchanged")
        }
        host.output.step("Enabled maintenance mode for \(app)")
    }
}

struct MaintenanceDisable: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "maintenance:disable",
        "Let people at an app again",
        examples: ["maintenance:disable shop", "maintenance:disable api"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        guard try await Maintenance(on: host).turn(false, found) else {
            return host.output.heading("maintenance of \(app) is unchanged")
        }
        host.output.step("Disabled maintenance mode for \(app)")
    }
}

struct MaintenanceCustomPage: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "maintenance:custom-page",
        "Show a page of your own while an app is being worked on",
        examples: ["maintenance:custom-page shop < page.html", "maintenance:custom-page shop --clear"],
        details: """
            Standard input is the page itself, or a tar with maintenance.html (or index.html) at its top and the files
            that it asks for by absolute paths, 4 MB together:
              tar -c maintenance.html logo.png | ssh slipway@host maintenance:custom-page shop
            """
    )
    static let permission = Permission.change
    @Flag(help: "Go back to the host's own") var clear = false
    @Argument(help: "App to change") var app: AppName

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        var files: MaintenanceFiles?
        if !clear {
            try Input.refuseTerminal("a page or a tar")
            files = try MaintenanceFiles(try Input.read(limit: MaintenanceFiles.limit))
        }
        guard try await Maintenance(on: host).setPage(files, found) else {
            return host.output.heading("the page of \(app) is unchanged")
        }
        host.output.step(clear ? "\(app) shows the host's own page" : "\(app) shows its own page")
        if try await !Maintenance(on: host).isOn(found) {
            host.output.detail("it is seen after: slipway maintenance:enable \(app)")
        }
    }
}
