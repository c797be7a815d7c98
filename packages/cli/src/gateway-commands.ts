import type { Command } from "commander"
import type { Adder } from "./adder.ts"
import type { CommandName } from "./early-flags.ts"
import type {
  AppFlags,
  CancelFlags,
  CreateKeyFlags,
  CreateSourceFlags,
  DatabaseFlags,
  GatewayFlags,
  MigrateFlags,
  MoveFlags,
  ReadyzFlags,
  RetryFlags,
  PreviewFlags,
  RevokeKeyFlags,
  RotateSourceFlags,
  ServeFlags,
  StatusFlags,
  TailFlags,
} from "./flags.ts"
import { helpTexts } from "./help-texts.ts"

export interface GatewayActions {
  serve(flags: ServeFlags): Promise<void>
  backup(file: string, flags: DatabaseFlags): Promise<void>
  migrate(flags: MigrateFlags): Promise<void>
  move(flags: MoveFlags): Promise<void>
  readyz(flags: ReadyzFlags): Promise<void>
  status(id: string, flags: StatusFlags): Promise<void>
  retry(id: string, flags: RetryFlags): Promise<void>
  cancel(id: string | undefined, flags: CancelFlags): Promise<void>
  tail(flags: TailFlags): Promise<void>
  mcp(flags: GatewayFlags): Promise<void>
  listKeys(flags: GatewayFlags): Promise<void>
  createKey(flags: CreateKeyFlags): Promise<void>
  rotateKey(id: string, flags: GatewayFlags): Promise<void>
  revokeKey(id: string, flags: RevokeKeyFlags): Promise<void>
  listSources(flags: GatewayFlags): Promise<void>
  createSource(flags: CreateSourceFlags): Promise<void>
  previewTemplate(file: string, flags: PreviewFlags): Promise<void>
  rotateSource(id: string, flags: RotateSourceFlags): Promise<void>
  revokeSource(id: string, flags: GatewayFlags): Promise<void>
  listApps(flags: GatewayFlags): Promise<void>
  addApp(name: string, flags: AppFlags): Promise<void>
  setApp(name: string, flags: AppFlags): Promise<void>
  removeApp(name: string, flags: GatewayFlags): Promise<void>
}

/** The commands that run a gateway, or ask one. */
export function addGatewayCommands(
  program: Command,
  adder: Adder,
  actions: GatewayActions | undefined,
  wants: (name: CommandName) => boolean,
): void {
  if (wants("serve")) addServe(program, adder, actions)
  if (wants("backup")) addBackup(program, adder, actions)
  if (wants("migrate")) addMigrate(program, adder, actions)
  if (wants("move")) addMove(program, adder, actions)
  if (wants("readyz")) addReadyz(program, adder, actions)
  if (wants("status")) addStatus(program, adder, actions)
  if (wants("retry")) addRetry(program, adder, actions)
  if (wants("cancel")) addCancel(program, adder, actions)
  if (wants("tail")) addTail(program, adder, actions)
  if (wants("mcp")) addMcp(program, adder, actions)
  if (wants("keys")) addKeys(program, adder, actions)
  if (wants("apps")) addApps(program, adder, actions)
  if (wants("sources")) addSources(program, adder, actions)
}

function addServe(program: Command, adder: Adder, actions: GatewayActions | undefined): void {
  const serve = adder
    .command(program, "serve", "serve", helpTexts.serve)
    .action(() => actions?.serve(serve.optsWithGlobals<ServeFlags>()))
  adder.flag(serve, "--port <number>", helpTexts.servePort)
  adder.flag(serve, "--host <address>", helpTexts.host)
  addDatabaseFlags(serve, adder)
  adder.flag(serve, "--simulator [port]", helpTexts.serveSimulator)
  adder.flag(serve, "--after-restore", helpTexts.afterRestore)
  adder.common(serve)
}

function addBackup(program: Command, adder: Adder, actions: GatewayActions | undefined): void {
  const backup = adder
    .command(program, "backup", "backup", helpTexts.backup)
    .argument("<file>", adder.say(helpTexts.backupFile))
    .action((file: string) => actions?.backup(file, backup.optsWithGlobals<DatabaseFlags>()))
  addDatabaseFlags(backup, adder)
  adder.common(backup)
}

function addMigrate(program: Command, adder: Adder, actions: GatewayActions | undefined): void {
  const migrate = adder
    .command(program, "migrate", "migrate", helpTexts.migrate)
    .action(() => actions?.migrate(migrate.optsWithGlobals<MigrateFlags>()))
  addDatabaseFlags(migrate, adder)
  adder.flag(migrate, "--dry-run", helpTexts.migrateDryRun)
  adder.common(migrate)
}

function addMove(program: Command, adder: Adder, actions: GatewayActions | undefined): void {
  const move = adder
    .command(program, "move", "move", helpTexts.move)
    .action(() => actions?.move(move.optsWithGlobals<MoveFlags>()))
  adder.flag(move, "--from <url>", helpTexts.moveFrom)
  adder.flag(move, "--to <url>", helpTexts.moveTo)
  adder.flag(move, "--give-up", helpTexts.moveGiveUp)
  adder.flag(move, "--config <file>", helpTexts.config)
  adder.common(move)
}

function addReadyz(program: Command, adder: Adder, actions: GatewayActions | undefined): void {
  const readyz = adder
    .command(program, "readyz", "readyz", helpTexts.readyz)
    .action(() => actions?.readyz(readyz.optsWithGlobals<ReadyzFlags>()))
  adder.flag(readyz, "--gateway <url>", helpTexts.gateway)
  adder.flag(readyz, "--config <file>", helpTexts.config)
  adder.common(readyz)
}

function addStatus(program: Command, adder: Adder, actions: GatewayActions | undefined): void {
  const status = adder
    .command(program, "status", "status", helpTexts.status)
    .argument("<id>", adder.say(helpTexts.messageId))
    .action((id: string) => actions?.status(id, status.optsWithGlobals<StatusFlags>()))
  adder.flag(status, "--wait <seconds>", helpTexts.statusWait)
  addReach(status, adder)
}

function addRetry(program: Command, adder: Adder, actions: GatewayActions | undefined): void {
  const retry = adder
    .command(program, "retry", "retry", helpTexts.retry)
    .argument("<id>", adder.say(helpTexts.messageId))
    .action((id: string) => actions?.retry(id, retry.optsWithGlobals<RetryFlags>()))
  adder.list(retry, "--state <states>", helpTexts.retryState)
  addReach(retry, adder)
}

function addCancel(program: Command, adder: Adder, actions: GatewayActions | undefined): void {
  const cancel = adder
    .command(program, "cancel", "cancel", helpTexts.cancel)
    .argument("[id]", adder.say(helpTexts.messageId))
    .action((id: string | undefined) => actions?.cancel(id, cancel.optsWithGlobals<CancelFlags>()))
  adder.flag(cancel, "--all-of-key <id>", helpTexts.cancelAllOfKey)
  adder.flag(cancel, "--all-of-app <name>", helpTexts.cancelAllOfApp)
  adder.flag(cancel, "--yes", helpTexts.cancelYes)
  addReach(cancel, adder)
}

function addTail(program: Command, adder: Adder, actions: GatewayActions | undefined): void {
  const tail = adder
    .command(program, "tail", "tail", helpTexts.tail)
    .action(() => actions?.tail(tail.optsWithGlobals<TailFlags>()))
  adder.flag(tail, "--after <event>", helpTexts.tailAfter)
  addReach(tail, adder)
}

function addMcp(program: Command, adder: Adder, actions: GatewayActions | undefined): void {
  const mcp = adder
    .command(program, "mcp", "mcp", helpTexts.mcp)
    .action(() => actions?.mcp(mcp.optsWithGlobals<GatewayFlags>()))
  addReach(mcp, adder)
}

function addKeys(program: Command, adder: Adder, actions: GatewayActions | undefined): void {
  const keys = adder
    .command(program, "keys", "keys", helpTexts.keys)
    .helpCommand(false)
    .action(() => actions?.listKeys(keys.optsWithGlobals<GatewayFlags>()))
  addReach(keys, adder)

  const list = adder
    .command(keys, "list", "keysList", helpTexts.keysList)
    .action(() => actions?.listKeys(list.optsWithGlobals<GatewayFlags>()))
  addReach(list, adder)

  const create = adder
    .command(keys, "create", "keysCreate", helpTexts.keysCreate)
    .action(() => actions?.createKey(create.optsWithGlobals<CreateKeyFlags>()))
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
    .action((id: string) => actions?.rotateKey(id, rotate.optsWithGlobals<GatewayFlags>()))
  addReach(rotate, adder)

  const revoke = adder
    .command(keys, "revoke", "keysRevoke", helpTexts.keysRevoke)
    .argument("<id>", adder.say(helpTexts.keyId))
    .action((id: string) => actions?.revokeKey(id, revoke.optsWithGlobals<RevokeKeyFlags>()))
  adder.flag(revoke, "--yes", helpTexts.revokeYes)
  addReach(revoke, adder)
}

function addApps(program: Command, adder: Adder, actions: GatewayActions | undefined): void {
  const apps = adder
    .command(program, "apps", "apps", helpTexts.apps)
    .helpCommand(false)
    .action(() => actions?.listApps(apps.optsWithGlobals<GatewayFlags>()))
  addReach(apps, adder)

  const list = adder
    .command(apps, "list", "appsList", helpTexts.appsList)
    .action(() => actions?.listApps(list.optsWithGlobals<GatewayFlags>()))
  addReach(list, adder)

  const add = adder
    .command(apps, "add", "appsAdd", helpTexts.appsAdd)
    .argument("<name>", adder.say(helpTexts.appName))
    .action((name: string) => actions?.addApp(name, add.optsWithGlobals<AppFlags>()))
  addAppFlags(add, adder)

  const set = adder
    .command(apps, "set", "appsSet", helpTexts.appsSet)
    .alias("update")
    .argument("<name>", adder.say(helpTexts.appName))
    .action((name: string) => actions?.setApp(name, set.optsWithGlobals<AppFlags>()))
  addAppFlags(set, adder)

  const remove = adder
    .command(apps, "remove", "appsRemove", helpTexts.appsRemove)
    .argument("<name>", adder.say(helpTexts.appName))
    .action((name: string) => actions?.removeApp(name, remove.optsWithGlobals<GatewayFlags>()))
  addReach(remove, adder)
}

function addSources(program: Command, adder: Adder, actions: GatewayActions | undefined): void {
  const sources = adder
    .command(program, "sources", "sources", helpTexts.sources)
    .helpCommand(false)
    .action(() => actions?.listSources(sources.optsWithGlobals<GatewayFlags>()))
  addReach(sources, adder)

  const list = adder
    .command(sources, "list", "sourcesList", helpTexts.sourcesList)
    .action(() => actions?.listSources(list.optsWithGlobals<GatewayFlags>()))
  addReach(list, adder)

  const create = adder
    .command(sources, "create", "sourcesCreate", helpTexts.sourcesCreate)
    .action(() => actions?.createSource(create.optsWithGlobals<CreateSourceFlags>()))
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
    .action((file: string) => actions?.previewTemplate(file, preview.optsWithGlobals<PreviewFlags>()))
  adder.flag(preview, "--template-file <file>", helpTexts.templateFile)
  addReach(preview, adder)

  const rotate = adder
    .command(sources, "rotate", "sourcesRotate", helpTexts.sourcesRotate)
    .argument("<id>", adder.say(helpTexts.sourceId))
    .action((id: string) => actions?.rotateSource(id, rotate.optsWithGlobals<RotateSourceFlags>()))
  adder.flag(rotate, "--old-token <seconds>", helpTexts.oldToken)
  addReach(rotate, adder)

  const revoke = adder
    .command(sources, "revoke", "sourcesRevoke", helpTexts.sourcesRevoke)
    .alias("remove")
    .argument("<id>", adder.say(helpTexts.sourceId))
    .action((id: string) => actions?.revokeSource(id, revoke.optsWithGlobals<GatewayFlags>()))
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
