import type { Command } from "commander"
import type { Adder } from "./adder.ts"
import { helpTexts } from "./help-texts.ts"

/** The commands that run or call a gateway. */
export const gatewayCommands = {
  serve: addServe,
  backup: addBackup,
  migrate: addMigrate,
  move: addMove,
  readyz: addReadyz,
  status: addStatus,
  retry: addRetry,
  cancel: addCancel,
  tail: addTail,
  mcp: addMcp,
  keys: addKeys,
  apps: addApps,
  sources: addSources,
}

function addServe(program: Command, adder: Adder): void {
  const serve = adder.command(program, "serve", "serve", helpTexts.serve)
  adder.runs(serve, async () => (await import("./serve/serve.ts")).serve)
  adder.flag(serve, "--port <number>", helpTexts.servePort)
  adder.flag(serve, "--host <address>", helpTexts.host)
  addDatabaseFlags(serve, adder)
  adder.flag(serve, "--simulator [port]", helpTexts.serveSimulator)
  adder.flag(serve, "--after-restore", helpTexts.afterRestore)
  adder.common(serve)
}

function addBackup(program: Command, adder: Adder): void {
  const backup = adder
    .command(program, "backup", "backup", helpTexts.backup)
    .argument("<file>", adder.say(helpTexts.backupFile))
  adder.runs(backup, async () => (await import("./serve/backup.ts")).backup)
  addDatabaseFlags(backup, adder)
  adder.common(backup)
}

function addMigrate(program: Command, adder: Adder): void {
  const migrate = adder.command(program, "migrate", "migrate", helpTexts.migrate)
  adder.runs(migrate, async () => (await import("./serve/migrate.ts")).migrate)
  addDatabaseFlags(migrate, adder)
  adder.flag(migrate, "--dry-run", helpTexts.migrateDryRun)
  adder.common(migrate)
}

function addMove(program: Command, adder: Adder): void {
  const move = adder.command(program, "move", "move", helpTexts.move)
  adder.runs(move, async () => (await import("./serve/move.ts")).move)
  adder.flag(move, "--from <url>", helpTexts.moveFrom)
  adder.flag(move, "--to <url>", helpTexts.moveTo)
  adder.flag(move, "--give-up", helpTexts.moveGiveUp)
  adder.flag(move, "--config <file>", helpTexts.config)
  adder.common(move)
}

function addReadyz(program: Command, adder: Adder): void {
  const readyz = adder.command(program, "readyz", "readyz", helpTexts.readyz)
  adder.runs(readyz, async () => (await import("./serve/readyz.ts")).readyz)
  adder.flag(readyz, "--gateway <url>", helpTexts.gateway)
  adder.flag(readyz, "--config <file>", helpTexts.config)
  adder.common(readyz)
}

function addStatus(program: Command, adder: Adder): void {
  const status = adder
    .command(program, "status", "status", helpTexts.status)
    .argument("<id>", adder.say(helpTexts.messageId))
  adder.runs(status, async () => (await import("./gateway/status.ts")).status)
  adder.flag(status, "--wait <seconds>", helpTexts.statusWait)
  addReach(status, adder)
}

function addRetry(program: Command, adder: Adder): void {
  const retry = adder
    .command(program, "retry", "retry", helpTexts.retry)
    .argument("<id>", adder.say(helpTexts.messageId))
  adder.runs(retry, async () => (await import("./gateway/retry.ts")).retry)
  adder.list(retry, "--state <states>", helpTexts.retryState)
  addReach(retry, adder)
}

function addCancel(program: Command, adder: Adder): void {
  const cancel = adder
    .command(program, "cancel", "cancel", helpTexts.cancel)
    .argument("[id]", adder.say(helpTexts.messageId))
  adder.runs(cancel, async () => (await import("./gateway/cancel.ts")).cancel)
  adder.flag(cancel, "--all-of-key <id>", helpTexts.cancelAllOfKey)
  adder.flag(cancel, "--all-of-app <name>", helpTexts.cancelAllOfApp)
  adder.flag(cancel, "--yes", helpTexts.cancelYes)
  addReach(cancel, adder)
}

function addTail(program: Command, adder: Adder): void {
  const tail = adder.command(program, "tail", "tail", helpTexts.tail)
  adder.runs(tail, async () => (await import("./gateway/tail.ts")).tail)
  adder.flag(tail, "--after <event>", helpTexts.tailAfter)
  addReach(tail, adder)
}

function addMcp(program: Command, adder: Adder): void {
  const mcp = adder.command(program, "mcp", "mcp", helpTexts.mcp)
  adder.runs(mcp, async () => (await import("./gateway/mcp.ts")).mcp)
  addReach(mcp, adder)
}

function addKeys(program: Command, adder: Adder): void {
  const keys = adder.command(program, "keys", "keys", helpTexts.keys).helpCommand(false)
  adder.runs(keys, async () => (await import("./gateway/keys.ts")).listKeys)
  addReach(keys, adder)

  const list = adder.command(keys, "list", "keysList", helpTexts.keysList)
  adder.runs(list, async () => (await import("./gateway/keys.ts")).listKeys)
  addReach(list, adder)

  const create = adder.command(keys, "create", "keysCreate", helpTexts.keysCreate)
  adder.runs(create, async () => (await import("./gateway/keys.ts")).createKey)
  adder.flag(create, "--name <name>", helpTexts.keyName)
  adder.list(create, "--scope <scopes>", helpTexts.keyScope)
  adder.list(create, "--app <names>", helpTexts.keyApp)
  adder.flag(create, "--audience-cap <number>", helpTexts.keyAudienceCap)
  adder.flag(create, "--overflow <how>", helpTexts.keyOverflow)
  adder.list(create, "--forward <paths>", helpTexts.keyForward)
  adder.flag(create, "--admin", helpTexts.keyAdmin)
  adder.flag(create, "--database <url>", helpTexts.keyDatabase)
  addReach(create, adder)

  const rotate = adder
    .command(keys, "rotate", "keysRotate", helpTexts.keysRotate)
    .argument("<id>", adder.say(helpTexts.keyId))
  adder.runs(rotate, async () => (await import("./gateway/keys.ts")).rotateKey)
  addReach(rotate, adder)

  const revoke = adder
    .command(keys, "revoke", "keysRevoke", helpTexts.keysRevoke)
    .argument("<id>", adder.say(helpTexts.keyId))
  adder.runs(revoke, async () => (await import("./gateway/keys.ts")).revokeKey)
  adder.flag(revoke, "--yes", helpTexts.revokeYes)
  addReach(revoke, adder)
}

function addApps(program: Command, adder: Adder): void {
  const apps = adder.command(program, "apps", "apps", helpTexts.apps).helpCommand(false)
  adder.runs(apps, async () => (await import("./gateway/apps.ts")).listApps)
  addReach(apps, adder)

  const list = adder.command(apps, "list", "appsList", helpTexts.appsList)
  adder.runs(list, async () => (await import("./gateway/apps.ts")).listApps)
  addReach(list, adder)

  const add = adder.command(apps, "add", "appsAdd", helpTexts.appsAdd).argument("<name>", adder.say(helpTexts.appName))
  adder.runs(add, async () => (await import("./gateway/apps.ts")).addApp)
  addAppFlags(add, adder)

  const set = adder
    .command(apps, "set", "appsSet", helpTexts.appsSet)
    .alias("update")
    .argument("<name>", adder.say(helpTexts.appName))
  adder.runs(set, async () => (await import("./gateway/apps.ts")).setApp)
  addAppFlags(set, adder)

  const remove = adder
    .command(apps, "remove", "appsRemove", helpTexts.appsRemove)
    .argument("<name>", adder.say(helpTexts.appName))
  adder.runs(remove, async () => (await import("./gateway/apps.ts")).removeApp)
  addReach(remove, adder)
}

function addSources(program: Command, adder: Adder): void {
  const sources = adder.command(program, "sources", "sources", helpTexts.sources).helpCommand(false)
  adder.runs(sources, async () => (await import("./gateway/sources.ts")).listSources)
  addReach(sources, adder)

  const list = adder.command(sources, "list", "sourcesList", helpTexts.sourcesList)
  adder.runs(list, async () => (await import("./gateway/sources.ts")).listSources)
  addReach(list, adder)

  const create = adder.command(sources, "create", "sourcesCreate", helpTexts.sourcesCreate)
  adder.runs(create, async () => (await import("./gateway/sources.ts")).createSource)
  adder.flag(create, "--name <name>", helpTexts.sourceName)
  adder.flag(create, "--adapter <adapter>", helpTexts.sourceAdapter)
  adder.flag(create, "--app <name>", helpTexts.sourceApp)
  adder.flag(create, "--priority <which>", helpTexts.sourcePriority)
  adder.flag(create, "--signing-secret-file <file>", helpTexts.signingSecretFile)
  adder.flag(create, "--template-file <file>", helpTexts.templateFile)
  adder.list(create, "--mobile <numbers>", helpTexts.mobile, helpTexts.groupTo)
  adder.list(create, "--email <addresses>", helpTexts.email, helpTexts.groupTo)
  adder.list(create, "--user <userids>", helpTexts.user, helpTexts.groupTo)
  adder.list(create, "--department <ids>", helpTexts.department, helpTexts.groupTo)
  adder.list(create, "--tag <ids>", helpTexts.tag, helpTexts.groupTo)
  adder.flag(create, "--all", helpTexts.sourceAll, helpTexts.groupTo)
  addReach(create, adder)

  const preview = adder
    .command(sources, "preview", "sourcesPreview", helpTexts.sourcesPreview)
    .argument("<file>", adder.say(helpTexts.previewFile))
  adder.runs(preview, async () => (await import("./gateway/sources.ts")).previewTemplate)
  adder.flag(preview, "--template-file <file>", helpTexts.templateFile)
  addReach(preview, adder)

  const rotate = adder
    .command(sources, "rotate", "sourcesRotate", helpTexts.sourcesRotate)
    .argument("<id>", adder.say(helpTexts.sourceId))
  adder.runs(rotate, async () => (await import("./gateway/sources.ts")).rotateSource)
  adder.flag(rotate, "--old-token <seconds>", helpTexts.oldToken)
  addReach(rotate, adder)

  const revoke = adder
    .command(sources, "revoke", "sourcesRevoke", helpTexts.sourcesRevoke)
    .alias("remove")
    .argument("<id>", adder.say(helpTexts.sourceId))
  adder.runs(revoke, async () => (await import("./gateway/sources.ts")).revokeSource)
  addReach(revoke, adder)
}

function addAppFlags(to: Command, adder: Adder): void {
  adder.flag(to, "--corp-id <id>", helpTexts.corpId)
  adder.flag(to, "--agent-id <number>", helpTexts.agentId)
  adder.flag(to, "--secret-file <file>", helpTexts.secretFile)
  adder.flag(to, "--robot-key-file <file>", helpTexts.robotKeyFile)
  adder.flag(to, "--bot-id <id>", helpTexts.botId)
  adder.flag(to, "--callback-token-file <file>", helpTexts.callbackTokenFile)
  adder.flag(to, "--aes-key-file <file>", helpTexts.aesKeyFile)
  adder.list(to, "--set <name=value>", helpTexts.appSet)
  addReach(to, adder)
}

function addDatabaseFlags(to: Command, adder: Adder): void {
  adder.flag(to, "--database <url>", helpTexts.database)
  adder.flag(to, "--config <file>", helpTexts.config)
}

function addReach(to: Command, adder: Adder): void {
  adder.flag(to, "--config <file>", helpTexts.config, helpTexts.groupGateway)
  adder.gateway(to, helpTexts.groupGateway)
  adder.common(to)
}
