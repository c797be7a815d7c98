import { Command, Option } from "commander"
import type { Bilingual, Language } from "@wecom-push/protocol"
import type { CommandName } from "./early-flags.ts"
import { exampleLines, helpTexts } from "./help-texts.ts"

/** Flags every command takes. */
export interface CommonFlags {
  readonly json?: true
  readonly lang?: string
  readonly quiet?: true
}

/** Flags of the commands that talk to WeCom. */
export interface AccessFlags extends CommonFlags {
  readonly config?: string
  readonly corpId?: string
  readonly agentId?: string
  readonly secretFile?: string
  readonly baseUrl?: string
  /** Parts of this project that are still to come; named so that they are refused rather than ignored. */
  readonly gateway?: string
  readonly key?: string
}

/** Repeatable flags arrive as the list of what was given, unparsed. */
export interface SendFlags extends AccessFlags {
  readonly mobile?: readonly string[]
  readonly email?: readonly string[]
  readonly user?: readonly string[]
  readonly department?: readonly string[]
  readonly tag?: readonly string[]
  readonly mobilesFrom?: readonly string[]
  readonly all?: true
  readonly yes?: true

  readonly text?: readonly string[]
  readonly markdown?: readonly string[]
  readonly textcard?: readonly string[]
  readonly news?: readonly string[]
  readonly mpnews?: readonly string[]
  readonly miniprogramNotice?: readonly string[]
  readonly templateCard?: readonly string[]
  readonly image?: readonly string[]
  readonly voice?: readonly string[]
  readonly video?: readonly string[]
  readonly file?: readonly string[]

  readonly safe?: true
  readonly enableIdTrans?: true
  readonly duplicateCheck?: string
  readonly overflow?: string
  readonly dryRun?: true
  readonly fresh?: true

  readonly app?: string
  readonly idempotencyKey?: string
  readonly priority?: string
  readonly orderKey?: string
  readonly sendAt?: string
  readonly expiresAt?: string
  readonly wait?: string
}

export interface LookupFlags extends AccessFlags {
  readonly mobile?: readonly string[]
  readonly email?: readonly string[]
  readonly fresh?: true
}

export type RecallFlags = AccessFlags

export interface SimulateFlags extends CommonFlags {
  readonly port?: string
  readonly host?: string
  readonly org?: string
  readonly members?: string
}

export interface DoctorFlags extends AccessFlags {
  readonly mobile?: readonly string[]
  readonly code?: string
}

/** What runs once the arguments have parsed. */
export interface Actions {
  send(flags: SendFlags): Promise<void>
  lookup(flags: LookupFlags): Promise<void>
  recall(msgid: string, flags: RecallFlags): Promise<void>
  simulate(flags: SimulateFlags): Promise<void>
  doctor(flags: DoctorFlags): Promise<void>
  serve(): Promise<void>
  complete(): Promise<void>
}

/** What commander needs to know of the terminal. */
export interface ProgramOutput {
  readonly version: string
  readonly columns: number
  write(text: string): void
  /** The help, for who gave no command. */
  writeError(text: string): void
}

/**
 * The command line as commander sees it: every command, flag and example, in one language. Without actions it only
 * knows what there is, for completion. With `only` the other commands are there without their flags, which spares a
 * start 2 ms.
 */
export function buildProgram(
  language: Language,
  actions: Actions | undefined,
  output: ProgramOutput,
  only?: CommandName,
): Command {
  const say = (text: Bilingual): string => text[language]
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
      // Mistakes are thrown by exitOverride and told in the user's language, so commander's own English is dropped.
      outputError: () => {},
      getOutHelpWidth: () => output.columns,
      getErrHelpWidth: () => output.columns,
    })
    .configureHelp({ sortSubcommands: false, styleTitle: (title) => say(titles[title] ?? { en: title, zh: title }) })
    .addHelpText("after", () =>
      [
        "",
        say(helpTexts.firstSteps),
        ...exampleLines.program[language].map((line) => `  ${line}`),
        "",
        say(helpTexts.settings),
        "",
        say(helpTexts.exitCodes),
      ].join("\n"),
    )
  addCommonOptions(program)

  /** A command with its examples and the flags all share. */
  const command = (name: keyof typeof exampleLines, describe: Bilingual): Command =>
    program
      .command(name)
      .summary(say(describe))
      .description(say(describe))
      .addHelpText("after", () =>
        ["", say(helpTexts.examples), ...exampleLines[name][language].map((line) => `  ${line}`)].join("\n"),
      )

  const send = command("send", helpTexts.send).action(() => actions?.send(send.optsWithGlobals<SendFlags>()))
  addList(send, "--mobile <numbers>", helpTexts.mobile, helpTexts.groupTo)
  addList(send, "--email <addresses>", helpTexts.email, helpTexts.groupTo)
  addList(send, "--user <userids>", helpTexts.user, helpTexts.groupTo)
  addList(send, "--department <ids>", helpTexts.department, helpTexts.groupTo)
  addList(send, "--tag <ids>", helpTexts.tag, helpTexts.groupTo)
  addList(send, "--mobiles-from <file>", helpTexts.mobilesFrom, helpTexts.groupTo)
  add(send, "--all", helpTexts.all, helpTexts.groupTo)
  add(send, "--yes", helpTexts.yes, helpTexts.groupTo)
  addList(send, "--text <text>", helpTexts.text, helpTexts.groupWhat)
  addList(send, "--markdown <text>", helpTexts.markdown, helpTexts.groupWhat)
  addList(send, "--textcard <json|@file>", helpTexts.textcard, helpTexts.groupWhat)
  addList(send, "--news <json|@file>", helpTexts.news, helpTexts.groupWhat)
  addList(send, "--mpnews <json|@file>", helpTexts.mpnews, helpTexts.groupWhat)
  addList(send, "--miniprogram-notice <json|@file>", helpTexts.miniprogramNotice, helpTexts.groupWhat)
  addList(send, "--template-card <json|@file>", helpTexts.templateCard, helpTexts.groupWhat)
  add(send, "--safe", helpTexts.safe, helpTexts.groupHow)
  add(send, "--enable-id-trans", helpTexts.enableIdTrans, helpTexts.groupHow)
  add(send, "--duplicate-check <seconds>", helpTexts.duplicateCheck, helpTexts.groupHow)
  add(send, "--overflow <how>", helpTexts.overflow, helpTexts.groupHow)
  add(send, "--dry-run", helpTexts.dryRun, helpTexts.groupHow)
  add(send, "--fresh", helpTexts.fresh, helpTexts.groupHow)
  for (const flags of ["--image <path>", "--voice <path>", "--video <path>", "--file <path>"])
    addHiddenList(send, flags)
  for (const name of ["app", "idempotency-key", "priority", "order-key", "send-at", "expires-at", "wait"]) {
    addHidden(send, `--${name} <value>`)
  }
  addAccessOptions(send)
  addCommonOptions(send)

  const lookup = command("lookup", helpTexts.lookup).action(() =>
    actions?.lookup(lookup.optsWithGlobals<LookupFlags>()),
  )
  addList(lookup, "--mobile <number>", helpTexts.lookupMobile)
  addList(lookup, "--email <address>", helpTexts.lookupEmail)
  add(lookup, "--fresh", helpTexts.fresh)
  addAccessOptions(lookup)
  addCommonOptions(lookup)

  const recall = command("recall", helpTexts.recall)
    .argument("<msgid>", say(helpTexts.msgid))
    .action((msgid: string) => actions?.recall(msgid, recall.optsWithGlobals<RecallFlags>()))
  addAccessOptions(recall)
  addCommonOptions(recall)

  const simulate = command("simulate", helpTexts.simulate).action(() =>
    actions?.simulate(simulate.optsWithGlobals<SimulateFlags>()),
  )
  add(simulate, "--port <number>", helpTexts.port)
  add(simulate, "--host <address>", helpTexts.host)
  add(simulate, "--org <file>", helpTexts.org)
  add(simulate, "--members <number>", helpTexts.members)
  addCommonOptions(simulate)

  const doctor = command("doctor", helpTexts.doctor).action(() =>
    actions?.doctor(doctor.optsWithGlobals<DoctorFlags>()),
  )
  addList(doctor, "--mobile <number>", helpTexts.doctorMobile)
  add(doctor, "--code <number>", helpTexts.doctorCode)
  addAccessOptions(doctor)
  addCommonOptions(doctor)

  if (actions !== undefined) {
    command("complete", helpTexts.complete)
      .argument("[words...]", say(helpTexts.shell))
      .usage("zsh|bash|fish|powershell")
      .action(() => actions.complete())
  }

  program
    .command("serve", { hidden: true })
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => actions?.serve())
  return program

  function addCommonOptions(to: Command): void {
    add(to, "--json", helpTexts.json, helpTexts.groupCommon)
    add(to, "--lang <zh|en>", helpTexts.lang, helpTexts.groupCommon)
    add(to, "--quiet", helpTexts.quiet, helpTexts.groupCommon)
    if (isWanted(to)) to.addHelpOption(optionOf("-h, --help", helpTexts.help, helpTexts.groupCommon))
  }

  function addAccessOptions(to: Command): void {
    add(to, "--config <file>", helpTexts.config, helpTexts.groupAccess)
    add(to, "--corp-id <id>", helpTexts.corpId, helpTexts.groupAccess)
    add(to, "--agent-id <number>", helpTexts.agentId, helpTexts.groupAccess)
    add(to, "--secret-file <file>", helpTexts.secretFile, helpTexts.groupAccess)
    add(to, "--base-url <url>", helpTexts.baseUrl, helpTexts.groupAccess)
    addHidden(to, "--gateway [url]")
    addHidden(to, "--key <key>")
  }

  function add(to: Command, flags: string, describe: Bilingual, group?: Bilingual): void {
    if (isWanted(to)) to.addOption(optionOf(flags, describe, group))
  }

  function addList(to: Command, flags: string, describe: Bilingual, group?: Bilingual): void {
    if (isWanted(to)) to.addOption(optionOf(flags, describe, group).argParser(collect))
  }

  function addHidden(to: Command, flags: string): void {
    if (isWanted(to)) to.addOption(new Option(flags).hideHelp())
  }

  function addHiddenList(to: Command, flags: string): void {
    if (isWanted(to)) to.addOption(new Option(flags).argParser(collect).hideHelp())
  }

  function isWanted(to: Command): boolean {
    return only === undefined || to === program || to.name() === only
  }

  function optionOf(flags: string, describe: Bilingual, group: Bilingual | undefined): Option {
    const option = new Option(flags, say(describe))
    return group === undefined ? option : option.helpGroup(say(group))
  }
}

const titles: Readonly<Record<string, Bilingual>> = {
  "Usage:": helpTexts.usage,
  "Arguments:": helpTexts.arguments,
  "Options:": helpTexts.options,
  "Commands:": helpTexts.commands,
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value]
}
