import { Command } from "commander"
import type { Bilingual, Language } from "@wecom-push/protocol"
import { Adder } from "./adder.ts"
import type { Run } from "./adder.ts"
import type { Context } from "./context.ts"
import type { CommandName } from "./early-flags.ts"
import type { CommonFlags, SendFlags } from "./flags.ts"
import { gatewayCommands } from "./gateway-commands.ts"
import { exampleLines, helpTexts } from "./help-texts.ts"
import { leftOut } from "./left-out.ts"
import { contentFlagEntries, isRefusedBy, VALUES } from "./send/content-flags.ts"
import type { GroupWay } from "./send/content-flags.ts"

/** Once the arguments have parsed. */
export interface Runner {
  readonly run: Run
  /** The line as it was typed. */
  readonly argv: readonly string[]
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
 * The command line as commander sees it: every command, flag and example, in one language. Without a runner it only
 * knows what there is, for completion. With `only` there is just that command, which spares a start 5 ms.
 */
export function buildProgram(
  language: Language,
  runner: Runner | undefined,
  output: ProgramOutput,
  only?: CommandName,
): Command {
  const adder = new Adder(language, runner?.run)
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

  for (const [name, add] of Object.entries(commands)) if (only === undefined || only === name) add(program, adder)
  if (only === undefined && runner !== undefined) addComplete(program, adder, runner)
  return program
}

/** In the order of the help. Each function has all of a command: its flags, and what runs it. */
const commands: Readonly<Record<CommandName, (program: Command, adder: Adder) => void>> = {
  send: addSend,
  lookup: addLookup,
  recall: addRecall,
  card: addCard,
  members: addMembers,
  departments: addDepartments,
  tags: addTags,
  chat: addChat,
  robot: addRobot,
  simulate: addSimulate,
  listen: addListen,
  ...gatewayCommands,
  doctor: addDoctor,
  init: addInit,
}

function addSend(program: Command, adder: Adder): void {
  const send = adder.command(program, "send", "send", helpTexts.send)
  adder.runs(send, async () => (await import("./send/send.ts")).send)
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

/** A flag that the way refuses is read all the same, so that the refusal says why. */
function addContent(to: Command, adder: Adder, way?: GroupWay): void {
  for (const entry of contentFlagEntries) {
    const { flag, takes, help, helpOfRobot } = entry
    const words = `${flag} ${VALUES[takes]}`
    if (way !== undefined && isRefusedBy(way, entry)) adder.hiddenList(to, words)
    else adder.list(to, words, way === "robot" ? (helpOfRobot ?? help) : help, helpTexts.groupWhat)
  }
}

function addLookup(program: Command, adder: Adder): void {
  const lookup = adder.command(program, "lookup", "lookup", helpTexts.lookup)
  adder.runs(lookup, async () => (await import("./lookup.ts")).lookup)
  adder.list(lookup, "--mobile <number>", helpTexts.lookupMobile)
  adder.list(lookup, "--email <address>", helpTexts.lookupEmail)
  adder.flag(lookup, "--fresh", helpTexts.fresh)
  adder.flag(lookup, "--mobile-check <how>", helpTexts.mobileCheck)
  adder.wecom(lookup)
  adder.gateway(lookup, helpTexts.groupThrough)
  adder.flag(lookup, "--app <name>", helpTexts.app, helpTexts.groupThrough)
  adder.common(lookup)
}

function addRecall(program: Command, adder: Adder): void {
  const recall = adder
    .command(program, "recall", "recall", helpTexts.recall)
    .argument("<msgid>", adder.say(helpTexts.msgid))
  adder.runs(recall, async () => (await import("./recall.ts")).recall)
  adder.wecom(recall)
  adder.gateway(recall, helpTexts.groupThrough)
  adder.common(recall)
}

function addCard(program: Command, adder: Adder): void {
  const card = adder.command(program, "card", "card", helpTexts.cards).helpCommand(false)
  adder.common(card)

  const update = adder
    .command(card, "update", "cardUpdate", helpTexts.cardUpdate)
    .argument("<code>", adder.say(helpTexts.cardCode))
  adder.runs(update, async () => (await import("./cards/update-card.ts")).updateCard)
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

function addMembers(program: Command, adder: Adder): void {
  const members = adder.command(program, "members", "members", helpTexts.listMembers)
  adder.runs(members, async () => (await import("./contacts/contacts.ts")).members)
  adder.flag(members, "--find <text>", helpTexts.membersFind)
  adder.flag(members, "--department <id>", helpTexts.membersDepartment)
  addDirectoryAccess(members, adder)
  adder.common(members)
}

function addDepartments(program: Command, adder: Adder): void {
  const departments = adder.command(program, "departments", "departments", helpTexts.listDepartments)
  adder.runs(departments, async () => (await import("./contacts/contacts.ts")).departments)
  addDirectoryAccess(departments, adder)
  adder.common(departments)
}

function addTags(program: Command, adder: Adder): void {
  const tags = adder.command(program, "tags", "tags", helpTexts.listTags).argument("[id]", adder.say(helpTexts.tagId))
  adder.runs(tags, async () => (await import("./contacts/contacts.ts")).tags)
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

function addChat(program: Command, adder: Adder): void {
  const chat = adder.command(program, "chat", "chat", helpTexts.chats).helpCommand(false)
  adder.common(chat)

  const create = adder.command(chat, "create", "chatCreate", helpTexts.chatCreate)
  adder.runs(create, async () => (await import("./chats/chats.ts")).createChat)
  adder.list(create, "--user <userids>", helpTexts.chatMembers)
  adder.flag(create, "--name <name>", helpTexts.chatName)
  adder.flag(create, "--owner <userid>", helpTexts.chatOwner)
  adder.flag(create, "--chatid <id>", helpTexts.newChatid)
  addAccess(create, adder)
  adder.common(create)

  const get = adder.command(chat, "get", "chatGet", helpTexts.chatGet).argument("<chatid>", adder.say(helpTexts.chatid))
  adder.runs(get, async () => (await import("./chats/chats.ts")).getChat)
  addAccess(get, adder)
  adder.common(get)

  const update = adder
    .command(chat, "update", "chatUpdate", helpTexts.chatUpdate)
    .argument("<chatid>", adder.say(helpTexts.chatid))
  adder.runs(update, async () => (await import("./chats/chats.ts")).updateChat)
  adder.flag(update, "--name <name>", helpTexts.chatName)
  adder.flag(update, "--owner <userid>", helpTexts.chatNewOwner)
  adder.list(update, "--add <userids>", helpTexts.chatAdd)
  adder.list(update, "--remove <userids>", helpTexts.chatRemove)
  addAccess(update, adder)
  adder.common(update)

  const send = adder
    .command(chat, "send", "chatSend", helpTexts.chatSend)
    .argument("<chatid>", adder.say(helpTexts.chatid))
  adder.runs(send, async () => {
    const { send: sendTo } = await import("./send/send.ts")
    return (chatid: string, flags: SendFlags, context: Context) => sendTo({ ...flags, chat: [chatid] }, context)
  })
  addContent(send, adder, "chat")
  adder.flag(send, "--safe", helpTexts.safe, helpTexts.groupHow)
  addHowToGroup(send, adder)
  adder.wecom(send)
  adder.gateway(send, helpTexts.groupThrough)
  adder.flag(send, "--app <name>", helpTexts.app, helpTexts.groupThrough)
  adder.common(send)
}

function addRobot(program: Command, adder: Adder): void {
  const robot = adder.command(program, "robot", "robot", helpTexts.robots).helpCommand(false)
  adder.common(robot)

  const send = adder.command(robot, "send", "robotSend", helpTexts.robotSend)
  adder.runs(send, async () => {
    const { send: sendTo } = await import("./send/send.ts")
    return (flags: SendFlags, context: Context) => sendTo({ ...flags, robot: flags.robot ?? true }, context)
  })
  adder.flag(send, "--robot <key>", helpTexts.robotKey)
  addContent(send, adder, "robot")
  addHowToGroup(send, adder)
  addRobotAccess(send, adder)

  const upload = adder
    .command(robot, "upload", "robotUpload", helpTexts.robotUpload)
    .argument("<file>", adder.say(helpTexts.robotFile))
  adder.runs(upload, async () => (await import("./robot/upload.ts")).uploadForRobot)
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

function addSimulate(program: Command, adder: Adder): void {
  const simulate = adder.command(program, "simulate", "simulate", helpTexts.simulate)
  adder.runs(simulate, async () => (await import("./simulate/simulate.ts")).simulate)
  adder.flag(simulate, "--port <number>", helpTexts.port)
  adder.flag(simulate, "--host <address>", helpTexts.host)
  adder.list(simulate, "--allow-host <name>", helpTexts.allowHost)
  adder.flag(simulate, "--org <file>", helpTexts.org)
  adder.flag(simulate, "--members <number>", helpTexts.members)
  adder.common(simulate)
}

function addListen(program: Command, adder: Adder): void {
  const listen = adder.command(program, "listen", "listen", helpTexts.listen)
  adder.runs(listen, async () => (await import("./listen/listen.ts")).listen)
  adder.flag(listen, "--port <number>", helpTexts.listenPort)
  adder.flag(listen, "--host <address>", helpTexts.host)
  adder.flag(listen, "--config <file>", helpTexts.config, helpTexts.groupAccess)
  adder.flag(listen, "--corp-id <id>", helpTexts.corpId, helpTexts.groupAccess)
  adder.flag(listen, "--agent-id <number>", helpTexts.agentId, helpTexts.groupAccess)
  adder.flag(listen, "--base-url <url>", helpTexts.baseUrl, helpTexts.groupAccess)
  adder.common(listen)
}

function addDoctor(program: Command, adder: Adder): void {
  const doctor = adder.command(program, "doctor", "doctor", helpTexts.doctor)
  adder.runs(doctor, async () => (await import("./doctor/doctor.ts")).doctor)
  adder.list(doctor, "--mobile <number>", helpTexts.doctorMobile)
  adder.flag(doctor, "--mobile-check <how>", helpTexts.mobileCheck)
  adder.flag(doctor, "--code <number>", helpTexts.doctorCode)
  adder.flag(doctor, "--database [url]", helpTexts.doctorDatabase)
  adder.wecom(doctor)
  adder.gateway(doctor, helpTexts.groupThrough, "--gateway [url]")
  adder.common(doctor)
}

function addInit(program: Command, adder: Adder): void {
  const init = adder.command(program, "init", "init", helpTexts.init)
  adder.runs(init, async () => (await import("./init/init.ts")).init)
  adder.flag(init, "--database <url>", helpTexts.initDatabase)
  adder.flag(init, "--mobile <number>", helpTexts.initMobile)
  adder.flag(init, "--user <userid>", helpTexts.initUser)
  adder.wecom(init)
  adder.common(init)
}

function addComplete(program: Command, adder: Adder, { argv }: Runner): void {
  const command = adder
    .command(program, "complete", "complete", helpTexts.complete)
    .argument("[words...]", adder.say(helpTexts.shell))
    .usage("zsh|bash|fish|powershell")
  adder.runs(command, async () => {
    const { complete } = await import("./complete.ts")
    return (words: readonly string[], _: CommonFlags, context: Context) => complete(words, argv, context)
  })
  adder.language(command)
}

const titles: Readonly<Record<string, Bilingual>> = {
  "Usage:": helpTexts.usage,
  "Arguments:": helpTexts.arguments,
  "Options:": helpTexts.options,
  "Commands:": helpTexts.commands,
}
