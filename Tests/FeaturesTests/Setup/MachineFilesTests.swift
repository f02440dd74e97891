import ArgumentParser
import Core
import Proxying
import SystemPackage
import Testing

@testable import Features

@Suite struct `files outside the root` {
    private func files(_ root: FilePath = "/var/lib/slipway", nginx: FilePath = "/etc/nginx/nginx.conf") -> MachineFiles
    {
        MachineFiles(
            root: root,
            binary: "/usr/local/bin/slipway",
            nginx: NginxLayout(
                folder: root.appending("nginx"),
                lock: root.appending("locks/nginx"),
                mainConfiguration: nginx
            )
        )
    }

    @Test func `sudo allows the command lines about nginx and nothing else`() {
        #expect(
            files().sudoers.text.split(separator: "\n").last.map(String.init)
                == "slipway ALL=(root) NOPASSWD: /usr/sbin/nginx -t, /usr/sbin/nginx -T, /usr/sbin/nginx -s reload, "
                + "/usr/sbin/nginx \"\", /usr/sbin/nginx -s quit, /usr/bin/systemctl start nginx, "
                + "/usr/bin/systemctl stop nginx"
        )
    }

    @Test func `another main configuration is named in them and has its own folder`() {
        let other = files(nginx: "/srv/nginx/main.conf")
        #expect(other.sudoers.text.contains("/usr/sbin/nginx -c /srv/nginx/main.conf -t, "))
        #expect(other.include.path == "/srv/nginx/conf.d/slipway.conf")
    }

    @Test(arguments: [("a,b", "a\\,b"), ("k=v:w", "k\\=v\\:w"), ("c d\\", "c\\ d\\\\"), ("-t", "-t")])
    func `what sudoers would take for its own is escaped`(_ word: String, _ escaped: String) {
        #expect(MachineFiles.sudoersWord(word) == escaped)
    }

    @Test func `the include names nothing that must be there`() {
        #expect(files().include.text.hasSuffix("\ninclude /var/lib/slipway/nginx/slipway.con[f];\n"))
    }

    @Test func `sshd's rules are for our user alone`() {
        let lines = files().sshd.text.split(separator: "\n").dropFirst().map(String.init)
        #expect(lines.first == "Match User slipway")
        #expect(lines.last == "Match all")
        #expect(lines.contains("    AuthorizedKeysFile /var/lib/slipway/authorized_keys"))
        #expect(lines.contains("    ClientAliveInterval 15"))
        #expect(lines.contains("    ClientAliveCountMax 3"))
    }

    @Test func `units wait for the set-up and leave drains alone`() {
        for unit in files().units where unit.path.string.hasSuffix(".service") {
            #expect(unit.text.contains("\nConditionPathExists=/var/lib/slipway/instance\n"))
            #expect(unit.text.contains("\nKillMode=process\n"))
            #expect(unit.text.contains("\nUser=slipway\n"))
        }
    }

    @Test func `the daemon is begun again whenever it ends, and as soon as there is something to serve`() throws {
        let units = files().units
        let daemon = try #require(units.first { $0.path.string.hasSuffix("/slipway-serve.service") }).text
        #expect(daemon.contains("\nType=simple\nRestart=always\n"))
        #expect(daemon.contains("\nExecStart=/usr/local/bin/slipway serve\n"))
        #expect(!daemon.contains("oneshot"))
        let path = try #require(units.first { $0.path.string.hasSuffix("/slipway-serve.path") }).text
        #expect(path.contains("\nPathExists=/var/lib/slipway/instance\n"))
        #expect(path.contains("\nWantedBy=multi-user.target\n"))
    }

    @Test(arguments: ["/srv/a b", "/srv/%h", "/srv/a;b", "srv/slipway", "/srv/a\nb"])
    func `a root that would break a configuration file is refused`(_ root: String) {
        #expect(throws: Failure.self) { try files(FilePath(root)).refuseOddPaths() }
    }

    @Test func `a plain root is not`() {
        #expect(throws: Never.self) { try files("/srv/slip-way_2.0/@x+y").refuseOddPaths() }
    }
}

@Suite struct `options of setup` {
    @Test func `what is left out stays what it was`() throws {
        let first = try SetupCommand.parse(["--docker", "unix:///x.sock", "--http-port", "81"]).settings(over: nil)
        #expect(first.engineSocket == "/x.sock")
        #expect(first.httpPort == 81)
        #expect(first.instance.count == 8)
        let again = try SetupCommand.parse(["--ssh-port", "23"]).settings(over: first)
        var wanted = first
        wanted.sshPort = 23
        #expect(again == wanted)
    }

    @Test func `a sandbox stays one, and a host a host`() throws {
        let sandbox = try SetupCommand.parse(["--sandbox"]).settings(over: nil)
        #expect(sandbox.isSandbox)
        #expect(try SetupCommand.parse([]).settings(over: sandbox).isSandbox)
        let host = try SetupCommand.parse([]).settings(over: nil)
        #expect(try !SetupCommand.parse(["--sandbox"]).settings(over: host).isSandbox)
    }
}

@Suite struct `whose rights are used` {
    @Test func `those of the owner of the root`() {
        #expect(Privileges.decide(user: 0, owner: 999) == .become(999))
        #expect(Privileges.decide(user: 999, owner: 999) == .stay)
        #expect(Privileges.decide(user: 1000, owner: 999) == .refuse)
        #expect(Privileges.decide(user: 1000, owner: 0) == .refuse)
        #expect(Privileges.decide(user: 0, owner: 0) == .stay)
        #expect(Privileges.decide(user: 1000, owner: nil) == .stay)
    }

    @Test func `only setup and plugins stay root`() {
        let words = Features.commandNames.filter { name in
            (try? Features.command(named: name)?.parse([]))?.staysRoot ?? false
        }
        #expect(words.contains("setup"))
        #expect(words.allSatisfy { $0 == "setup" || $0.hasPrefix("plugin:") })
    }
}
