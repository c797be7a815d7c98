import { fencedBlocks } from "../../fenced-blocks.ts"
import { HOW_TYPED, type How, type Place } from "./how-typed.ts"
import { readTyped, type Typed } from "./read-commands.ts"

export interface Planned extends Typed {
  readonly how: How | { readonly kind: "typed" }
}

/** The plan for each command of a README, in order; `faults` names commands that no run would cover. */
export function planReadme(markdown: string, place: Place): { planned: readonly Planned[]; faults: readonly string[] } {
  const listed = HOW_TYPED[place]
  const typed = readTyped(markdown)
  const inBlocks = new Set(typed.filter(({ isInline }) => !isInline).map(({ text }) => text))
  const faults = [
    ...fencedBlocks(markdown)
      .filter(({ language }) => !KNOWN_LANGUAGES.has(language))
      .map(({ line, language }) => `line ${line}: a block of "${language}" is not run; mark commands as sh`),
    ...typed
      .filter(({ isInline, text }) => isInline && !inBlocks.has(text) && listed[text]?.kind !== "not run")
      .map(({ line, text }) => `line ${line}: \`${text}\` is neither run (in a block of sh) nor listed as not run`),
    ...Object.keys(listed)
      .filter((command) => typed.every(({ text }) => text !== command))
      .map((command) => `listed, but no longer there: ${command}`),
  ]
  const planned = typed
    .filter(({ isInline, text }) => !isInline || !inBlocks.has(text))
    .map((command) => ({ ...command, how: listed[command.text] ?? ({ kind: "typed" } as const) }))
  return { planned, faults }
}

const KNOWN_LANGUAGES: ReadonlySet<string> = new Set(["sh", "ts"])
