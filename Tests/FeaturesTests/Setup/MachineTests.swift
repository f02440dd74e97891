import Core
import Files
import Glibc
import Programs
import Support
import SystemPackage
import Testing

@testable import Features

@Suite struct `the machine outside the root` {
    let fake: FakeMachine

    init() throws { fake = try FakeMachine() }

    private func text(_ path: String) throws -> String? {
        try readFile(fake.folder.path.appending(path)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `a bare one gets user, folder and files`() async throws {
        let account = try await fake.prepare()
        #expect(account.user == FakeMachine.user)
        let calls = fake.takeCalls()
        let made = try #require(calls.first { $0.hasPrefix("/usr/sbin/useradd") })
        #expect(made.contains("--system") && made.contains("--shell /bin/sh"))
        #expect(made.contains("--home-dir /var/lib/slipway"))
        #expect(try fake.folder.mode("var/lib/slipway") == 0o700)
        #expect(try fake.folder.mode("etc/sudoers.d/slipway") == 0o440)
        #expect(try fake.folder.mode("etc/nginx/conf.d") == 0o755)
        for file in [fake.files.include, fake.files.sudoers, fake.files.sshd, fake.files.cron] {
            #expect(try text(file.path.string) == file.text, "\(file.path)")
        }
        #expect(calls.contains("/usr/sbin/nginx -t"))
        #expect(calls.contains("/usr/sbin/sshd -t"))
        #expect(calls.contains { $0.hasPrefix("/usr/sbin/visudo -c -q -f") })
        #expect(try fake.folder.names().contains("run"))
    }

    @Test func `a second time all is unchanged and nothing is run that changes`() async throws {
        _ = try await fake.prepare()
        let first = fake.transcript.progress
        _ = fake.takeCalls()
        _ = try await fake.prepare()
        let second = fake.transcript.progress.dropFirst(first.count)
        #expect(!second.contains("----->"))
        #expect(second.split(separator: "\n").count == first.split(separator: "\n").count)
        #expect(second.split(separator: "\n").allSatisfy { $0.hasSuffix(": unchanged") }, "\(second)")
        let asking = ["/usr/bin/getent", "/usr/sbin/sshd -T"]
        #expect(fake.takeCalls().allSatisfy { call in asking.contains { call.hasPrefix($0) } })
    }

    @Test func `what a person wrote into a file of ours is undone`() async throws {
        _ = try await fake.prepare()
        try fake.folder.write("etc/cron.d/slipway", "# mine\n")
        _ = try await fake.prepare()
        #expect(try text("etc/cron.d/slipway") == fake.files.cron.text)
    }

    @Test func `what sshd refuses is taken away again, or the old file is back`() async throws {
        fake.answer("/usr/sbin/sshd -t", with: Outcome(ending: .exited(255), error: Array("line 3: bad\n".utf8)))
        let failure = await #expect(throws: Failure.self) { _ = try await fake.prepare() }
        #expect(failure?.excerpt?.lines == ["line 3: bad"])
        #expect(try text("etc/ssh/sshd_config.d/slipway.conf") == nil)
        try fake.folder.write("etc/ssh/sshd_config.d/slipway.conf", "# old\n")
        await #expect(throws: Failure.self) { _ = try await fake.prepare() }
        #expect(try text("etc/ssh/sshd_config.d/slipway.conf") == "# old\n")
    }

    @Test func `what visudo refuses never takes its place`() async throws {
        fake.answer("/usr/sbin/visudo", with: Outcome(ending: .exited(1)))
        await #expect(throws: Failure.self) { _ = try await fake.prepare() }
        #expect(try listFolder(fake.folder.path.appending("etc/sudoers.d")).isEmpty)
    }

    @Test func `a user with another home is left alone`() async throws {
        let other = try FakeMachine(account: "slipway:x:1000:1000:Sly Pway:/home/slipway:/bin/bash\n")
        let failure = await #expect(throws: Failure.self) { _ = try await other.prepare() }
        #expect(failure?.code == .taken)
        #expect(!other.takeCalls().contains { $0.contains("usermod") })
    }

    @Test func `a folder with somebody else's files is left alone`() async throws {
        try fake.folder.write("var/lib/slipway/slipway.db", "")
        let stranger = try #require(Account("slipway:x:\(getuid() + 1):7:Slipway:/var/lib/slipway:/bin/sh"))
        let failure = #expect(throws: Failure.self) { try fake.machine.folder(FakeMachine.root, of: stranger) }
        #expect(failure?.code == .taken)
    }

    @Test func `the user joins the group of the engine's socket once`() async throws {
        let socket = fake.folder.path.appending("engine.sock").string
        var group = getgid()
        if group == 0 {
            group = 4242
            #expect(chown(socket, 0, group) == 0)
        }
        let account = try #require(Account("slipway:x:\(getuid() + 1):7:Slipway:/var/lib/slipway:/bin/sh"))
        fake.answer("/usr/bin/getent group", with: Outcome(ending: .exited(0), output: Array("docker:x:9:ana\n".utf8)))
        try await fake.machine.join(account, groupOfEngine: socket)
        #expect(fake.takeCalls().contains("/usr/sbin/usermod --append --groups docker slipway"))
        let full = Array("docker:x:9:ana,slipway\n".utf8)
        fake.answer("/usr/bin/getent group", with: Outcome(ending: .exited(0), output: full))
        try await fake.machine.join(account, groupOfEngine: socket)
        #expect(!fake.takeCalls().contains { $0.contains("usermod") })
    }

    @Test func `systemd gets a timer instead of a line for cron`() async throws {
        _ = try await fake.prepare()
        try makeFolder(fake.folder.path.appending("run/systemd/system"))
        fake.answer("/usr/bin/systemctl is-", with: Outcome(ending: .exited(3)))
        _ = fake.takeCalls()
        _ = try await fake.prepare()
        #expect(try text("etc/cron.d/slipway") == nil)
        for unit in fake.files.units { #expect(try text(unit.path.string) == unit.text) }
        #expect(
            fake.takeCalls().suffix(7) == [
                "/usr/bin/systemctl daemon-reload",
                "/usr/bin/systemctl is-active --quiet slipway-tick.timer",
                "/usr/bin/systemctl enable --now slipway-tick.timer",
                "/usr/bin/systemctl is-enabled --quiet slipway-restore.service",
                "/usr/bin/systemctl enable slipway-restore.service",
                "/usr/bin/systemctl is-active --quiet slipway-serve.path",
                "/usr/bin/systemctl enable --now slipway-serve.path",
            ]
        )
        fake.answer("/usr/bin/systemctl is-", with: Outcome(ending: .exited(0)))
        _ = try await fake.prepare()
        #expect(!fake.takeCalls().contains { $0.contains("enable ") || $0.contains("reload") })
    }

    @Test func `a daemon whose program was replaced is begun anew, another is left alone`() async throws {
        try makeFolder(fake.folder.path.appending("run/systemd/system"))
        _ = try await fake.prepare()
        fake.answer("/usr/bin/systemctl show", with: Outcome(ending: .exited(0), output: Array("77\n".utf8)))
        let path = "/usr/local/bin/slipway"
        fake.answer(
            "/usr/bin/readlink /proc/77/exe",
            with: Outcome(ending: .exited(0), output: Array("\(path)\n".utf8))
        )
        _ = fake.takeCalls()
        _ = try await fake.prepare()
        #expect(!fake.takeCalls().contains { $0.contains("restart slipway-serve") })
        let gone = Array("\(path) (deleted)\n".utf8)
        fake.answer("/usr/bin/readlink /proc/77/exe", with: Outcome(ending: .exited(0), output: gone))
        _ = try await fake.prepare()
        #expect(fake.takeCalls().last == "/usr/bin/systemctl restart slipway-serve.service")
    }

    @Test func `says so when sshd does not read the drop-in, or lets others in only`() async throws {
        let facts = Array("authorizedkeysfile .ssh/authorized_keys\nallowusers ana\n".utf8)
        fake.answer("/usr/sbin/sshd -T", with: Outcome(ending: .exited(0), output: facts))
        _ = try await fake.prepare()
        #expect(fake.transcript.progress.contains("sshd does not read /etc/ssh/sshd_config.d/slipway.conf"))
        #expect(fake.transcript.progress.contains("allowusers ana: add slipway"))
    }

    @Test func `names every program that is missing`() async throws {
        try removeFile(fake.folder.path.appending("usr/bin/sudo"))
        try removeFile(fake.folder.path.appending("usr/sbin/nginx"))
        let failure = await #expect(throws: Failure.self) { _ = try await fake.prepare() }
        #expect(failure?.fix == "apt-get install nginx sudo")
    }
}
