import { Command } from "commander"
import type { Bilingual, Language } from "@wecom-push/protocol"
import { Adder } from "./adder.ts"
import type { CommandName } from "./early-flags.ts"
import type {
  CardUpdateFlags,
  ChatFlags,
  DirectoryFlags,
  DoctorFlags,
  InitFlags,
  ListenFlags,
  LookupFlags,
  MembersFlags,
  RecallFlags,
  RobotUploadFlags,
  SendFlags,
  SimulateFlags,
} from "./flags.ts"
import { addGatewayCommands } from "./gateway-commands.ts"
import type { GatewayActions } from "./gateway-commands.ts"
import { exampleLines, helpTexts } from "./help-texts.ts"
import { leftOut } from "./left-out.ts"
import { contentFlags, VALUES } from "./send/content-flags.ts"

/** The command to run once the arguments have parsed. */
export interface Actions extends GatewayActions {
  send(flags: SendFlags): Promise<void>
  lookup(flags: LookupFlags): Promise<void>
  recall(msgid: string, flags: RecallFlags): Promise<void>
  updateCard(code: string, flags: CardUpdateFlags): Promise<void>
  members(flags: MembersFlags): Promise<void>
  departments(flags: DirectoryFlags): Promise<void>
  tags(id: string | undefined, flags: DirectoryFlags): Promise<void>
  createChat(flags: ChatFlags): Promise<void>
  getChat(chatid: string, flags: ChatFlags): Promise<void>
  updateChat(chatid: string, flags: ChatFlags): Promise<void>
  uploadForRobot(file: string, flags: RobotUploadFlags): Promise<void>
  simulate(flags: SimulateFlags): Promise<void>
  listen(flags: ListenFlags): Promise<void>
  doctor(flags: DoctorFlags): Promise<void>
  init(flags: InitFlags): Promise<void>
  complete(): Promise<void>
}

/** Facts about the terminal that commander needs. */
export interface ProgramOutput {
  readonly version: string
  readonly columns: number
  write(text: string): void
  /** The help, for who gave no command. */
  writeError(text: string): void
}

/**
 * The command line as commander sees it: every command, flag and example, in one language. Without actions it only
 * knows what there is, for completion. With `only` there is just that command, which spares a start 5 ms.
 */
export function buildProgram(
  language: Language,
  actions: Actions | undefined,
  output: ProgramOutput,
  only?: CommandName,
): Command {
  const adder = new Adder(language)
  const say = (text: Bilingual): string => adder.say(text)
  const program = new Command("wecom-push")
    .description(say(helpTexts.program))
    .version(output.version, "-V, --version", say(helpTexts.version))
    .helpCommand("help [command]", say(helpTexts.helpCommand))
    // A value that looks like a global flag (`--text --json`) stays the value of the command's flag.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.write(text),
      writeErr: (text) => output.writeError(text),
      // exitOverride throws mistakes, which we report in the user's language, so commander's own English is dropped.
      outputError: () => {},
      getOutHelpWidth: () => output.columns,
      getErrHelpWidth: () => output.columns,
    })
    .configureHelp({ sortSubcommands: false, styleTitle: (title) => say(titles[title] ?? { en: title, zh: title }) })
    .addHelpText("after", () =>
      [
        "",
        ...(leftOut.length === 0
          ? [say(helpTexts.firstSteps), ...exampleLines.program[language].map((line) => `  ${line}`)]
          : [say(helpTexts.leftOut), `  ${leftOut.join(", ")}, doctor --database, keys create --admin`]),
        "",
        say(helpTexts.settings),
        "",
        say(helpTexts.exitCodes),
      ].join("\n"),
    )
  adder.common(program)

  const wants = (name: CommandName): boolean => only === undefined || only === name
  if (wants("send")) addSend(program, adder, actions)
  if (wants("lookup")) addLookup(program, adder, actions)
  if (wants("recall")) addRecall(program, adder, actions)
  if (wants("card")) addCard(program, adder, actions)
  if (wants("members")) addMembers(program, adder, actions)
  if (wants("departments")) addDepartments(program, adder, actions)
  if (wants("tags")) addTags(program, adder, actions)
  if (wants("chat")) addChat(program, adder, actions)
  if (wants("robot")) addRobot(program, adder, actions)
  if (wants("simulate")) addSimulate(program, adder, actions)
  if (wants("listen")) addListen(program, adder, actions)
  addGatewayCommands(program, adder, actions, wants)
  if (wants("doctor")) addDoctor(program, adder, actions)
  if (wants("init")) addInit(program, adder, actions)
  if (only === undefined && actions !== undefined) addComplete(program, adder, actions)
  return program
}

function addSend(program: Command, adder: Adder, actions: Actions | undefined): void {
  const send = adder
    .command(program, "send", "send", helpTexts.send)
    .action(() => actions?.send(send.optsWithGlobals<SendFlags>()))
  adder.list(send, "--mobile <numbers>", helpTexts.mobile, helpTexts.groupTo)
  adder.list(send, "--email <addresses>", helpTexts.email, helpTexts.groupTo)
  adder.list(send, "--user <userids>", helpTexts.user, helpTexts.groupTo)
  adder.list(send, "--department <ids>", helpTexts.department, helpTexts.groupTo)
  adder.list(send, "--tag <ids>", helpTexts.tag, helpTexts.groupTo)
  adder.list(send, "--chat <ids>", helpTexts.chat, helpTexts.groupTo)
  adder.list(send, "--mobiles-from <file>", helpTexts.mobilesFrom, helpTexts.groupTo)
  adder.flag(send, "--all", helpTexts.all, helpTexts.groupTo)
  adder.flag(send, "--yes", helpTexts.yes, helpTexts.groupTo)
  adder.flag(send, "--robot [key]", helpTexts.robot, helpTexts.groupTo)
  addContent(send, adder)
  adder.flag(send, "--safe", helpTexts.safe, helpTexts.groupHow)
  adder.flag(send, "--enable-id-trans", helpTexts.enableIdTrans, helpTexts.groupHow)
  adder.flag(send, "--duplicate-check <seconds>", helpTexts.duplicateCheck, helpTexts.groupHow)
  adder.flag(send, "--overflow <how>", helpTexts.overflow, helpTexts.groupHow)
  adder.flag(send, "--no-strict", helpTexts.noStrict, helpTexts.groupHow)
  adder.flag(send, "--dry-run", helpTexts.dryRun, helpTexts.groupHow)
  adder.flag(send, "--fresh", helpTexts.fresh, helpTexts.groupHow)
  adder.flag(send, "--mobile-check <how>", helpTexts.mobileCheck, helpTexts.groupHow)
  adder.flag(send, "--resume <file>", helpTexts.resume, helpTexts.groupHow)
  adder.wecom(send)
  adder.gateway(send, helpTexts.groupThrough)
  adder.flag(send, "--app <name>", helpTexts.app, helpTexts.groupThrough)
  adder.flag(send, "--priority <which>", helpTexts.priority, helpTexts.groupThrough)
  adder.flag(send, "--order-key <key>", helpTexts.orderKey, helpTexts.groupThrough)
  adder.flag(send, "--send-at <time>", helpTexts.sendAt, helpTexts.groupThrough)
  adder.flag(send, "--expires-at <time>", helpTexts.expiresAt, helpTexts.groupThrough)
  adder.flag(send, "--idempotency-key <key>", helpTexts.idempotencyKey, helpTexts.groupThrough)
  adder.flag(send, "--wait <seconds>", helpTexts.wait, helpTexts.groupThrough)
  adder.common(send)
}

function addContent(to: Command, adder: Adder): void {
  for (const { flag, takes, help } of Object.values(contentFlags)) {
    adder.list(to, `${flag} ${VALUES[takes]}`, help, helpTexts.groupWhat)
  }
}

function addLookup(program: Command, adder: Adder, actions: Actions | undefined): void {
  const lookup = adder
    .command(program, "lookup", "lookup", helpTexts.lookup)
    .action(() => actions?.lookup(lookup.optsWithGlobals<LookupFlags>()))
  adder.list(lookup, "--mobile <number>", helpTexts.lookupMobile)
  adder.list(lookup, "--email <address>", helpTexts.lookupEmail)
  adder.flag(lookup, "--fresh", helpTexts.fresh)
  adder.flag(lookup, "--mobile-check <how>", helpTexts.mobileCheck)
  adder.wecom(lookup)
  adder.gateway(lookup, helpTexts.groupThrough)
  adder.flag(lookup, "--app <name>", helpTexts.app, helpTexts.groupThrough)
  adder.common(lookup)
}

function addRecall(program: Command, adder: Adder, actions: Actions | undefined): void {
  const recall = adder
    .command(program, "recall", "recall", helpTexts.recall)
    .argument("<msgid>", adder.say(helpTexts.msgid))
    .action((msgid: string) => actions?.recall(msgid, recall.optsWithGlobals<RecallFlags>()))
  adder.wecom(recall)
  adder.gateway(recall, helpTexts.groupThrough)
  adder.common(recall)
}

function addCard(program: Command, adder: Adder, actions: Actions | undefined): void {
  const card = adder.command(program, "card", "card", helpTexts.cards).helpCommand(false)
  adder.common(card)

  const update = adder
    .command(card, "update", "cardUpdate", helpTexts.cardUpdate)
    .argument("<code>", adder.say(helpTexts.cardCode))
    .action((code: string) => actions?.updateCard(code, update.optsWithGlobals<CardUpdateFlags>()))
  adder.list(update, "--user <userids>", helpTexts.cardUser, helpTexts.groupCardOf)
  adder.list(update, "--department <ids>", helpTexts.department, helpTexts.groupCardOf)
  adder.list(update, "--tag <ids>", helpTexts.tag, helpTexts.groupCardOf)
  adder.flag(update, "--button <text>", helpTexts.cardButton, helpTexts.groupCardTo)
  adder.list(update, `--template-card ${VALUES.json}`, helpTexts.cardNew, helpTexts.groupCardTo)
  adder.flag(update, "--enable-id-trans", helpTexts.enableIdTrans, helpTexts.groupHow)
  adder.flag(update, "--no-strict", helpTexts.noStrict, helpTexts.groupHow)
  adder.wecom(update)
  adder.gateway(update, helpTexts.groupThrough)
  adder.common(update)
}

function addMembers(program: Command, adder: Adder, actions: Actions | undefined): void {
  const members = adder
    .command(program, "members", "members", helpTexts.listMembers)
    .action(() => actions?.members(members.optsWithGlobals<MembersFlags>()))
  adder.flag(members, "--find <text>", helpTexts.membersFind)
  adder.flag(members, "--department <id>", helpTexts.membersDepartment)
  addDirectoryAccess(members, adder)
  adder.common(members)
}

function addDepartments(program: Command, adder: Adder, actions: Actions | undefined): void {
  const departments = adder
    .command(program, "departments", "departments", helpTexts.listDepartments)
    .action(() => actions?.departments(departments.optsWithGlobals<DirectoryFlags>()))
  addDirectoryAccess(departments, adder)
  adder.common(departments)
}

function addTags(program: Command, adder: Adder, actions: Actions | undefined): void {
  const tags = adder
    .command(program, "tags", "tags", helpTexts.listTags)
    .argument("[id]", adder.say(helpTexts.tagId))
    .action((id: string | undefined) => actions?.tags(id, tags.optsWithGlobals<DirectoryFlags>()))
  addDirectoryAccess(tags, adder)
  adder.common(tags)
}

function addDirectoryAccess(to: Command, adder: Adder): void {
  addAccess(to, adder)
  adder.flag(to, "--fresh", helpTexts.freshDirectory, helpTexts.groupThrough)
}

/** WeCom, or a gateway and which of its apps. */
function addAccess(to: Command, adder: Adder): void {
  adder.wecom(to)
  adder.gateway(to, helpTexts.groupThrough)
  adder.flag(to, "--app <name>", helpTexts.appOfGateway, helpTexts.groupThrough)
}

function addChat(program: Command, adder: Adder, actions: Actions | undefined): void {
  const chat = adder.command(program, "chat", "chat", helpTexts.chats).helpCommand(false)
  adder.common(chat)

  const create = adder
    .command(chat, "create", "chatCreate", helpTexts.chatCreate)
    .action(() => actions?.createChat(create.optsWithGlobals<ChatFlags>()))
  adder.list(create, "--user <userids>", helpTexts.chatMembers)
  adder.flag(create, "--name <name>", helpTexts.chatName)
  adder.flag(create, "--owner <userid>", helpTexts.chatOwner)
  adder.flag(create, "--chatid <id>", helpTexts.newChatid)
  addAccess(create, adder)
  adder.common(create)

  const get = adder
    .command(chat, "get", "chatGet", helpTexts.chatGet)
    .argument("<chatid>", adder.say(helpTexts.chatid))
    .action((chatid: string) => actions?.getChat(chatid, get.optsWithGlobals<ChatFlags>()))
  addAccess(get, adder)
  adder.common(get)

  const update = adder
    .command(chat, "update", "chatUpdate", helpTexts.chatUpdate)
    .argument("<chatid>", adder.say(helpTexts.chatid))
    .action((chatid: string) => actions?.updateChat(chatid, update.optsWithGlobals<ChatFlags>()))
  adder.flag(update, "--name <name>", helpTexts.chatName)
  adder.flag(update, "--owner <userid>", helpTexts.chatNewOwner)
  adder.list(update, "--add <userids>", helpTexts.chatAdd)
  adder.list(update, "--remove <userids>", helpTexts.chatRemove)
  addAccess(update, adder)
  adder.common(update)

  const send = adder
    .command(chat, "send", "chatSend", helpTexts.chatSend)
    .argument("<chatid>", adder.say(helpTexts.chatid))
    .action((chatid: string) => actions?.send({ ...send.optsWithGlobals<SendFlags>(), chat: [chatid] }))
  addContent(send, adder)
  adder.flag(send, "--safe", helpTexts.safe, helpTexts.groupHow)
  addHowToGroup(send, adder)
  adder.wecom(send)
  adder.gateway(send, helpTexts.groupThrough)
  adder.flag(send, "--app <name>", helpTexts.app, helpTexts.groupThrough)
  adder.common(send)
}

function addRobot(program: Command, adder: Adder, actions: Actions | undefined): void {
  const robot = adder.command(program, "robot", "robot", helpTexts.robots).helpCommand(false)
  adder.common(robot)

  const send = adder.command(robot, "send", "robotSend", helpTexts.robotSend).action(() => {
    const flags = send.optsWithGlobals<SendFlags>()
    return actions?.send({ ...flags, robot: flags.robot ?? true })
  })
  adder.flag(send, "--robot <key>", helpTexts.robotKey)
  addContent(send, adder)
  addHowToGroup(send, adder)
  addRobotAccess(send, adder)

  const upload = adder
    .command(robot, "upload", "robotUpload", helpTexts.robotUpload)
    .argument("<file>", adder.say(helpTexts.robotFile))
    .action((file: string) => actions?.uploadForRobot(file, upload.optsWithGlobals<RobotUploadFlags>()))
  adder.flag(upload, "--robot <key>", helpTexts.robotKey)
  adder.flag(upload, "--type <type>", helpTexts.robotFileType)
  addRobotAccess(upload, adder)
}

function addHowToGroup(to: Command, adder: Adder): void {
  adder.flag(to, "--overflow <how>", helpTexts.overflow, helpTexts.groupHow)
  adder.flag(to, "--no-strict", helpTexts.noStrict, helpTexts.groupHow)
  adder.flag(to, "--dry-run", helpTexts.dryRun, helpTexts.groupHow)
}

/** A robot needs no corp id, no secret and no AgentId. */
function addRobotAccess(to: Command, adder: Adder): void {
  adder.flag(to, "--config <file>", helpTexts.config, helpTexts.groupAccess)
  adder.flag(to, "--base-url <url>", helpTexts.baseUrl, helpTexts.groupAccess)
  adder.common(to)
}

function addSimulate(program: Command, adder: Adder, actions: Actions | undefined): void {
  const simulate = adder
    .command(program, "simulate", "simulate", helpTexts.simulate)
    .action(() => actions?.simulate(simulate.optsWithGlobals<SimulateFlags>()))
  adder.flag(simulate, "--port <number>", helpTexts.port)
  adder.flag(simulate, "--host <address>", helpTexts.host)
  adder.list(simulate, "--allow-host <name>", helpTexts.allowHost)
  adder.flag(simulate, "--org <file>", helpTexts.org)
  adder.flag(simulate, "--members <number>", helpTexts.members)
  adder.common(simulate)
}

function addListen(program: Command, adder: Adder, actions: Actions | undefined): void {
  const listen = adder
    .command(program, "listen", "listen", helpTexts.listen)
    .action(() => actions?.listen(listen.optsWithGlobals<ListenFlags>()))
  adder.flag(listen, "--port <number>", helpTexts.listenPort)
  adder.flag(listen, "--host <address>", helpTexts.host)
  adder.flag(listen, "--config <file>", helpTexts.config, helpTexts.groupAccess)
  adder.flag(listen, "--corp-id <id>", helpTexts.corpId, helpTexts.groupAccess)
  adder.flag(listen, "--agent-id <number>", helpTexts.agentId, helpTexts.groupAccess)
  adder.flag(listen, "--base-url <url>", helpTexts.baseUrl, helpTexts.groupAccess)
  adder.common(listen)
}

function addDoctor(program: Command, adder: Adder, actions: Actions | undefined): void {
  const doctor = adder
    .command(program, "doctor", "doctor", helpTexts.doctor)
    .action(() => actions?.doctor(doctor.optsWithGlobals<DoctorFlags>()))
  adder.list(doctor, "--mobile <number>", helpTexts.doctorMobile)
  adder.flag(doctor, "--mobile-check <how>", helpTexts.mobileCheck)
  adder.flag(doctor, "--code <number>", helpTexts.doctorCode)
  adder.flag(doctor, "--database [url]", helpTexts.doctorDatabase)
  adder.wecom(doctor)
  adder.gateway(doctor, helpTexts.groupThrough, "--gateway [url]")
  adder.common(doctor)
}

function addInit(program: Command, adder: Adder, actions: Actions | undefined): void {
  const init = adder
    .command(program, "init", "init", helpTexts.init)
    .action(() => actions?.init(init.optsWithGlobals<InitFlags>()))
  adder.flag(init, "--database <url>", helpTexts.initDatabase)
  adder.flag(init, "--mobile <number>", helpTexts.initMobile)
  adder.flag(init, "--user <userid>", helpTexts.initUser)
  adder.wecom(init)
  adder.common(init)
}

function addComplete(program: Command, adder: Adder, actions: Actions): void {
  adder
    .command(program, "complete", "complete", helpTexts.complete)
    .argument("[words...]", adder.say(helpTexts.shell))
    .usage("zsh|bash|fish|powershell")
    .action(() => actions.complete())
}

const titles: Readonly<Record<string, Bilingual>> = {
  "Usage:": helpTexts.usage,
  "Arguments:": helpTexts.arguments,
  "Options:": helpTexts.options,
  "Commands:": helpTexts.commands,
}
