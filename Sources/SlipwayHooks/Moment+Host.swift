extension Moment where Event == DomainsEvent, Answer == Void {
    /// After names changed; ACTION is add, remove, set, clear or reset.
    public static var postDomainsUpdate: Self { Self("post-domains-update") }
}

extension Moment where Event == AppEvent, Answer == Void {
    /// Before an app answers under its names.
    public static var preEnableVhost: Self { Self("pre-enable-vhost") }

    /// Before an app no longer answers under its names.
    public static var preDisableVhost: Self { Self("pre-disable-vhost") }

    /// After a certificate was installed or renewed.
    public static var postCertsUpdate: Self { Self("post-certs-update") }

    /// After a certificate was removed.
    public static var postCertsRemove: Self { Self("post-certs-remove") }
}

extension Moment where Event == HostnameEvent, Answer == String? {
    /// When an app gets its first name from that of the host.
    public static var nginxHostname: Self { Self("nginx-hostname") }
}

extension Moment where Event == KindEvent, Answer == String? {
    /// Before the configuration of an app is written for nginx.
    public static var nginxAppTemplateSource: Self { Self("nginx-app-template-source") }
}

extension Moment where Event == ReloadEvent, Answer == Void {
    /// When the new configuration of an app lies in its place and nginx has not read it yet.
    public static var nginxPreReload: Self { Self("nginx-pre-reload") }
}

extension Moment where Event == PortsEvent, Answer == Void {
    /// After ports were mapped otherwise; ACTION is add, remove, set or clear.
    public static var postProxyPortsUpdate: Self { Self("post-proxy-ports-update") }
}

extension Moment where Event == AppEvent, Answer == Bool {
    /// Before the configuration of an app is written for nginx.
    public static var certsForce: Self { Self("certs-force") }
}

extension Moment where Event == LoginEvent, Answer == Void {
    /// After somebody logged this host in at a registry.
    public static var postRegistryLogin: Self { Self("post-registry-login") }
}

extension Moment where Event == CronEvent, Answer == [CronEntry] {
    /// Every minute, and when tasks are listed.
    public static var cronEntries: Self { Self("cron-entries") }
}

extension Moment where Event == KeyEvent, Answer == Void {
    /// After somebody was let in.
    public static var sshKeyAdded: Self { Self("ssh-key-added") }

    /// After somebody was shut out.
    public static var sshKeyRemoved: Self { Self("ssh-key-removed") }
}

extension Moment where Event == CertificateExpiresEvent, Answer == Void {
    /// Once a day while a certificate has less than 14 days left.
    public static var certificateExpires: Self { Self("certificate-expires") }
}

extension Moment where Event == DiskEvent, Answer == Void {
    /// When the disk has grown fuller than its watermark allows.
    public static var diskLow: Self { Self("disk-low") }
}

extension Moment where Event == BootEvent, Answer == Void {
    /// The first time after the machine started; BOOT is the kernel's id of that start.
    public static var hostStarted: Self { Self("host-started") }
}

extension Moment where Event == RepairEvent, Answer == Void {
    /// After repair found differences and closed them, NUMBER of them.
    public static var postRepair: Self { Self("post-repair") }
}

extension Moment where Event == BackupEvent, Answer == Void {
    /// After the backup of a service was proven by restoring it.
    public static var postBackup: Self { Self("post-backup") }
}

extension Moment where Event == BackupFailedEvent, Answer == Void {
    /// After a backup of a service could not be made or proven.
    public static var backupFailed: Self { Self("backup-failed") }
}
