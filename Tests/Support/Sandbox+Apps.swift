import FoundationEssentials

extension Sandbox {
    /// A new app with one release, left to `work`, and gone afterwards whatever happened.
    package func withApp<Value>(
        _ app: String,
        _ files: [String: String] = TestApps.hello("one"),
        _ work: (TestRepo) async throws -> Value
    ) async throws -> Value {
        _ = try? await destroy(app)
        let repo = try await TestRepo(files)
        do {
            _ = try await repo.push(to: self, app).succeeded("the first push of \(app)")
            let value = try await work(repo)
            try await destroy(app)
            return value
        } catch {
            _ = try? await destroy(app)
            throw error
        }
    }

    /// Takes an app away, at once and without an archive.
    package func destroy(_ app: String) async throws {
        _ = try await slipway("apps:destroy", app, "--force").succeeded("apps:destroy \(app)")
    }

    /// Runs a command over ssh that must succeed.
    @discardableResult
    package func done(_ words: String...) async throws -> Finished {
        try await ssh(words).succeeded(words.joined(separator: " "))
    }

    /// Waits until an app's containers are exactly these many and all run: drained ones have left by then.
    package func settle(_ app: String, to count: Int) async throws {
        try await eventually("\(app) has \(count) containers, all running", within: .seconds(90)) {
            let present = try await containers(of: app)
            return present.count == count && present.allSatisfy { $0.State == "running" }
        }
    }

    /// What the app's containers have in their environment, by the app's own words.
    package func variable(_ name: String, of app: String) async throws -> String? {
        let lines = try await get(app, "/cgi-bin/env").body.split(separator: "\n")
        return lines.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}

/// Whether a program with these arguments runs anywhere on this machine, containers and builds included.
package func runs(_ arguments: [String]) throws -> Bool {
    let wanted = arguments.map { $0 + "\0" }.joined()
    return try FileManager.default.contentsOfDirectory(atPath: "/proc").contains { entry in
        guard Int(entry) != nil, let line = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline") else {
            return false
        }
        return String(decoding: line, as: UTF8.self) == wanted
    }
}

/// Seconds since the machine started, as `/proc/uptime` tells them.
package func uptime() throws -> Double {
    let text = try String(contentsOfFile: "/proc/uptime", encoding: .utf8)
    return Double(text.prefix { $0 != " " }) ?? .nan
}

extension Sandbox {
    /// A new app without any release, left to `work`, and gone afterwards whatever happened.
    package func withNewApp<Value>(_ app: String, _ work: () async throws -> Value) async throws -> Value {
        _ = try? await destroy(app)
        try await done("apps:create", app)
        do {
            let value = try await work()
            try await destroy(app)
            return value
        } catch {
            _ = try? await destroy(app)
            throw error
        }
    }
}
