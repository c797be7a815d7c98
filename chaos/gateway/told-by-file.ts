import { renameSync, writeFileSync } from "node:fs"

/** Whoever reads the file meanwhile finds what was there or what comes there, and nothing between. */
export function tellByFile(file: string, text: string): void {
  writeFileSync(`${file}.next`, text)
  renameSync(`${file}.next`, file)
}
