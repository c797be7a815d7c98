import type { AppScope } from "../model/ports/reader.ts"

/**
 * Keeps, of figures in the text format of Prometheus, those about the apps in scope and the named ones that are about no
 * app. A figure without any line left loses its heading.
 */
export function figuresOf(text: string, apps: AppScope, ofEverybody: ReadonlySet<string>): string {
  if (apps === "all") return text
  const held = new Set(apps)
  const kept: string[] = []
  let heading: string[] = []
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) {
      if (line.startsWith("# HELP")) heading = []
      heading.push(line)
    } else if (line !== "" && isShown(line, held, ofEverybody)) {
      kept.push(...heading, line)
      heading = []
    }
  }
  return kept.length === 0 ? "" : `${kept.join("\n")}\n`
}

function isShown(line: string, held: ReadonlySet<string>, ofEverybody: ReadonlySet<string>): boolean {
  const [, name = "", labels = ""] = SERIES.exec(line) ?? []
  const app = APP.exec(labels)?.[1]
  return app === undefined ? ofEverybody.has(name) : held.has(app)
}

const SERIES = /^([\w:]+)(?:\{(.*)\})? /s
/** Quotes inside a value are escaped, so that no other label can contain a text of this form. */
const APP = /(?:^|,)app="([a-z0-9_-]+)"/
