import { SourceMap } from "node:module"
import type { SourceMapPayload } from "node:module"

/**
 * The faults of a source map: sources of ours that it does not contain, and places that it maps wrongly. Each `throw` must
 * come from a `throw`.
 */
export function mapFaults(mapText: string, code: string): string[] {
  const payload = JSON.parse(mapText) as SourceMapPayload
  const faults = payload.sources
    .filter((source, index) => !source.includes("node_modules") && typeof payload.sourcesContent[index] !== "string")
    .map((source) => `does not hold ${source}`)
  const map = new SourceMap(payload)
  const textOf = new Map(payload.sources.map((source, index) => [source, payload.sourcesContent[index]?.split("\n")]))
  for (const [index, line] of code.split("\n").entries()) {
    const column = /^\s*throw\b/.test(line) ? line.indexOf("throw") : -1
    if (column === -1) continue
    const entry = map.findEntry(index, column)
    if (!("originalSource" in entry)) continue
    const original = textOf.get(entry.originalSource)?.[entry.originalLine]
    if (original !== undefined && !original.slice(entry.originalColumn).startsWith("throw")) {
      faults.push(`line ${index + 1} leads to ${entry.originalSource}:${entry.originalLine + 1}`)
    }
  }
  return faults
}
