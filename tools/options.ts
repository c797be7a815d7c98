// The options of the repository's own commands: `--help` lists them, and a mistyped one is reported instead of a stack.
import { parseArgs } from "node:util"

export type Option =
  /** A whole number above 0, or also 0 with `mayBeZero`. */
  | { readonly kind: "count"; readonly default?: number; readonly mayBeZero?: true; readonly help: string }
  | { readonly kind: "text"; readonly default?: string; readonly oneOf?: readonly string[]; readonly help: string }
  | { readonly kind: "texts"; readonly help: string }
  | { readonly kind: "flag"; readonly help: string }

type ValueOf<O extends Option> = O extends { readonly kind: "flag" }
  ? boolean
  : O extends { readonly kind: "texts" }
    ? readonly string[] | undefined
    : OneOf<O> | (O extends { readonly default: unknown } ? never : undefined)

type OneOf<O extends Option> = O extends { readonly kind: "count" }
  ? number
  : O extends { readonly oneOf: readonly (infer Word)[] }
    ? Word
    : string

export interface CommandOptions<Options extends Readonly<Record<string, Option>>> {
  /** As in `npm run chaos`. */
  readonly command: string
  /** What it does, in a sentence or two. */
  readonly about: string
  readonly options: Options
  /** Other arguments, such as `FILE…`; none unless given. */
  readonly operands?: string
}

export interface ReadOptions<Options extends Readonly<Record<string, Option>>> {
  readonly values: { readonly [Name in keyof Options]: ValueOf<Options[Name]> }
  readonly operands: readonly string[]
  /** The command line with these options changed; options with their default value are left out. */
  readonly lineWith: (changed: { readonly [Name in keyof Options]?: ValueOf<Options[Name]> | undefined }) => string
}

/** Reads the options from the command line. Ends the process with 0 after `--help`, and with 2 if an option cannot be read. */
export function readOptions<const Options extends Readonly<Record<string, Option>>>(
  command: CommandOptions<Options>,
): ReadOptions<Options> {
  const args = process.argv.slice(2)
  if (args.includes("--help") || args.includes("-h")) {
    console.log(usageOf(command))
    process.exit(0)
  }
  try {
    return parse(command, args)
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    console.error(`${error.message}\n\n${usageOf(command)}`)
    return process.exit(2)
  }
}

export class OptionError extends Error {
  override readonly name = "OptionError"
}

/** @throws {OptionError} for an unknown option, or an invalid value */
export function parse<const Options extends Readonly<Record<string, Option>>>(
  { command, options, operands }: CommandOptions<Options>,
  args: readonly string[],
): ReadOptions<Options> {
  const parsed = parseWords(options, operands !== undefined, args)
  const entries = Object.entries(options).map(([name, option]) => [name, valueOf(name, option, parsed.values[name])])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each has been read as its kind says
  const values = Object.fromEntries(entries) as ReadOptions<Options>["values"]
  return {
    values,
    operands: parsed.positionals,
    lineWith: (changed) => {
      const told: Readonly<Record<string, unknown>> = { ...values, ...changed }
      const words = Object.entries(options).flatMap(([name, option]) => wordsOf(name, option, told[name]))
      return [command, ...(words.length > 0 ? ["--", ...words] : [])].join(" ")
    },
  }
}

function wordsOf(name: string, option: Option, value: unknown): readonly string[] {
  if (value === undefined || value === false || ("default" in option && value === option.default)) return []
  const each: readonly unknown[] = Array.isArray(value) ? value : [value]
  return each.map((one) => (one === true ? `--${name}` : `--${name} ${String(one)}`))
}

function parseWords(
  options: Readonly<Record<string, Option>>,
  allowPositionals: boolean,
  args: readonly string[],
): { readonly values: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] } {
  const kinds = Object.entries(options).map(
    ([name, { kind }]) =>
      [
        name,
        { type: kind === "flag" ? ("boolean" as const) : ("string" as const), multiple: kind === "texts" },
      ] as const,
  )
  try {
    return parseArgs({ args: [...args], allowPositionals, options: Object.fromEntries(kinds) })
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function valueOf(name: string, option: Option, given: unknown): unknown {
  if (option.kind === "flag") return given === true
  if (given === undefined) return option.kind === "texts" ? undefined : option.default
  if (option.kind === "count") {
    const [number, least] = [Number(given), option.mayBeZero === true ? 0 : 1]
    if (given !== "" && Number.isSafeInteger(number) && number >= least) return number
    throw new OptionError(`--${name} is a whole number from ${least} on, and not ${JSON.stringify(given)}`)
  }
  if (option.kind === "text" && option.oneOf?.some((word) => word === given) === false)
    throw new OptionError(`--${name} is one of ${option.oneOf.join(", ")}, and not ${JSON.stringify(given)}`)
  return given
}

export function usageOf({
  command,
  about,
  options,
  operands,
}: CommandOptions<Readonly<Record<string, Option>>>): string {
  const rows = Object.entries(options).map(([name, option]) => [heading(name, option), explained(option)] as const)
  const width = Math.max(...rows.map(([left]) => left.length))
  const told = rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
  return [about, "", `${command} -- [OPTIONS]${operands === undefined ? "" : ` [${operands}]`}`, ...told].join("\n")
}

function heading(name: string, { kind }: Option): string {
  if (kind === "flag") return `--${name}`
  return kind === "count" ? `--${name} N` : `--${name} TEXT${kind === "texts" ? " …" : ""}`
}

function explained(option: Option): string {
  const words = option.kind === "text" && option.oneOf !== undefined ? `: ${option.oneOf.join(", ")}` : ""
  const hasDefault = (option.kind === "count" || option.kind === "text") && option.default !== undefined
  return `${option.help}${words}${hasDefault ? ` (${option.default})` : ""}`
}
