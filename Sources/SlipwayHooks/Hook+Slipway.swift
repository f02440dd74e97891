/// What slipway is asked back.
extension Hook {
    /// Runs a command of slipway and hands back what it answers.
    ///
    /// - Throws: ``Refusal`` with its words when it fails.
    @discardableResult
    public func slipway(_ arguments: [String], input: String = "", within limit: Duration = .seconds(120)) throws
        -> String
    {
        let ran = try ask(arguments, input: input, within: limit)
        guard ran.isSuccess else {
            throw Refusal("slipway \(arguments.first ?? "") failed: \(ran.lastWords)")
        }
        return ran.output
    }

    /// The same, for commands whose ending is the answer.
    public func ask(_ arguments: [String], input: String = "", within limit: Duration = .seconds(120)) throws -> Ran {
        guard let program = surroundings.variable("SLIPWAY_BIN") else {
            throw Refusal("SLIPWAY_BIN is not set: this was not started by slipway")
        }
        return try run(program, arguments, input: input, within: limit)
    }

    /// Begins a command of slipway that goes on when this hook has ended, and that no command waits for.
    ///
    /// It is the way to change the very app whose lock the command of this hook holds: the change waits for the lock.
    public func background(_ arguments: [String]) throws {
        guard let program = surroundings.variable("SLIPWAY_BIN") else {
            throw Refusal("SLIPWAY_BIN is not set: this was not started by slipway")
        }
        try detach(program, arguments)
    }

    /// The value of a variable of the app this is about; nil where it is not set.
    public func config(_ key: String) throws -> String? { try config(key, of: app) }

    /// The value of a variable of an app; nil where it is not set.
    public func config(_ key: String, of app: App) throws -> String? {
        let ran = try ask(["config:get", "--merged", app.name, key])
        guard ran.isSuccess else {
            if ran.error.isEmpty { return nil }
            throw Refusal("slipway config:get failed: \(ran.lastWords)")
        }
        return ran.output.hasSuffix("\n") ? String(ran.output.dropLast()) : ran.output
    }

    /// Sets variables of the app this is about: ``App/set(config:restart:)``.
    public func set(config values: [String: String], restart: Bool) throws {
        try set(config: values, of: app, restart: restart)
    }

    func set(config values: [String: String], of app: App, restart: Bool) throws {
        let text = JSON.object(values.mapValues { .string($0) }).description
        let words = ["config:import", "--format", "json"] + (restart ? [] : ["--no-restart"]) + [app.name]
        try slipway(words, input: text)
    }

    /// The apps of this host.
    public var apps: [App] {
        get throws {
            try JSON(parsing: try slipway(["apps:list", "--format", "json"])).list.compactMap { $0.text.map(App.init) }
        }
    }
}
