import { Liquid } from "liquidjs"
import type { Template } from "liquidjs"
import { TEMPLATE_LIMITS } from "./template-limits.ts"
import type { Rendered, TemplateFault } from "./template-results.ts"

/**
 * A WeCom content whose texts are templates. Runs in a thread of its own: one filter alone may take seconds, and the limits
 * are checked only between two steps.
 */
const engine = new Liquid({
  strictVariables: true,
  strictFilters: true,
  lenientIf: true,
  // Names in a template mean data, never properties that JavaScript adds.
  ownPropertyOnly: true,
  // A template cannot include any file.
  templates: {},
  parseLimit: TEMPLATE_LIMITS.templateBytes,
  renderLimit: TEMPLATE_LIMITS.stepsMs,
  memoryLimit: TEMPLATE_LIMITS.memory,
})

/** @returns the faults, each with the place of its text */
export function checkTemplate(template: object): readonly TemplateFault[] {
  const faults: TemplateFault[] = []
  mapTexts(template, "", 0, (text, path) => {
    try {
      engine.parse(text)
    } catch (error) {
      faults.push({ path, what: sentenceOf(error) })
    }
    return text
  })
  return faults
}

/** @param stored a template as a store has it @param body JSON */
export function renderTemplate(stored: string, body: string): Rendered {
  let length = 0
  try {
    const scope = scopeOf(JSON.parse(body))
    const content = mapTexts(JSON.parse(stored), "", 0, (text) => {
      const rendered = render(parsed(text), scope)
      length += rendered.length
      if (length > TEMPLATE_LIMITS.outputCharacters) throw new TooLarge()
      return rendered
    })
    return { kind: "rendered", content }
  } catch (error) {
    return failure(error)
  }
}

class TooLarge extends Error {}

/** Texts that were parsed lately: a source gets hundreds of bodies, and parsing its text takes longer than rendering it. */
const known = new Map<string, Template[]>()
let knownCharacters = 0

function parsed(text: string): Template[] {
  const before = known.get(text)
  if (before !== undefined) return before
  const made = engine.parse(text)
  if (knownCharacters + text.length > MOST_KNOWN_CHARACTERS) {
    known.clear()
    knownCharacters = 0
  }
  known.set(text, made)
  knownCharacters += text.length
  return made
}

/** The parsed form takes some dozens of times as many bytes. */
const MOST_KNOWN_CHARACTERS = 128 * 1024

function render(parsed: Template[], scope: object): string {
  const rendered: unknown = engine.renderSync(parsed, scope)
  return typeof rendered === "string" ? rendered : String(rendered)
}

/** An object's fields are available by their names; `body` is the whole value, for example a list. */
function scopeOf(value: unknown): object {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value)
  return isObject ? { body: value, ...value } : { body: value }
}

function failure(error: unknown): Rendered {
  if (error instanceof TooLarge || error instanceof RangeError) return { kind: "too_large" }
  if (error instanceof SyntaxError) return { kind: "unreadable" }
  const what = sentenceOf(error)
  if (what.startsWith("memory alloc limit exceeded") || what.startsWith("Invalid string length"))
    return { kind: "too_large" }
  if (what.startsWith("template render limit exceeded")) return { kind: "too_slow" }
  return { kind: "failed", what }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error)
}

/** The same value with other texts; values that are no texts stay. */
function mapTexts(value: unknown, path: string, level: number, map: (text: string, path: string) => string): unknown {
  if (typeof value === "string") return map(value, path)
  if (typeof value !== "object" || value === null || level > LEVELS) return value
  if (Array.isArray(value)) return value.map((item, index) => mapTexts(item, `${path}/${index}`, level + 1, map))
  const entries = Object.entries(value).map(([name, item]) => {
    const at = `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`
    return [name, mapTexts(item, at, level + 1, map)] as const
  })
  return Object.fromEntries(entries)
}

/** The greatest depth of a content; cards are six levels deep. */
const LEVELS = 12
