extension Trigger {
    /// Names, certificates, nginx, registries and the clock.
    static let surroundings = [
        postDomainsUpdate, preEnableVhost, preDisableVhost, nginxHostname, nginxAppTemplateSource, nginxPreReload,
        postProxyPortsUpdate, certsForce, postCertsUpdate, postCertsRemove, postRegistryLogin, cronEntries,
    ]

    package static let postDomainsUpdate = Trigger(
        "post-domains-update",
        ["APP", "ACTION", "NAME..."],
        when: "after names changed; ACTION is add, remove, set, clear or reset"
    )
    package static let preEnableVhost = Trigger(
        "pre-enable-vhost",
        ["APP"],
        when: "before an app answers under its names",
        refusal: .fails("it does not")
    )
    package static let preDisableVhost = Trigger(
        "pre-disable-vhost",
        ["APP"],
        when: "before an app no longer answers under its names",
        refusal: .fails("it goes on")
    )
    package static let nginxHostname = Trigger(
        "nginx-hostname",
        ["APP", "NAME", "HOST"],
        answer: .value("the first name of the app"),
        when: "when an app gets its first name from that of the host",
        refusal: .fails("the app gets no name")
    )
    package static let nginxAppTemplateSource = Trigger(
        "nginx-app-template-source",
        ["APP", "KIND"],
        answer: .value("the path of a template for the app's configuration; KIND is app-config"),
        when: "before the configuration of an app is written for nginx",
        refusal: .fails("the configuration stays as it was")
    )
    package static let nginxPreReload = Trigger(
        "nginx-pre-reload",
        ["APP", "PORT", "ADDRESS"],
        when: "when the new configuration of an app lies in its place and nginx has not read it yet",
        refusal: .fails("the configuration stays as it was")
    )
    package static let postProxyPortsUpdate = Trigger(
        "post-proxy-ports-update",
        ["APP", "ACTION"],
        when: "after ports were mapped otherwise; ACTION is add, remove, set or clear"
    )
    package static let certsForce = Trigger(
        "certs-force",
        ["APP"],
        answer: .value("true: something in front of this host speaks https for the app"),
        when: "before the configuration of an app is written for nginx"
    )
    package static let postCertsUpdate = Trigger(
        "post-certs-update",
        ["APP"],
        when: "after a certificate was installed or renewed"
    )
    package static let postCertsRemove = Trigger("post-certs-remove", ["APP"], when: "after a certificate was removed")
    package static let postRegistryLogin = Trigger(
        "post-registry-login",
        ["SERVER", "USER"],
        when: "after somebody logged this host in at a registry"
    )
    package static let cronEntries = Trigger(
        "cron-entries",
        ["SCHEDULER"],
        answer: .lines("SCHEDULE;COMMAND;LOG, a command of this program and when it is to run; LOG may be empty"),
        when: "every minute, and when tasks are listed"
    )

    /// The host itself and the people who use it.
    static let host = [
        keyAdded, keyRemoved, certificateExpires, diskLow, hostStarted, repaired, backupDone, backupFailed,
    ]

    package static let keyAdded = Trigger(
        "ssh-key-added",
        ["NAME", "FINGERPRINT"],
        when: "after somebody was let in",
        isDokkus: false
    )
    package static let keyRemoved = Trigger(
        "ssh-key-removed",
        ["NAME", "FINGERPRINT"],
        when: "after somebody was shut out",
        isDokkus: false
    )
    package static let certificateExpires = Trigger(
        "certificate-expires",
        ["APP", "DAYS"],
        when: "once a day while a certificate has less than 14 days left",
        isDokkus: false
    )
    package static let diskLow = Trigger(
        "disk-low",
        ["PERCENT", "FOLDER"],
        when: "when the disk has grown fuller than its watermark allows",
        isDokkus: false
    )
    package static let hostStarted = Trigger(
        "host-started",
        ["BOOT"],
        when: "the first time after the machine started; BOOT is the kernel's id of that start",
        isDokkus: false
    )
    package static let repaired = Trigger(
        "post-repair",
        ["NUMBER"],
        when: "after repair found differences and closed them, NUMBER of them",
        isDokkus: false
    )
    package static let backupDone = Trigger(
        "post-backup",
        ["KIND", "NAME", "FILE"],
        when: "after the backup of a service was proven by restoring it",
        isDokkus: false
    )
    package static let backupFailed = Trigger(
        "backup-failed",
        ["KIND", "NAME", "REASON"],
        when: "after a backup of a service could not be made or proven",
        isDokkus: false
    )
}
