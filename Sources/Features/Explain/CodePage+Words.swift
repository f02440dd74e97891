/// P0: what was asked.
extension CodePage {
    static let malformed = CodePage(
        "A value is not of the kind that is needed",
        causes: ["a typing error", "quotes that ssh took away: it joins words with blanks"],
        cures: [
            "the line under the failure says which form is right",
            "quote twice over ssh: ssh host \"config:set app 'A=b c'\"",
        ]
    )
    static let usage = CodePage(
        "The command was given too few or too many words, or an option it does not have",
        causes: ["an app was not named", "an option of another command"],
        cures: ["slipway help NOUN:VERB shows the words and two examples"]
    )
    static let unknownCommand = CodePage(
        "There is no such command",
        causes: ["a typing error", "a command of a Dokku plugin that is not here"],
        cures: ["slipway help lists the nouns, slipway help NOUN its verbs"]
    )
    static let noSuchApp = CodePage(
        "There is no app of this name",
        causes: [
            "a typing error", "the app has another name now: only git addresses go on under the old one",
            "it was destroyed",
        ],
        cures: ["slipway apps:list shows those that are", "slipway apps:create NAME makes one"]
    )
    static let notFound = CodePage(
        "What was named is not there",
        causes: ["a typing error", "it was removed by somebody else", "a log or release that is past its keeping"],
        cures: ["list what is: the noun's :list or :report"]
    )
    static let taken = CodePage(
        "The name or place is in use by something else",
        causes: ["an app, key or mount is there already"],
        cures: ["choose another, or remove the one that is there first"]
    )
    static let unchangeable = CodePage(
        "This cannot be changed here",
        causes: [
            "app.json has a formation, which rules over ps:scale",
            "a release that never was live, is blocked, or whose image is gone",
        ],
        cures: ["change it where it is written, and push", "slipway releases APP shows which releases can serve again"]
    )
    static let notDeployed = CodePage(
        "The app has nothing that runs",
        causes: ["nothing was pushed yet", "its only deploys failed"],
        cures: ["git push slipway main", "slipway logs:failed APP shows why the last one failed"]
    )
    static let unchanged = CodePage(
        "The app runs exactly this content already",
        causes: ["the same image or archive was deployed before", "an image of the same name and the same id"],
        cures: ["slipway ps:rebuild APP builds it once more", "git:from-image --force fetches the image again first"]
    )
}

/// P2: who else is at work.
extension CodePage {
    static let busy = CodePage(
        "Somebody else changes this app or nginx just now",
        causes: ["a deploy runs", "a scale, restart or certificate change runs", "its process is frozen (Ctrl-Z)"],
        cures: [
            "slipway operations APP says who works on it, and since when",
            "wait, then try again", "slipway builds:cancel APP ends a deploy that is not live yet",
            "slipway operations:resume ID --force ends a process that is frozen",
        ]
    )
    static let superseded = CodePage(
        "A newer push came while this one waited, and takes its place",
        causes: ["two people, or one person twice, pushed while a deploy ran"],
        cures: ["nothing: the newer push holds what is to run; look at it with slipway releases APP"]
    )
    static let locked = CodePage(
        "Deploys of this app are refused for now",
        causes: ["somebody typed apps:lock, with the reason that is shown"],
        cures: ["ask them, or: slipway apps:unlock APP"]
    )
    static let cancelled = CodePage(
        "The deploy was ended before it went live",
        causes: ["the client disconnected", "somebody typed builds:cancel"],
        cures: ["push again; what served before serves still"]
    )
    static let branchMoved = CodePage(
        "The app's branch moved while this push waited",
        causes: ["another push went live first, and this one does not contain it"],
        cures: ["git fetch slipway, merge or rebase, and push again"]
    )
    static let lostLock = CodePage(
        "Another process took this operation over",
        causes: ["this one stood still for long, and was taken for dead"],
        cures: ["slipway ps:report APP shows what is so now; then do again what is missing"]
    )
    static let refusedPush = CodePage(
        "The push is not one that can be deployed",
        causes: ["another branch than the app's deploy branch", "a tag, a deletion, or several branches at once"],
        cures: ["git push slipway LOCAL:DEPLOYBRANCH", "slipway git:set APP deploy-branch NAME"]
    )

    static let someFailed = CodePage(
        "Of several apps some failed, and the others did not",
        causes: ["each app that failed has said why above, with a code of its own"],
        cures: ["slipway explain CODE, with the code of such an app", "the same command for that app alone"]
    )
}
