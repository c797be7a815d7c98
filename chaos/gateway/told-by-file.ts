import { renameSync, writeFileSync } from "node:fs"

/** Replaces the file in one step: a reader finds the old text or the new one, and nothing between. */
export function tellByFile(file: string, text: string): void {
  writeFileSync(`${file}.next`, text)
  renameSync(`${file}.next`, file)
}
