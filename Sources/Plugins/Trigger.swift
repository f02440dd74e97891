/// A moment of an app's life at which plugins act; its text is the name of the executable that takes part.
///
/// Names and places of arguments are Dokku's wherever it has the same moment. What differs: values of variables are
/// never passed, because every user of the machine can read the arguments of a process.
package enum Trigger: String, CaseIterable, Sendable {
    case userAuth = "user-auth"
    case postCreate = "post-create"
    case preBuild = "pre-build"
    case postBuild = "post-build"
    case preDeploy = "pre-deploy"
    case postDeploy = "post-deploy"
    case preStart = "pre-start"
    case postStop = "post-stop"
    case postConfigUpdate = "post-config-update"
    case postDomainsUpdate = "post-domains-update"
    case postCertsUpdate = "post-certs-update"
    case postAppRename = "post-app-rename"
    case preDelete = "pre-delete"
    case postDelete = "post-delete"

    /// Words for the hook's arguments in their order; dots mean any number of the last.
    package var arguments: [String] {
        switch self {
        case .userAuth: ["USER", "KEY", "COMMAND", "WORD..."]
        case .postCreate, .preStart, .postStop, .postCertsUpdate: ["APP"]
        case .preBuild: ["BUILDER", "APP", "COMMIT"]
        case .postBuild: ["BUILDER", "APP", "IMAGE"]
        case .preDeploy, .preDelete, .postDelete: ["APP", "RELEASE"]
        case .postDeploy: ["APP", "PORT", "ADDRESS", "RELEASE"]
        case .postConfigUpdate: ["APP", "ACTION", "KEY..."]
        case .postDomainsUpdate: ["APP", "ACTION", "NAME..."]
        case .postAppRename: ["OLD", "NEW"]
        }
    }

    /// When it fires, and what becomes of the command when a plugin refuses.
    package var summary: String {
        switch self {
        case .userAuth: "before a command is run for somebody; refusing denies it"
        case .postCreate: "after an app was made"
        case .preBuild: "before an image is built; refusing fails the push"
        case .postBuild: "after the image is there; refusing fails the push"
        case .preDeploy: "before the first instance of a release starts; refusing fails the deploy"
        case .postDeploy: "after a release went live; old instances may still drain"
        case .preStart: "before a stopped app is started; refusing leaves it stopped"
        case .postStop: "after an app was stopped"
        case .postConfigUpdate: "after variables were set or unset; ACTION is set, unset or clear"
        case .postDomainsUpdate: "after names changed; ACTION is add, remove, set, clear or reset"
        case .postCertsUpdate: "after a certificate was installed or renewed"
        case .postAppRename: "after an app was given another name"
        case .preDelete: "before an app is destroyed; refusing keeps it. RELEASE is empty without one"
        case .postDelete: "after an app was destroyed"
        }
    }

    /// `post-deploy APP PORT ADDRESS RELEASE`.
    package var usage: String { ([rawValue] + arguments).joined(separator: " ") }
}
