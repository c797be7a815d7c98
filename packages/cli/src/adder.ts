import { Option } from "commander"
import type { Command } from "commander"
import type { Bilingual, Language } from "@wecom-push/protocol"
import type { Context, Outcome } from "./context.ts"
import type { CommonFlags } from "./flags.ts"
import { exampleLines, helpTexts } from "./help-texts.ts"

/** Runs a command with the settings that its flags give for every command. */
export type Run = (flags: CommonFlags, command: (context: Context) => Outcome) => Promise<void>

/** Adds commands and flags in one language. */
export class Adder {
  readonly #language: Language
  readonly #run: Run | undefined

  /** @param run undefined where commands are only listed */
  constructor(language: Language, run: Run | undefined) {
    this.#language = language
    this.#run = run
  }

  say(text: Bilingual): string {
    return text[this.#language]
  }

  /** A command with its examples and a description in the list of its parent. */
  command(parent: Command, name: string, examples: keyof typeof exampleLines, describe: Bilingual): Command {
    return parent
      .command(name)
      .summary(this.say(describe))
      .description(this.say(describe))
      .addHelpText("after", () =>
        ["", this.say(helpTexts.examples), ...exampleLines[examples][this.#language].map((line) => `  ${line}`)].join(
          "\n",
        ),
      )
  }

  /**
   * Sets the action of a command.
   * @param load imports the action when it runs, so that `--help` loads none; it gets the arguments, the flags, the
   * context
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- so that what takes other things than flags and context at its end is refused
  runs<Arguments extends readonly unknown[], Flags extends CommonFlags>(
    command: Command,
    load: () => Promise<(...given: [...Arguments, Flags, Context]) => Outcome>,
  ): void {
    command.action(async () => {
      const flags = command.optsWithGlobals<Flags>()
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- commander has them as the command declares them
      const given = command.processedArgs as unknown as Arguments
      await this.#run?.(flags, async (context) => (await load())(...given, flags, context))
    })
  }

  flag(to: Command, flags: string, describe: Bilingual, group?: Bilingual): void {
    to.addOption(this.#option(flags, describe, group))
  }

  /** Adds a flag that may be repeated. */
  list(to: Command, flags: string, describe: Bilingual, group?: Bilingual): void {
    to.addOption(this.#option(flags, describe, group).argParser(collect))
  }

  /** One that help and completion leave out. */
  hiddenList(to: Command, flags: string): void {
    to.addOption(new Option(flags).argParser(collect).hideHelp())
  }

  common(to: Command): void {
    this.flag(to, "--json", helpTexts.json, helpTexts.groupCommon)
    this.language(to)
    this.flag(to, "--quiet", helpTexts.quiet, helpTexts.groupCommon)
    to.addHelpOption(this.#option("-h, --help", helpTexts.help, helpTexts.groupCommon))
  }

  language(to: Command): void {
    this.flag(to, "--lang <zh|en>", helpTexts.lang, helpTexts.groupCommon)
  }

  /** Flags that choose WeCom, in place of the configuration. */
  wecom(to: Command): void {
    this.flag(to, "--config <file>", helpTexts.config, helpTexts.groupAccess)
    this.flag(to, "--corp-id <id>", helpTexts.corpId, helpTexts.groupAccess)
    this.flag(to, "--agent-id <number>", helpTexts.agentId, helpTexts.groupAccess)
    this.flag(to, "--secret-file <file>", helpTexts.secretFile, helpTexts.groupAccess)
    this.flag(to, "--base-url <url>", helpTexts.baseUrl, helpTexts.groupAccess)
  }

  /** Flags that choose the gateway, in place of the configuration. */
  gateway(to: Command, group: Bilingual, flag = "--gateway <url>"): void {
    this.flag(to, flag, helpTexts.gateway, group)
    this.flag(to, "--key <key>", helpTexts.key, group)
  }

  #option(flags: string, describe: Bilingual, group: Bilingual | undefined): Option {
    const option = new Option(flags, this.say(describe))
    return group === undefined ? option : option.helpGroup(this.say(group))
  }
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value]
}
